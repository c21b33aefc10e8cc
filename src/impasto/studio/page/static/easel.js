// Two pictures over one another, the photograph up to a line; as large as its frame or at 100 %.

const stage = document.querySelector('#stage');
const sheet = document.querySelector('#sheet');
const before = document.querySelector('#before');
const after = document.querySelector('#after');
const compare = document.querySelector('#compare');
const zoom = document.querySelector('#zoom');
const film = document.querySelector('#film-shown');

// Shows an address once it has arrived; of two the later stays, whichever arrives first.
const wanted = new WeakMap();
async function put(image, address, alt) {
  if (image.alt !== alt) image.alt = alt;
  if (wanted.get(image) === address) return;
  wanted.set(image, address);
  image.hidden = !address;
  if (!address) return image.removeAttribute('src');
  const loading = new Image();
  loading.src = address;
  try { await loading.decode(); } catch { return setTimeout(() => wanted.get(image) === address && wanted.delete(image), 3000); }
  if (wanted.get(image) !== address) return;
  image.src = address;
  image.dataset.shown = address;
  fit();
}

export function show({photo, picture, quick, video, title}) {
  if (quick && wanted.get(after) !== picture && !after.dataset.shown?.startsWith(quick)) {
    after.src = quick;  // small, and there already
    after.hidden = false;
    fit();
  }
  put(before, photo, photo ? 'The photograph' : '');
  put(after, picture || photo, title);
  const has = !!picture && !!photo && !video;
  document.querySelector('#looking').hidden = !photo || !!video;
  compare.disabled = !has;
  sheet.classList.toggle('both', has);
  if (video && film.getAttribute('src') !== video) film.src = video;
  if (!video) film.removeAttribute('src');
  film.hidden = !video;
  sheet.hidden = !!video;
  fit();
}

// The sheet has the picture's shape. The line is at a place of the frame, so that it stays in sight
// when the picture is moved.
function fit() {
  const [width, height] = [after.naturalWidth || 4, after.naturalHeight || 3];
  sheet.style.setProperty('--width', width / devicePixelRatio);
  stage.style.setProperty('--shape', width / height);
  const seen = Math.min(stage.clientWidth, sheet.offsetWidth);
  const at = stage.scrollLeft + seen * compare.value / 100;
  sheet.style.setProperty('--cut', `${100 * at / (sheet.offsetWidth || 1)}%`);
}

compare.oninput = fit;
stage.addEventListener('scroll', fit);
new ResizeObserver(fit).observe(stage);

export function zoomed(on = !sheet.classList.contains('whole'), x = 0.5, y = 0.5) {
  sheet.classList.toggle('whole', on);
  stage.classList.toggle('whole', on);
  zoom.ariaPressed = on;
  stage.scrollTo(x * stage.scrollWidth - stage.clientWidth / 2, y * stage.scrollHeight - stage.clientHeight / 2);
  fit();
}
zoom.onclick = () => zoomed();
stage.ondblclick = event => {
  const box = sheet.getBoundingClientRect();
  zoomed(undefined, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
};

// A mouse drags the line, or moves the picture where that is larger than its frame.
let held = null;
stage.onpointerdown = event => {
  if (event.pointerType !== 'mouse' && sheet.classList.contains('whole')) return;  // scrolls by itself
  if (event.button || !sheet.contains(event.target)) return;
  const moves = sheet.classList.contains('whole') && event.target.id !== 'cut';
  held = {moves, x: event.clientX, y: event.clientY, left: stage.scrollLeft, top: stage.scrollTop};
  stage.setPointerCapture(event.pointerId);
  event.preventDefault();
  stage.focus({preventScroll: true});
};
stage.onpointermove = event => {
  if (!held) return;
  if (held.moves) return stage.scrollTo(held.left - event.clientX + held.x, held.top - event.clientY + held.y);
  if (Math.abs(event.clientX - held.x) < 4 && !held.cuts || compare.disabled) return;
  held.cuts = true;
  const left = Math.max(stage.getBoundingClientRect().left, sheet.getBoundingClientRect().left);
  compare.value = 100 * (event.clientX - left) / Math.min(stage.clientWidth, sheet.offsetWidth);
  fit();
};
stage.onpointerup = stage.onpointercancel = () => { held = null; };
