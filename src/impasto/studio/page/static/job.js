// What can be done with what is on the easel, and how it stands.
import {button, get, post, say, tried} from './api.js';
import {changed, chosen, isOpen, isPainted, jobs, learned, lookOf, placeOf, pressing, sending, shownJob, source, state, visit, watch} from './store.js';
import {favor, remove} from './shelf.js';

const title = document.querySelector('#title');
const status = document.querySelector('#status');
const spoken = document.querySelector('#spoken');
const progress = document.querySelector('#progress');
const actions = document.querySelector('#actions');

const WORDS = {
  waiting: 'Waiting', running: 'Painting', paused: 'Paused', broken: 'Interrupted when the studio was closed',
  done: 'Finished', kept: 'Stopped here', cancelled: 'Cancelled', failed: 'Failed',
};
const RESULT = ['done', 'kept'];
const GO_ON = ['paused', 'broken', 'kept', 'failed'];

export function duration(seconds) {
  const whole = Math.round(seconds);
  const two = number => String(number).padStart(2, '0');
  if (whole >= 3600) return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}

const steer = action => {
  const job = state.job;
  pressing(async () => { learned(await post('steer', {job, action})); watch(); });
};

function open(job) {
  learned(job);
  visit(`#job/${job.job}`);
  watch();
}

// Where nobody has moved the slider, the studio decides.
const likeness = () => chosen.faces === '' ? {} : {faces: chosen.faces};

function order() {
  const {scale, colors, preset, begin, styles} = chosen;
  const options = {preset, strength: chosen.strength, strokes: scale, colors, ...likeness()};
  for (const name of ['size', 'steps']) if (Number(chosen[name])) options[name] = Number(chosen[name]);
  const drawn = Object.keys(styles).every(key => key[0] === '@');
  if (drawn) options.style_weights = Object.values(styles);
  const from = drawn && begin === 'photograph' ? {styles: Object.keys(styles).map(key => key.slice(1))} : {look: lookOf()};
  return {photo: chosen.photo.name, options, ...from, ...placeOf()};
}

export const paint = () => pressing(async () => open(await post('paint', order())));

// Bolder, and with finer and with larger strokes.
const variations = () => pressing(async () => {
  const {strength, scale} = chosen;
  for (const [more, larger] of [[0.4, 1], [0, 0.6], [0, 1.6]]) {
    Object.assign(chosen, {strength: Math.min(2, strength + more), scale: Math.min(2, Math.max(0.5, scale * larger))});
    const order_ = order();
    Object.assign(chosen, {strength, scale});
    learned(await post('paint', order_));
  }
  watch();
  say('Three variations are in the queue.');
});

export const keep = () => pressing(async () => {
  open(await post('instant', {photo: source().name, look: lookOf(), ...placeOf()}));
});

const number = name => Number(document.querySelector(`#${name}`).value);
export const paintFilm = preview => pressing(async () => {
  const keys = Object.keys(chosen.styles);
  const options = {
    start: number('start'), end: number('end'), size: number('film-size'), temporal: number('temporal'),
    strength: chosen.strength, style_scale: chosen.scale, colors: chosen.colors === 'none' ? 'none' : 'luminance',
    ...likeness(), keyframes: number('keyframes'),
  };
  const styles = keys.filter(key => key[0] === '@').map(key => key.slice(1));
  open(await post('film', {film: chosen.film.name, style: keys[0], styles, look: lookOf(), options, preview}));
});

export async function settings(values) {
  const found = await sending(tried(() => post('settings', values)));
  if (!found) return false;
  const {asked, look, begin, titles} = found;
  const pictures = Object.keys(look.styles).filter(key => key[0] === '@' && !state.start.styles.some(each => each.name === key));
  visit('#picture');
  const added = pictures.filter(key => !chosen.pictures.some(each => each.name === key))
    .map(name => ({name, title: titles[name] ?? 'style', note: 'from an earlier picture'}));
  changed({
    photo: found.photo, styles: look.styles, titles: {...chosen.titles, ...titles}, begin,
    pictures: [...added, ...chosen.pictures].slice(0, 12), blend: Object.keys(look.styles).length > 1,
    strength: asked.strength ?? look.strength ?? 1, scale: asked.strokes ?? look.scale ?? 1,
    colors: asked.colors ?? look.colors ?? 'none', preset: asked.preset ?? 'default',
    size: asked.size ?? '', steps: asked.steps ?? '', faces: asked.faces ?? (look.faces || ''),
    where: found.where, brushed: found.brushed,
  });
  return true;
}

