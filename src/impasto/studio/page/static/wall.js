// The photograph in every style. Choosing is clicking the one you like.
import {picture, say, tried, upload} from './api.js';
import {chosen, changed, lookAddress, source, state, shownJob} from './store.js';

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
  state.job = '';
  history.pushState(null, '', `#${state.mode}`);
  changed({styles, titles: {...chosen.titles, [name]: title}});
}

async function look(name, made, signal) {
  const style = made.dataset.style;
  made.ariaBusy = 'true';
  const plain = {styles: {[style]: 1}, strength: 1, scale: 1, colors: 'none', faces: 0};
  try {
    const address = await picture(lookAddress(name, plain, SIDE), signal);
    const image = made.querySelector('img');
    URL.revokeObjectURL(image.src);
    image.src = address;
    made.ariaBusy = 'false';
    changed();
  } catch (error) {
    if (error.name !== 'AbortError') made.classList.add('failed');
  }
}

export async function addPicture(file) {
  await tried(async () => {
    document.querySelector('#status').textContent = 'Sending …';
    const got = await upload(file);
    const added = {name: `@${got.name}`, title: got.title, note: 'your picture'};
    changed({pictures: [added, ...chosen.pictures].slice(0, 12)});
    choose(added);
  });
}

export function draw() {
  const now = source()?.name ?? '';
  if (now !== photo) {
    loading.abort();
    loading = new AbortController();
    for (const each of tiles.values()) each.remove();
    tiles.clear();
    photo = now;
  }
  document.querySelector('#add').hidden = !state.start.any;
  const known = all();
  for (const [name, made] of tiles) if (!known.some(each => each.name === name)) made.remove(), tiles.delete(name);
  for (const [place, style] of known.entries()) {
    if (!tiles.has(style.name)) {
      const made = tile(style);
      tiles.set(style.name, made);
      wall.insertBefore(made, wall.children[place] ?? null);
      if (photo) look(photo, made, loading.signal);
    }
    const pressed = style.name in (shownJob()?.look?.styles ?? chosen.styles);
    tiles.get(style.name).ariaPressed = pressed;
  }
  drawShares();
}

const input = document.querySelector('#style-file');
document.querySelector('#add').onclick = () => input.click();
input.onchange = () => { if (input.files[0]) addPicture(input.files[0]); input.value = ''; };

function drawShares() {
  const keys = Object.keys(chosen.styles);
  shares.hidden = keys.length < 2;
  const wanted = shares.hidden ? '' : keys.join();
  if (shares.dataset.keys === wanted) return;
  shares.dataset.keys = wanted;
  shares.replaceChildren(...(wanted ? keys : []).map(key => {
    const label = document.createElement('label');
    label.className = 'slider';
    const told = document.createElement('output');
    label.append(`${chosen.titles[key] ?? key} `, told);
    const input = label.appendChild(document.createElement('input'));
    Object.assign(input, {type: 'range', min: 0.05, max: 2, step: 0.05, value: chosen.styles[key]});
    const tell = () => { told.textContent = Number(input.value).toFixed(2); };
    input.oninput = () => { tell(); changed({styles: {...chosen.styles, [key]: Number(input.value)}}); };
    tell();
    return label;
  }));
}

