// The photograph in every style. Choosing is clicking the one you like.
import {picture, say, upload} from './api.js';
import {moved} from './job.js';
import {chosen, changed, isOpen, lookAddress, pressing, source, state, shownJob, visit} from './store.js';

const wall = document.querySelector('#wall');
const shares = document.querySelector('#shares');
const SIDE = 512;
const tiles = new Map();
let photo = '';
let loading = new AbortController();

const all = () => [...chosen.pictures, ...state.start.styles];

// The small picture of a style that is there already, to be shown until a larger one arrives.
export const quickLook = (name, key) => name === photo ? tiles.get(key)?.querySelector('img').src ?? '' : '';

function tile(style) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'tile';
  made.dataset.style = style.name;
  const image = made.appendChild(new Image());
  image.setAttribute('alt', '');
  const label = made.appendChild(document.createElement('span'));
  label.textContent = style.title;
  made.title = style.note ? `${style.title}, ${style.note}` : style.title;
  made.onclick = () => choose(style);
  return made;
}

export function choose({name, title}) {
  const styles = chosen.blend ? {...chosen.styles} : {};
  if (chosen.blend && name in styles) delete styles[name];
  else styles[name] = 1;
  const kinds = new Set(Object.keys(styles).map(key => key[0] === '@'));
  if (kinds.size > 1) return say('Blend trained styles with trained styles, and pictures with pictures.');
  const seen = source();
  const other = state.mode === 'picture' && seen?.name !== chosen.photo?.name;
  visit(`#${state.mode}`);
  changed({styles, titles: {...chosen.titles, [name]: title}, ...(other ? {photo: seen, brushed: ''} : {})});
}

async function look(name, made, signal, wait = 3000) {
  const style = made.dataset.style;
  made.ariaBusy = 'true';
  const plain = {styles: {[style]: 1}, strength: 1, scale: 1, colors: 'none', faces: 0};
  try {
    const address = await picture(lookAddress(name, plain, SIDE), signal);
    const image = made.querySelector('img');
    URL.revokeObjectURL(image.src);
    image.src = address;
    made.classList.remove('failed');
    changed();
  } catch (error) {
    if (error.name === 'AbortError') return;
    made.classList.add('failed');
    if (wait < 60000) setTimeout(() => signal.aborted || look(name, made, signal, 3 * wait), wait);
  }
  made.ariaBusy = 'false';
}

export async function addPicture(file) {
  await pressing(async () => {
    const got = await upload(file);
    const added = {name: `@${got.name}`, title: got.title, note: 'your picture'};
    changed({pictures: [added, ...chosen.pictures].slice(0, 12)});
    choose(added);
  });
}

export function draw() {
  const now = (source() ?? chosen.photo)?.name ?? '';
  if (now !== photo) {
    loading.abort();
    loading = new AbortController();
    for (const each of tiles.values()) each.remove();
    tiles.clear();
    photo = now;
  }
  document.querySelector('#add').hidden = !state.start.any;
  const known = all();
  const shown = shownStyles();
  for (const [name, made] of tiles) if (!known.some(each => each.name === name)) made.remove(), tiles.delete(name);
  for (const [place, style] of known.entries()) {
    if (!tiles.has(style.name)) {
      const made = tile(style);
      tiles.set(style.name, made);
      wall.insertBefore(made, wall.children[place] ?? null);
      if (photo) look(photo, made, loading.signal);
    }
    const pressed = style.name in shown;
    tiles.get(style.name).ariaPressed = pressed;
  }
  drawShares();
  const job = shownJob()?.job ?? '';
  if (revealed !== job) reveal(tiles.get(Object.keys(shown)[0]));
  revealed = job;
}

// The style of an earlier picture, where its tile is out of sight.
let revealed = '';
function reveal(made) {
  if (!made) return;
  const [own, across, along] = [made, wall, wall.closest('#side')].map(each => each.getBoundingClientRect());
  if (own.left < across.left || own.right > across.right) wall.scrollLeft += own.left - across.left - 20;
  const side = wall.closest('#side');  // scrolls in wide windows
  if (own.top < along.top || own.bottom > along.bottom) side.scrollTop += own.top - along.top - 60;
}

const input = document.querySelector('#style-file');
document.querySelector('#add').onclick = () => input.click();
input.onchange = () => { if (input.files[0]) addPicture(input.files[0]); input.value = ''; };

function shownStyles() {
  const job = shownJob();
  return job ? job.look?.styles ?? (job.style ? {[job.style]: 1} : {}) : chosen.styles;
}

function drawShares() {
  const job = shownJob();
  const styles = shownStyles();
  const keys = Object.keys(styles);
  const values = job?.asked?.style_weights ?? Object.values(styles);
  shares.hidden = keys.length < 2;
  const wanted = shares.hidden ? '' : [state.job, ...keys].join();
  if (shares.dataset.keys !== wanted) {
    shares.dataset.keys = wanted;
    shares.replaceChildren(...(wanted ? keys : []).map((key, place) => share(job?.titles?.[place] ?? chosen.titles[key] ?? key)));
  }
  for (const [place, input] of inputs().entries()) {
    input.disabled = isOpen(job) && keys.some(key => key[0] !== '@');  // painted from one picture of all
    if (document.activeElement !== input) input.value = values[place];
    input.oninput();
  }
}

const inputs = () => [...shares.querySelectorAll('input')];

function share(title) {
  const label = document.createElement('label');
  label.className = 'slider';
  const told = document.createElement('output');
  label.append(`${title} `, told);
  const input = label.appendChild(document.createElement('input'));
  Object.assign(input, {type: 'range', min: 0.05, max: 2, step: 0.05});
  input.oninput = () => { told.textContent = Number(input.value).toFixed(2); };
  input.onchange = () => moved('style_weights', inputs().map(each => Number(each.value)));
  return label;
}