// What is moved while it paints goes to the painting; else to what is chosen next, from an earlier
// picture with its settings.
export async function moved(name, value) {
  const shown = shownJob();
  if (isPainted(shown)) {
    const changes = {[name === 'scale' ? 'strokes' : name]: value};
    pressing(async () => learned(await post('change', {job: shown.job, changes})));
  } else if (!shown || await settings({job: shown.job})) {
    const shares = () => Object.fromEntries(Object.keys(chosen.styles).map((key, place) => [key, value[place]]));
    changed(name === 'style_weights' ? {styles: shares()} : {[name]: value});
  }
}

async function download(job) {
  const dialog = document.querySelector('#download');
  const forms = document.querySelector('#forms');
  const film = job.kind === 'film' || (await sending(tried(() => get(`job/${job.job}`))))?.film;
  const found = job.kind === 'film' ? {mp4: 'Film, MP4'} : {
    png: 'PNG', jpeg: 'JPEG, smallest', tiff: 'TIFF, 16 bits',
    ...(film ? {mp4: 'Video of the painting process'} : {}), manifest: 'Settings file',
  };
  forms.replaceChildren(...Object.entries(found).map(([form, label]) => {
    const line = document.createElement('li');
    const link = line.appendChild(document.createElement('a'));
    link.href = `/api/result/${job.job}/${form}`;
    link.download = '';
    link.append(label);
    return line;
  }));
  if (job.kind === 'paint' && !job.print) {
    button(forms.appendChild(document.createElement('li')), `Print size: paint at ${state.start.side} pixels`, () => {
      dialog.close();
      pressing(async () => open(await post('print', {job: job.job})));
    });
  }
  dialog.showModal();
}

async function about(job) {
  const told = await sending(tried(() => get(`job/${job.job}?curves`)));
  if (!told) return;
  document.querySelector('#curves').replaceChildren(...curve(told));
  const list = document.querySelector('#facts');
  list.replaceChildren(...facts(told).flatMap(([name, value]) => [['dt', name], ['dd', value]].map(([kind, text]) => {
    const made = document.createElement(kind);
    made.append(text);
    return made;
  })));
  document.querySelector('#about').showModal();
}

// What is known of a picture, as names and words.
function facts({photo, titles, asked, look, where, changes, seconds, number, of, made}) {
  const named = (choices, value) => Object.entries(choices).find(([, each]) => each === value)?.[0] ?? value;
  const shares = Object.values(look?.styles ?? {});
  const styles = (titles ?? []).map((title, place) => shares.length > 1 ? `${title} (${shares[place]})` : title);
  const changed = ({step, asked: values}) => `${Object.entries(values).map(pair => pair.join(' ')).join(', ')} from step ${step}`;
  return Object.entries({
    Photograph: photo, Style: styles.join(', '), Painted: where && `only the ${where}`,
    Strength: asked.strength ?? look?.strength, 'Stroke size': asked.strokes ?? asked.style_scale ?? look?.scale,
    Colors: named(state.start.colors, asked.colors ?? look?.colors), Quality: asked.preset && named(state.start.qualities, asked.preset),
    'Longer side': asked.size && `${asked.size} pixels`, Steps: of ? `${number} of ${of}` : '',
    'Likeness of faces': asked.faces ?? (look?.faces || ''), 'Frames painted': asked.keyframes || '', Seed: asked.seed, Changed: changes.map(changed).join('; '),
    Time: seconds >= 1 && duration(seconds), Made: new Date(1000 * made).toLocaleString(),
  }).filter(([, value]) => value || value === 0);
}

function curve({curves, of, changes}) {
  const values = (curves.total ?? []).map(each => each > 0 ? Math.log10(each) : null);
  const known = values.filter(each => each !== null);
  if (known.length < 2) return [];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const at = (step, value) => `${(600 * step / (of || 1)).toFixed(1)},${(10 + 160 * (high - value) / (high - low || 1)).toFixed(1)}`;
  const points = values.map((each, place) => each === null ? '' : at(curves.step[place], each)).join(' ');
  const marks = changes.map(({step}) => `<line x1="${600 * step / of}" x2="${600 * step / of}" y1="0" y2="180"/>`).join('');
  const drawing = document.createElement('figure');
  drawing.innerHTML = `<svg viewBox="0 0 600 180" role="img" aria-label="Loss by step"><polyline points="${points}"/>${marks}</svg><figcaption>Loss by step, on a log scale${changes.length ? '; lines mark your changes' : ''}</figcaption>`;
  return [drawing];
}

