// Requests to the studio. Whatever goes wrong is one line on the page, and thrown.

export class Complaint extends Error {}

export function say(text, act = null, label = '') {
  const place = document.querySelector('#lines');
  for (const old of place.children) if (old.dataset.text === text) old.remove();
  const line = place.appendChild(document.createElement('p'));
  line.dataset.text = text;
  line.append(text);
  if (act) button(line, label, () => { line.remove(); act(); });
  button(line, '×', () => line.remove()).ariaLabel = 'Close this message';
  setTimeout(() => line.remove(), act ? 60000 : 12000);
}

export function button(place, label, act, kind = '') {
  const made = place.appendChild(document.createElement('button'));
  made.append(label);
  made.className = kind;
  made.type = 'button';
  made.onclick = act;
  return made;
}

async function asked(address, options) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Complaint('The studio does not answer. Is it still running?');
  }
  if (answer.ok) return answer;
  if (answer.status === 401) location.assign('/login');
  const told = await answer.json().catch(() => ({}));
  throw new Complaint(told.error ?? `The request failed (${answer.status}).`);
}

// For presses: what goes wrong is said.
export async function tried(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    say(error.message);
    return null;
  }
}

export const get = async (path, options) => (await asked(`/api/${path}`, options)).json();

export const post = async (path, values) => (await asked(`/api/${path}`, {
  method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(values),
})).json();

export async function upload(file, kind = 'picture') {
  const form = new FormData();
  form.append('files', file, file.name || 'pasted.png');
  return (await (await asked(`/api/upload?as=${kind}`, {method: 'POST', body: form})).json())[0];
}

// Steering goes out in the order of the presses, each after the answer to the one before.
let last = Promise.resolve();
export function inTurn(work) {
  return last = last.then(() => tried(work));
}

// Pictures in order, a few at a time, so that the browser keeps connections for presses.
const AT_ONCE = 2;
const waiting = [];
let fetching = 0;

export function picture(address, signal) {
  return new Promise((done, failed) => {
    waiting.push({address, signal, done, failed});
    next();
  });
}

async function next() {
  if (fetching >= AT_ONCE || !waiting.length) return;
  const {address, signal, done, failed} = waiting.shift();
  fetching += 1;
  try {
    if (document.hidden) await seen();
    const answer = await asked(address, {signal});
    done(URL.createObjectURL(await answer.blob()));
  } catch (error) {
    failed(error);
  } finally {
    fetching -= 1;
    next();
  }
  next();
}

export const seen = () => new Promise(done => {
  const look = () => document.hidden || (document.removeEventListener('visibilitychange', look), done());
  document.addEventListener('visibilitychange', look);
});
