// All pictures of this user, the newest first.
import {post, say} from './api.js';
import {jobs, learned, pressing, state, visit} from './store.js';

const list = document.querySelector('#pictures');
const only = document.querySelector('#favorites');
const MARKS = {waiting: 'waiting', running: 'painting', paused: 'paused', broken: 'interrupted', kept: 'stopped', failed: 'failed'};
const items = new Map();

function item(job) {
  const made = document.createElement('li');
  made.innerHTML = '<a><img alt=""><span></span></a><button type="button" class="star"></button>';
  made.querySelector('a').href = `#job/${job.job}`;
  made.querySelector('.star').onclick = () => favor(jobs.get(job.job));
  return made;
}

export const favor = job => pressing(async () =>
  learned(await post('steer', {job: job.job, action: job.favorite ? 'unfavor' : 'favor'})));

export function draw() {
  const shown = [...jobs.values()]
    .filter(job => job.state !== 'cancelled' && (!only.checked || job.favorite))
    .sort((one, other) => other.made - one.made);
  document.querySelector('#none').hidden = shown.length > 0;
  const there = new Set(shown.map(job => job.job));
  for (const [id, made] of items) if (!there.has(id)) made.remove(), items.delete(id);
  shown.forEach((job, place) => {
    if (!items.has(job.job)) items.set(job.job, item(job));
    const made = items.get(job.job);
    if (list.children[place] !== made) list.insertBefore(made, list.children[place] ?? null);
    const mark = MARKS[job.state];
    const name = mark ? `${job.title} (${mark})` : job.title;
    const [link, star] = [made.querySelector('a'), made.querySelector('.star')];
    if (link.title !== name) link.title = name, link.querySelector('span').textContent = name;
    const address = `/api/shown/${job.job}?side=320&v=${job.state === 'running' ? 'running' : job.shown}`;
    const image = link.querySelector('img');
    image.loading = 'lazy';
    if (image.getAttribute('src') !== address) image.src = address;
    link.ariaCurrent = job.job === state.job ? 'true' : 'false';
    star.ariaPressed = job.favorite;
    star.ariaLabel = `Favorite: ${job.title}`;
    star.textContent = job.favorite ? '★' : '☆';
  });
}
only.onchange = draw;

export function remove(job) {
  pressing(async () => {
    await post('steer', {job: job.job, action: 'remove'});
    if (state.job === job.job) visit(`#${state.mode}`);
    jobs.delete(job.job);
    say(`“${job.title}” is removed.`, () => pressing(async () => {
      learned(await post('steer', {job: job.job, action: 'restore'}));
      visit(`#job/${job.job}`);
    }), 'Undo');
  });
}