// Which buttons make sense, by what is shown.
function wanted() {
  const job = shownJob();
  if (!job) {
    if (state.mode === 'film') {
      const off = !chosen.film || !lookOf();
      return [['Paint the film', () => paintFilm(false), 'go', off], ['One second first', () => paintFilm(true), '', off]];
    }
    const off = !chosen.photo || !lookOf();
    return [['Paint this', paint, 'go', off], ['Three variations', variations, '', off], ['Keep it as it is', keep, '', off]];
  }
  const found = [];
  if (job.state === 'running') found.push(['Pause', () => steer('pause'), 'go'], ['Stop here', () => steer('keep')]);
  if (GO_ON.includes(job.state)) found.push(['Go on', () => steer('go_on'), job.state === 'kept' ? '' : 'go']);
  if (RESULT.includes(job.state)) found.push(['Download', () => download(job), 'go']);
  if (isOpen(job) || ['paused', 'broken', 'failed'].includes(job.state)) found.push(['Cancel', () => steer('cancel')]);
  if (job.state === 'cancelled' && job.kind !== 'film') found.push(['Use these settings', () => settings({job: job.job}), 'go']);
  found.push([job.favorite ? '★ Favorite' : '☆ Favorite', () => favor(shownJob()), 'quiet']);
  if (job.kind !== 'film' && job.state !== 'cancelled') found.push(['Use these settings', () => settings({job: job.job}), 'quiet']);
  found.push(['Details', () => about(shownJob()), 'quiet']);
  if (job.state !== 'running') found.push(['Remove', () => remove(job), 'quiet']);
  return found;
}

let drawn = '';
export function draw() {
  const job = shownJob();
  const found = wanted();
  const now = JSON.stringify([state.job, found.map(([label, , kind, off]) => [label, kind, off])]);
  if (now !== drawn) {
    const focused = document.activeElement?.closest('#actions') ? document.activeElement.textContent : '';
    drawn = now;
    actions.replaceChildren();
    for (const [label, act, kind, off] of found) {
      const made = button(actions, label, act, kind ?? '');
      made.disabled = !!off;
      if (label === focused) made.focus();
    }
    if (focused && !actions.contains(document.activeElement)) actions.querySelector('button')?.focus();
  }
  title.textContent = job?.title ?? draftTitle();
  const line = state.sending ? 'Sending …' : (state.lost ? 'The studio does not answer; trying again …' : job ? lineOf(job) : hint());
  if (status.textContent !== line) status.textContent = line;
  // Read aloud: every tenth, not every step.
  const tenths = job?.state === 'running' && job.of ? `${WORDS.running}, ${10 * Math.floor(10 * job.number / job.of)} %` : line;
  if (!state.sending && spoken.textContent !== tenths) spoken.textContent = tenths;
  progress.hidden = !(job && (isOpen(job) || job.state === 'paused') && job.of);
  if (job?.of) progress.value = job.number / job.of;
  document.title = pageTitle();
}

function draftTitle() {
  const names = Object.keys(chosen.styles).map(key => chosen.titles[key] ?? key);
  const photo = source();
  return photo ? [photo.title, ...(names.length ? ['as', names.join(' + ')] : [])].join(' ') : state.mode === 'film' ? 'No film yet' : 'No photograph yet';
}

function hint() {
  if (state.mode === 'film' && !chosen.film) return 'Choose a film; its first frame is shown in every style.';
  if (!source()) return 'Choose a photograph, drop one anywhere, or paste it.';
  const part = chosen.brushed ? ', as brushed' : chosen.where ? `, only the ${chosen.where}` : '';
  return lookOf() ? `This is an instant preview${state.mode === 'film' ? '' : part}. Paint it to refine it.` : 'Choose the style you like.';
}

function lineOf(job) {
  const unit = job.kind === 'film' ? 'frame' : 'step';
  const parts = [WORDS[job.state]];
  if (job.state === 'waiting') parts[0] = job.place > 1 ? `Waiting, ${job.place - 1} before it` : 'Next in the queue';
  if (job.of && !RESULT.includes(job.state)) parts.push(`${unit} ${job.number} of ${job.of}`);
  if (job.state === 'running' && job.left !== null) parts.push(`about ${duration(job.left)} left`);
  if (RESULT.includes(job.state) && job.seconds >= 1) parts.push(`in ${duration(job.seconds)}`);
  const note = job.told || (job.state === 'running' ? job.note : '');
  return parts.filter(Boolean).join(' · ') + (note ? `${job.state === 'failed' ? ':' : '.'} ${note}` : '');
}

function pageTitle() {
  const job = [...jobs.values()].find(each => each.state === 'running');
  if (!job?.of) return 'impasto studio';
  const left = job.left === null ? '' : ` · ${duration(job.left)} left`;
  return `${Math.round(100 * job.number / job.of)} %${left} · impasto`;
}
