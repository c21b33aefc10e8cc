// Strokes over the photograph: where each style goes, and what stays a photograph.
import {say, tried, upload} from './api.js';
import {changed, chosen, placeOf, sending, state} from './store.js';

const dialog = document.querySelector('#brushing');
const photograph = document.querySelector('#brush-photo');
const canvas = document.querySelector('#canvas');
const spot = document.querySelector('#spot');
const brushes = document.querySelector('#brushes');
const size = document.querySelector('#brush-size');
const pen = canvas.getContext('2d', {willReadFrequently: true});
const ERASER = '';
const UNDOS = 12;
let before = [];
let last = null;
let at = [0, 0];

document.querySelector('#brush').onclick = () => tried(async () => {
  if (!chosen.photo) return;
  const {name} = chosen.photo;
  photograph.src = `/api/picture?side=900&name=${encodeURIComponent(name)}`;
  listBrushes();
  dialog.returnValue = '';
  dialog.showModal();
  await photograph.decode().catch(() => {});
  const {naturalWidth: width, naturalHeight: height} = photograph;
  [canvas.width, canvas.height] = [width, height];
  photograph.parentElement.style.width = `min(100%, ${55 * width / height}vh)`;
  [before, last, at] = [[], null, [width / 2, height / 2]];
  move(0, 0);
  if (Object.keys(placeOf()).length) await showVeil(name);
});

// What is left out already, to be corrected.
async function showVeil(photo) {
  const veil = new Image();
  veil.src = `/api/veil?${new URLSearchParams({photo, ...placeOf()})}`;
  try {
    await veil.decode();
  } catch {
    return say('The mask cannot be shown: choose it again.');
  }
  pen.drawImage(veil, 0, 0, canvas.width, canvas.height);
}

function listBrushes() {
  const keys = Object.keys(chosen.styles);
  const several = keys.length > 1 ? keys.map((key, place) => [chosen.titles[key] ?? key, state.start.brushes[place]]) : [];
  brushes.querySelectorAll('label').forEach(each => each.remove());
  const all = [...several, ['stays a photograph', state.start.brushes.at(-1)], ['is painted', ERASER]];
  all.forEach(([label, color], place) => {
    const choice = brushes.appendChild(document.createElement('label'));
    choice.className = 'choice';
    const input = choice.appendChild(document.createElement('input'));
    Object.assign(input, {type: 'radio', name: 'brush', value: color, checked: place === 0});
    if (color) choice.appendChild(document.createElement('i')).style.background = color;
    choice.append(` ${label}`);
  });
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
}

function begin() {
  before = [...before, pen.getImageData(0, 0, canvas.width, canvas.height)].slice(-UNDOS);
}

function stroke(from, to) {
  const color = brushes.querySelector('input:checked').value;
  pen.globalCompositeOperation = color === ERASER ? 'destination-out' : 'source-over';
  pen.strokeStyle = color || '#000';
  pen.lineWidth = size.value;
  pen.lineCap = 'round';
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(to[0] + 0.01, to[1]);  // a line without a length would not be drawn
  pen.stroke();
  pen.globalCompositeOperation = 'source-over';
}

canvas.onpointerdown = event => { canvas.setPointerCapture(event.pointerId); begin(); last = place(event); stroke(last, last); };
canvas.onpointermove = event => { if (last) stroke(last, last = place(event)); };
canvas.onpointerup = canvas.onpointercancel = () => { last = null; };

// By keys: the arrows move the brush, and while space or enter is held it paints.
const WAYS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
let held = false;
canvas.onkeydown = event => {
  const dabs = event.key === ' ' || event.key === 'Enter';
  if (!dabs && !(event.key in WAYS)) return;
  event.preventDefault();
  const from = at;
  if (dabs && !held) begin();
  if (dabs) held = true;
  else move(...WAYS[event.key].map(each => each * Math.max(4, size.value / 2)));
  if (held) stroke(from, at);
};
canvas.onkeyup = event => { if (event.key === ' ' || event.key === 'Enter') held = false; };
canvas.onblur = () => { held = false; };

function move(right, down) {
  at = [Math.min(canvas.width, Math.max(0, at[0] + right)), Math.min(canvas.height, Math.max(0, at[1] + down))];
  const shown = canvas.clientWidth / canvas.width;
  Object.assign(spot.style, {
    left: `${100 * at[0] / canvas.width}%`, top: `${100 * at[1] / canvas.height}%`,
    width: `${size.value * shown}px`, height: `${size.value * shown}px`,
  });
}
size.addEventListener('input', () => move(0, 0));
document.querySelector('#undo').onclick = () => { if (before.length) pen.putImageData(before.pop(), 0, 0); };

dialog.onclose = async () => {
  if (dialog.returnValue === 'clear') changed({where: '', brushed: ''});
  if (dialog.returnValue !== 'done' || !before.length) return;
  const blob = await new Promise(done => canvas.toBlob(done, 'image/png'));
  const got = await sending(tried(() => upload(new File([blob], 'strokes.png'))));
  if (got) changed({brushed: got.name});
};
