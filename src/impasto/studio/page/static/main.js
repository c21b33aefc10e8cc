// The page: the photograph, the settings, and where everything is told of what has changed.
import {button, get, tried, upload} from './api.js';
import * as easel from './easel.js';
import * as job from './job.js';
import * as shelf from './shelf.js';
import * as wall from './wall.js';
import './brush.js';
import {changed, chosen, isOpen, isPainted, lookAddress, lookOf, onChange, placeOf, sending, shownJob, source, state, visit, watch} from './store.js';

const find = selector => document.querySelector(selector);
const SIDE = 1024;
const LARGEST = 4096;

// ---- the photograph ----

async function taken(file) {
  if (/\.json$/i.test(file.name)) {
    const manifest = await tried(async () => JSON.parse(await file.text())).catch(() => ({}));
    return job.settings({manifest});
  }
  const isFilm = file.type.startsWith('video/') || /\.(mkv|avi|m4v)$/i.test(file.name);
  const got = await sending(tried(() => upload(file, isFilm ? 'film' : 'picture')));
  if (!got) return;
  if (isFilm) find('#end').value = Math.min(got.seconds, state.start.seconds);
  visit(isFilm ? '#film' : '#picture');
  changed(isFilm ? {film: got} : {photo: got, brushed: ''});
}

function photoRow() {
  const row = find('#photos');
  const input = row.appendChild(Object.assign(document.createElement('input'), {type: 'file', hidden: true, id: 'file'}));
  input.onchange = () => { if (input.files[0]) taken(input.files[0]); input.value = ''; };
  const choose = () => {
    input.accept = state.mode === 'film' ? 'video/*,.mkv,.gif' : 'image/*';
    input.click();
  };
  button(row, 'Choose …', choose, 'choose');
  find('#no-film button').onclick = choose;
  for (const sample of state.start.photos) {
    const made = button(row, '', () => {
      visit('#picture');
      changed({photo: sample, brushed: ''});
    }, 'sample picture-only');
    made.ariaLabel = `Sample: ${sample.title}`;
    made.dataset.name = sample.name;
    const image = made.appendChild(new Image());
    image.setAttribute('alt', '');
    image.src = `/api/picture?side=160&name=${sample.name}`;
  }
}

addEventListener('paste', event => { if (event.clipboardData.files[0]) taken(event.clipboardData.files[0]); });
let over = 0;
addEventListener('dragenter', event => {
  if (event.dataTransfer.types.includes('Files')) document.body.classList.add('dropping'), over += 1;
});
addEventListener('dragleave', () => { over -= 1; if (over <= 0) document.body.classList.remove('dropping'), over = 0; });
addEventListener('dragover', event => event.preventDefault());
addEventListener('drop', event => {
  event.preventDefault();
  document.body.classList.remove('dropping');
  over = 0;
  const file = event.dataTransfer.files[0];
  if (file) event.target.closest('#wall') && file.type.startsWith('image/') ? wall.addPicture(file) : taken(file);
});

// ---- the settings ----

function choices(name, values) {
  for (const [label, value] of Object.entries(values)) find(`#${name}`).add(new Option(label, value));
}

function wire() {
  for (const name of ['strength', 'scale']) {
    const input = find(`#${name}`);
    let waiting = 0;
    input.oninput = () => {
      output(input);
      clearTimeout(waiting);
      if (!shownJob()) waiting = setTimeout(() => job.moved(name, Number(input.value)), 150);
    };
    input.onchange = () => { clearTimeout(waiting); job.moved(name, Number(input.value)); };
  }
  find('#colors').onchange = event => job.moved('colors', event.target.value);
  find('#begin').onchange = event => changed({begin: event.target.value});
  find('#where').onchange = event => changed({where: event.target.value, brushed: ''});
  find('#faces').onchange = event => changed({faces: Number(event.target.value)});
  find('#preset').onchange = event => job.moved('preset', event.target.value);
  for (const name of ['size', 'steps']) find(`#${name}`).onchange = event => changed({[name]: event.target.value});
  find('#more').onclick = () => find('#painting').showModal();
  find('#blend').onchange = event => {
    const [[key, share] = []] = Object.entries(chosen.styles);
    changed({blend: event.target.checked, ...(event.target.checked || !key ? {} : {styles: {[key]: share}})});
  };
  for (const input of document.querySelectorAll('#temporal, #brush-size, #faces')) {
    input.oninput = () => output(input);
    output(input);
  }
}

const output = input => { input.parentElement.querySelector('output').textContent = Number(input.value).toFixed(Number(input.max) > 2 ? 0 : 2); };

function put(input, value) {
  if (document.activeElement !== input) input.value = value;
  if (input.type === 'range') output(input);
}

// ---- what is shown ----

