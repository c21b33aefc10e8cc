"""A pad that blends two styles: left to right from one to the other, upwards more of both."""

from __future__ import annotations

from typing import Any, Final

import gradio as gr

_TEMPLATE: Final = """
<div class="pad" tabindex="0" role="application"
     aria-label="Blend: left and right between two styles, up and down their strength">
  <span class="corner tl">${first}</span><span class="corner tr">${second}</span>
  <span class="corner bl">photograph</span>
  <i class="knob" style="left:${(value || [0.5, 1])[0] * 100}%;
     top:${(1 - (value || [0.5, 1])[1]) * 100}%"></i>
</div>
"""

_SCRIPT: Final = """
let held = false;
const clamp = (x) => Math.min(1, Math.max(0, x));
const put = (x, y) => {
  const knob = element.querySelector('.knob');
  knob.style.left = 100 * clamp(x) + '%';
  knob.style.top = 100 * (1 - clamp(y)) + '%';
  element.dataset.x = clamp(x); element.dataset.y = clamp(y);
};
const at = (event) => {
  const box = element.querySelector('.pad').getBoundingClientRect();
  put((event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height);
};
const send = () => {
  props.value = [Number(element.dataset.x), Number(element.dataset.y)];
  trigger('input');
};
element.addEventListener('pointerdown', (event) => {
  if (!event.target.closest('.pad')) return;
  held = true; at(event); event.preventDefault();
});
window.addEventListener('pointermove', (event) => { if (held) at(event); });
window.addEventListener('pointerup', () => { if (held) { held = false; send(); } });
element.addEventListener('keydown', (event) => {
  const step = {ArrowLeft: [-0.05, 0], ArrowRight: [0.05, 0], ArrowUp: [0, 0.05],
                ArrowDown: [0, -0.05]}[event.key];
  if (!step) return;
  const [x, y] = props.value || [0.5, 1];
  put(x + step[0], y + step[1]); send(); event.preventDefault();
});
"""


def pad(first: str, second: str) -> gr.HTML:
    """A pad whose value is [share of the second style, strength], both from 0 to 1."""
    look: dict[str, Any] = {"first": first, "second": second}
    return gr.HTML([0.5, 1.0], html_template=_TEMPLATE, js_on_load=_SCRIPT, elem_id="pad", **look)
