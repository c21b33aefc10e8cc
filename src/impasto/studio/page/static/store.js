// What the page knows: what somebody has chosen here, and the jobs as the studio tells them.
import {get, inTurn, say} from './api.js';

const KEY = 'impasto-studio';
const usual = {
  photo: null, film: null, styles: {}, titles: {}, pictures: [], strength: 1, scale: 1,
  colors: 'none', preset: 'default', size: '', steps: '', begin: 'look', where: '', brushed: '', faces: '', blend: false,
};

export const chosen = {...usual, ...JSON.parse(localStorage.getItem(KEY) ?? '{}')};
export const jobs = new Map();
export const state = {start: null, mode: 'picture', job: '', lost: false, sending: 0};

const listeners = [];
export const onChange = listener => listeners.push(listener);

// One place tells everybody; what is shown follows from the state alone.
let told = false;
export function changed(values = {}) {
  Object.assign(chosen, values);
  localStorage.setItem(KEY, JSON.stringify(chosen));
  if (told) return;
  told = true;
  queueMicrotask(() => { told = false; listeners.forEach(listener => listener()); });
}

export const shownJob = () => jobs.get(state.job) ?? null;
export const isOpen = job => !!job && (job.state === 'waiting' || job.state === 'running');
export const isPainted = job => job?.kind === 'paint' && (isOpen(job) || job.state === 'paused');

// The photograph of the page: of the picture that is shown, else the one that was chosen.
export function source() {
  const job = shownJob();
  if (state.mode === 'film') return chosen.film?.frame ?? null;
  if (!job || job.photo_name === chosen.photo?.name) return chosen.photo;
  const isSample = job.photo_name?.startsWith('sample:');  // uploads are kept for a day only
  return {name: isSample ? job.photo_name : `job:${job.job}:photo`, title: job.photo};
}

// The address names what is shown; Back leads to what was shown before.
export function visit(hash) {
  if (location.hash !== hash) history.pushState(null, '', hash);
  state.job = hash.startsWith('#job/') ? hash.slice(5) : '';
  if (!state.job) state.mode = hash === '#film' ? 'film' : 'picture';
  changed();
}

// A press is answered at once; the studio's own words follow.
export function sending(work) {
  state.sending += 1;
  document.querySelector('#status').textContent = 'Sending …';
  return work.finally(() => { state.sending -= 1; changed(); });
}
export const pressing = work => sending(inTurn(work));

export function lookOf() {
  const {styles, strength, scale, colors, faces} = chosen;
  return Object.keys(styles).length ? {styles, strength, scale, colors, faces: faces || 0} : null;
}

// Where it is painted; empty where that is everywhere.
export const placeOf = () => Object.fromEntries(['where', 'brushed'].filter(name => chosen[name]).map(name => [name, chosen[name]]));

export function lookAddress(photo, look, side, place = {}) {
  const query = new URLSearchParams({photo, side, strength: look.strength, scale: look.scale, colors: look.colors, faces: look.faces, ...place});
  for (const [key, share] of Object.entries(look.styles)) query.append('style', `${key}~${share}`);
  return `/api/look?${query}`;
}

// Short questions for what is new: nothing is lost with an answer, and no tab holds a connection.
let version = '';
let timer = 0;

export async function watch() {
  clearTimeout(timer);
  try {
    const news = await get(`jobs?since=${version}`);
    if (news.whole) {
      const there = new Set(news.jobs.map(job => job.job));
      for (const id of jobs.keys()) if (!there.has(id)) jobs.delete(id);
    }
    version = news.version;
    for (const job of news.jobs) jobs.set(job.job, job);
    if (state.job && !shownJob()) leave();
    if (news.whole || news.jobs.length || state.lost) changed();
    state.lost = false;
  } catch {
    if (!state.lost) changed();
    state.lost = true;
  }
  const busy = [...jobs.values()].some(isOpen);
  clearTimeout(timer);
  if (document.hidden) timer = busy ? setTimeout(watch, 5000) : 0;
  else timer = setTimeout(watch, state.lost ? 2000 : busy ? 400 : 1000);
}
document.addEventListener('visibilitychange', () => document.hidden || watch());

function leave() {
  say('This picture is not here any more.');
  history.replaceState(null, '', '#picture');
  visit('#picture');
}

export function learned(job) {
  if (job) jobs.set(job.job, job), changed();
  return job;
}