function drawSettings() {
  const shown = shownJob();
  const asked = shown?.asked ?? {};
  const look = shown?.look ?? {};
  const own = !!shown;
  put(find('#strength'), (own ? asked.strength ?? look.strength : chosen.strength) ?? 1);
  put(find('#scale'), (own ? asked.strokes ?? asked.style_scale ?? look.scale : chosen.scale) ?? 1);
  put(find('#colors'), (own ? asked.colors ?? look.colors : chosen.colors) ?? 'none');
  put(find('#preset'), own ? asked.preset ?? 'default' : chosen.preset);
  find(`input[name=begin][value=${chosen.begin}]`).checked = true;
  find(`input[name=where][value="${chosen.where}"]`).checked = true;
  put(find('#faces'), chosen.faces === '' ? 1 : chosen.faces);
  if (chosen.faces === '') find('#faces').parentElement.querySelector('output').textContent = 'automatic';
  for (const name of ['size', 'steps']) put(find(`#${name}`), (own ? asked[name] : chosen[name]) ?? '');
  find('#blend').checked = chosen.blend;
  find('#brushed').textContent = chosen.brushed ? 'as brushed' : '';
  for (const id of ['strength', 'scale', 'colors']) find(`#${id}`).disabled = own && shown.kind === 'film';
  find('#preset').disabled = isPainted(shown);
  find('#more').disabled = own;
  document.body.dataset.mode = state.mode;
  for (const each of document.querySelectorAll('.film-only')) each.hidden = state.mode !== 'film';
  if (own) find('#part').hidden = true;
  for (const each of document.querySelectorAll('.picture-only')) each.hidden = state.mode === 'film';
  find('#photo-title').textContent = state.mode === 'film' ? 'Film' : 'Photograph';
  find('.compare span').textContent = state.mode === 'film' ? 'First frame' : 'Photograph';
  find('#no-film').hidden = own || state.mode !== 'film' || !!chosen.film;
  for (const each of document.querySelectorAll('.sample')) each.ariaPressed = each.dataset.name === source()?.name;
  for (const link of document.querySelectorAll('nav a')) {
    link.ariaCurrent = link.hash === `#${state.mode}` ? 'page' : 'false';
  }
}

const pictureAddress = name => `/api/picture?side=${SIDE}&name=${encodeURIComponent(name)}`;

function drawEasel() {
  const shown = shownJob();
  if (shown) {
    const ready = shown.kind === 'film' && shown.result;
    easel.show({
      photo: pictureAddress(`job:${shown.job}:photo`), title: shown.title,
      picture: `/api/shown/${shown.job}?side=${isOpen(shown) ? SIDE : LARGEST}&v=${shown.shown}`,
      video: ready ? `/api/result/${shown.job}/mp4?inline&v=${shown.shown}` : '',
    });
    return;
  }
  const photo = source();
  const look = lookOf();
  const place = state.mode === 'film' ? {} : placeOf();
  const plain = look && look.strength === 1 && look.scale === 1 && look.colors === 'none' && !look.faces && Object.keys(look.styles);
  easel.show({
    photo: photo ? pictureAddress(photo.name) : '', title: find('#title').textContent,
    picture: photo && look ? lookAddress(photo.name, look, SIDE, place) : '',
    quick: !Object.keys(place).length && plain?.length === 1 ? wall.quickLook(photo?.name, plain[0]) : '',
  });
}

onChange(() => {
  if (shownJob()) state.mode = shownJob().kind === 'film' ? 'film' : 'picture';
  job.draw();
  drawSettings();
  wall.draw();
  shelf.draw();
  drawEasel();
});

const arrived = () => visit(location.hash);
addEventListener('hashchange', arrived);
addEventListener('popstate', arrived);

// Uploads are kept for a day, and styles may go with their networks.
async function forgetGone() {
  const address = name => `/api/picture?side=16&name=${encodeURIComponent(name)}`;
  const isThere = async name => !!name && (await fetch(address(name), {cache: 'no-store'})).ok;
  const names = [chosen.photo?.name, chosen.film?.frame.name, ...chosen.pictures.map(each => each.name.slice(1))];
  const [photo, film, ...pictures] = await Promise.all(names.map(isThere));
  if (!photo) chosen.photo = null;
  if (!film) chosen.film = null;
  chosen.pictures = chosen.pictures.filter((_, place) => pictures[place]);
  const known = [...chosen.pictures, ...state.start.styles].map(each => each.name);
  chosen.styles = Object.fromEntries(Object.entries(chosen.styles).filter(([key]) => known.includes(key)));
}

async function begin() {
  state.start = await get('start');
  const {styles, photos, user} = state.start;
  find('#logout').hidden = !user;
  find('#logout button').append(user ? ` ${user}` : '');
  await forgetGone();
  if (chosen.film) find('#end').value = Math.min(chosen.film.seconds, state.start.seconds);
  // A finished example, until somebody chooses.
  if (!chosen.photo) {
    chosen.photo = photos[0] ?? null;
    find('#compare').value = 50;
  }
  if (!lookOf() && styles[0]) Object.assign(chosen, {styles: {[styles[0].name]: 1}, titles: {[styles[0].name]: styles[0].title}});
  choices('preset', state.start.qualities);
  choices('colors', state.start.colors);
  photoRow();
  wire();
  arrived();
  watch();
}
tried(begin);
