"""The tab Instant: trained networks at once, and the pad that blends two styles."""

from __future__ import annotations

import html
from typing import Any, Final, TypeAlias

import gradio as gr

from impasto.errors import PictureError
from impasto.samples import samples
from impasto.studio.changes import COLORS
from impasto.studio.instant import ANY_MISSING, read_small
from impasto.studio.intake import Upload
from impasto.studio.orders import keep_picture
from impasto.studio.page.asking import (
    EVERY,
    HIDDEN,
    LAST,
    client_of,
    coded,
    drop_zone,
    held_upload,
    kept_as,
    picked,
    picture_shown,
    sample_row,
    scale_slider,
    shown,
    strength_slider,
    told,
    upload_of,
)
from impasto.studio.page.strip import Strip
from impasto.studio.studio import Studio

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


_SIDE = 1024
"""Longer side of a result that is only looked at; what is kept has its own."""


Manner: TypeAlias = tuple[Any, ...]
"""Strength, style scale and colors as the page has them."""


class InstantTab:
    """Gallery, blends and any style.

    Args:
        studio: Has the networks.
        strip: Shows what is kept.
        mark: The browser's.
    """

    def __init__(self, studio: Studio, strip: Strip, mark: gr.BrowserState) -> None:
        self.studio = studio
        self.networks = studio.instant
        self.choices = studio.instant.styles
        self.mark = mark
        self.photo = held_upload(studio)
        self.style = held_upload(studio)
        # Of the learned styles; none of them where the picture given as a style counts.
        self.shares = gr.JSON(visible=False, elem_classes="held")
        with gr.Row(elem_classes="atelier"):
            with gr.Column(scale=4, min_width=300, elem_classes="palette"):
                self._draw_left()
            with gr.Column(scale=7, min_width=300, elem_classes="easel"):
                self._draw_right()
        self._wire(strip)

    def _draw_left(self) -> None:
        self.zone = drop_zone("Photograph", height=230, elem_id="instant-photo", buttons=[])
        self.photos = sample_row("content", "instant-samples")
        names = [(each.title, each.name) for each in self.choices]
        with gr.Accordion("Blend two styles", open=False):
            with gr.Row():
                first, second = (names[0][1], names[1][1]) if len(names) > 1 else ("", "")
                self.first = gr.Dropdown(names, value=first, label="Left", min_width=120)
                self.second = gr.Dropdown(names, value=second, label="Right", min_width=120)
            self.pad = pad(self._title(first), self._title(second))
        with gr.Accordion("Any style", open=self.networks.takes_any):
            if self.networks.takes_any:
                self.style_zone = drop_zone(
                    "Any picture", height=180, elem_id="instant-style", buttons=[]
                )
            else:
                gr.HTML(f'<p class="hint missing">{coded(ANY_MISSING)}</p>')
        self.strength = strength_slider("photograph", elem_id="instant-strength")
        self.scale = scale_slider(elem_id="instant-scale")
        self.colors = gr.Radio(list(COLORS.items()), value="none", label="Colors")

    def _draw_right(self) -> None:
        self.result = gr.ImageSlider(
            show_label=False, interactive=False, height=520, max_height=520, format="png",
            elem_id="instant-result", elem_classes="canvas", buttons=["fullscreen"],
        )  # fmt: skip
        with gr.Row(elem_classes="steer"):
            self.keep = gr.Button("Keep this picture", size="sm", elem_id="instant-keep")
            self.kept = gr.HTML()
        self.gallery = gr.Gallery(
            self._titles(), show_label=False, columns=5, height="auto", object_fit="cover",
            allow_preview=False, elem_id="instant-gallery", elem_classes="styles-gallery",
            buttons=[], interactive=False, format="png",
        )  # fmt: skip

    def _titles(self) -> list[Any]:
        """The gallery before there is a photograph: a sample in every style."""
        found = samples("content")
        if not found or not self.choices:
            return []
        photograph = read_small(found[0].path, 224)
        return self._thumbnails(photograph)

    def _thumbnails(self, photograph: Any) -> list[Any]:
        return [
            (picture_shown(picture), f"{each.title}" + (f", {each.note}" if each.note else ""))
            for each, picture in self.networks.thumbnails(photograph)
        ]

    def _title(self, name: str) -> str:
        return next((html.escape(each.title) for each in self.choices if each.name == name), "")

    def _wire(self, strip: Strip) -> None:
        manner = [self.strength, self.scale, self.colors]
        looks = [self.photo, self.style, self.shares]
        shows = [self.result, self.shares]
        took = [self.photo, self.gallery, *shows]
        self.zone.upload(self._take, [self.zone, *manner], took, **EVERY)
        self.photos.select(self._sample, manner, [*took, self.zone], **EVERY)
        self.gallery.select(self._in_style, [self.photo, *manner], shows, **EVERY)
        blend = [self.photo, self.pad, self.first, self.second, *manner]
        self.pad.input(self._blend, blend, [*shows, self.strength], **LAST)
        for each in (self.first, self.second):
            each.input(self._renamed, [self.first, self.second], self.pad, **LAST)
            each.input(self._blend, blend, [*shows, self.strength], **LAST)
        if self.networks.takes_any:
            taken = [self.style, self.style_zone, *shows]
            self.style_zone.upload(
                self._any, [self.style_zone, self.photo, *manner], taken, **EVERY
            )
        for event in (self.strength.release, self.scale.release, self.colors.input):
            event(self._again, [*looks, *manner], self.result, **LAST)
        keeping = [*looks, self.mark, *manner]
        strip.refreshed(self.keep.click(self._keep, keeping, self.kept, **HIDDEN))

    @told
    def _take(self, arrived: Any, *manner: Any) -> list[Any]:
        upload = upload_of(self.studio, arrived)
        if upload is None:
            raise PictureError("The upload did not arrive, give it again")
        return self._begun(upload, manner)

    def _begun(self, upload: Upload, manner: Manner) -> list[Any]:
        gallery = self._thumbnails(read_small(upload.path, 224))
        return [upload, gallery, *self._in(self._first(), upload, manner)]

    def _first(self) -> dict[str, float]:
        return {self.choices[0].name: 1.0} if self.choices else {}

    @told
    def _sample(self, event: gr.SelectData, *manner: Any) -> list[Any]:
        upload = self.studio.intake.ours(picked(event, samples("content")).path)
        return [*self._begun(upload, manner), shown(upload.path)]

    @told
    def _in_style(
        self, event: gr.SelectData, photo: Upload | None, *manner: Any
    ) -> tuple[Any, Any]:
        return self._in({picked(event, self.choices).name: 1.0}, _there(photo), manner)

    @told
    def _blend(
        self, photo: Upload | None, value: Any, first: str, second: str, *manner: Any
    ) -> tuple[Any, Any, float]:
        share, strength = (min(1.0, max(0.0, each)) for each in _pair(value))
        shares = {first: 1 - share, second: share} if first != second else {first: 1.0}
        found = self._in(shares, _there(photo), (strength, *manner[1:]))
        return *found, round(strength, 2)

    def _renamed(self, first: str, second: str) -> Any:
        return gr.HTML(first=self._title(first), second=self._title(second))

    @told
    def _any(self, arrived: Any, photo: Upload | None, *manner: Any) -> tuple[Any, ...]:
        style = upload_of(self.studio, arrived)
        if style is None:
            raise PictureError("The upload did not arrive, give it again")
        return style, shown(style.path), self._shown(_there(photo), style, {}, manner), {}

    @told
    def _again(self, photo: Upload | None, style: Upload | None, shares: Any, *manner: Any) -> Any:
        if photo is None or not (shares or style):
            return gr.skip()
        return self._shown(photo, style, shares, manner)

    @told
    def _keep(
        self, request: gr.Request, photo: Upload | None, style: Upload | None, shares: Any,
        mark: str, *manner: Any,
    ) -> str:  # fmt: skip
        upload = _there(photo)
        picture = self._painted(upload, style, shares, manner, self.studio.limits.side)
        names = [self._title(name) for name, share in (shares or {}).items() if share]
        title = f"{upload.title} as {' + '.join(names) or (style and style.title)}"
        keep_picture(self.studio, client_of(request, mark), "instant", title, upload, picture)
        return kept_as(title)

    def _in(self, shares: Any, photo: Upload, manner: Manner) -> tuple[Any, Any]:
        return self._shown(photo, None, shares, manner), shares

    def _shown(self, photo: Upload, style: Upload | None, shares: Any, manner: Manner) -> Any:
        picture = self._painted(photo, style, shares, manner, _SIDE)
        return shown(photo.path, _SIDE), picture_shown(picture, _SIDE)

    def _painted(
        self, photo: Upload, style: Upload | None, shares: Any, manner: Manner, side: int
    ) -> Any:
        photograph = read_small(photo.path, side)
        options = dict(zip(("strength", "style_scale", "keep_color"), manner, strict=True))
        if shares or style is None:
            return self.networks.blended(photograph, shares or self._first(), **options)
        styles = {style.title: style.path}
        return self.networks.in_styles(photograph, styles, {style.title: 1.0}, **options)


def tab(studio: Studio, strip: Strip, mark: gr.BrowserState) -> None:
    """Draw the tab."""
    InstantTab(studio, strip, mark)


def _pair(value: Any) -> tuple[float, float]:
    """Where the pad was pressed; its middle, at full strength, where it has not been."""
    numbers = [each for each in value or () if isinstance(each, (int, float))]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0.5, 1.0)


def _there(photo: Upload | None) -> Upload:
    if photo is None:
        raise PictureError("No photograph yet: drop one, or choose a sample")
    return photo
