// Strokes over the photograph: where each style goes, and what stays a photograph.
import {sending, sent} from './job.js';
import {tried, upload} from './api.js';
import {changed, chosen, state} from './store.js';

const dialog = document.querySelector('#brushing');
const canvas = document.querySelector('#canvas');
const brushes = document.querySelector('#brushes');
const size = document.querySelector('#brush-size');
const pen = canvas.getContext('2d');
let last = null;

document.querySelector('#brush').onclick = () => {
  if (!chosen.photo) return;
  const {name, width, height} = chosen.photo;
  const scale = Math.min(1, 900 / Math.max(width, height));
  if (canvas.dataset.photo !== name) {
    [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    canvas.dataset.photo = name;
  }
  canvas.style.backgroundImage = `url("/api/picture?side=900&name=${encodeURIComponent(name)}")`;
  const keys = Object.keys(chosen.styles);
  const several = keys.length > 1 ? keys.map(key => chosen.titles[key] ?? key) : [];
  const names = [...several, 'stays a photograph'];
  const colors = [...state.start.brushes.slice(0, several.length), state.start.brushes.at(-1)];
  brushes.querySelectorAll('label').forEach(each => each.remove());
  names.forEach((label, place) => {
    const choice = brushes.appendChild(document.createElement('label'));
    choice.className = 'choice';
    const input = choice.appendChild(document.createElement('input'));
    Object.assign(input, {type: 'radio', name: 'brush', value: colors[place], checked: place === 0});
    const dab = choice.appendChild(document.createElement('i'));
    dab.style.background = colors[place];
    choice.append(` ${label}`);
  });
  dialog.showModal();
};

function at(event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
}

canvas.onpointerdown = event => { canvas.setPointerCapture(event.pointerId); last = at(event); stroke(event); };
canvas.onpointermove = event => last && stroke(event);
canvas.onpointerup = canvas.onpointercancel = () => { last = null; };

function stroke(event) {
  const now = at(event);
  pen.strokeStyle = brushes.querySelector('input:checked').value;
  pen.lineWidth = size.value;
  pen.lineCap = 'round';
  pen.beginPath();
  pen.moveTo(...last);
  pen.lineTo(...now);
  pen.stroke();
  last = now;
}

dialog.onclose = async () => {
  if (dialog.returnValue === 'clear') {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    changed({brushed: ''});
  } else if (dialog.returnValue === 'done') {
    sending();
    const blob = await new Promise(done => canvas.toBlob(done, 'image/png'));
    const got = await tried(() => upload(new File([blob], 'strokes.png')));
    if (got) changed({brushed: got.name});
    sent();
  }
};
