"""The tab Video."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import gradio as gr

from impasto.errors import ImpastoError, VideoError
from impasto.film import Reading, open_film
from impasto.studio.downloads import exported
from impasto.studio.intake import Upload
from impasto.studio.job import WITH_RESULT, Job
from impasto.studio.live import View
from impasto.studio.orders import order_film
from impasto.studio.page.asking import (
    EVERY,
    HIDDEN,
    client_of,
    drop_zone,
    held_upload,
    only_uploads,
    scale_slider,
    shown,
    strength_slider,
    told,
    upload_of,
)
from impasto.studio.page.job_view import Watch
from impasto.studio.page.strip import Strip
from impasto.studio.studio import Client, Studio

_EMPTY: Final = (
    '<div class="status"><p class="line">Drop a film, choose a style, and look at one second '
    "first.</p></div>"
)


class FilmTab:
    """A film, a part of it, a style; a second of it first, and then the whole part.

    Args:
        studio: What paints.
        mark: The browser's.
    """

    def __init__(self, studio: Studio, mark: gr.BrowserState) -> None:
        self.studio = studio
        self.mark = mark
        self.source = held_upload(studio)
        self.style = held_upload(studio)
        self.watch = Watch(studio, mark, _EMPTY)
        with gr.Row(elem_classes="atelier"):
            with gr.Column(scale=4, min_width=300, elem_classes="palette"):
                self._draw_left()
            with gr.Column(scale=7, min_width=300, elem_classes="easel"):
                self._draw_right()
        self._wire()

    def _draw_left(self) -> None:
        self.zone = only_uploads(gr.Video)(
            label="Film", sources=["upload"], height=230, elem_id="film", include_audio=True,
            buttons=[],
        )  # fmt: skip
        names = [(each.title, each.name) for each in self.studio.instant.styles]
        self.name = gr.Dropdown(
            names, value=names[0][1] if names else None, label="Style", elem_id="film-style"
        )
        if self.studio.instant.takes_any:
            self.style_zone = drop_zone("Or any picture", height=140, buttons=[])
        with gr.Row():
            self.start = gr.Number(0, label="From second", minimum=0, min_width=90)
            self.end = gr.Number(5, label="To second", minimum=0, min_width=90, elem_id="film-end")
        self.size = gr.Dropdown(
            [("320 pixels", 320), ("512 pixels", 512), ("768 pixels", 768), ("1080 pixels", 1080)],
            value=512, label="Longer side", elem_id="film-size",
        )  # fmt: skip
        self.strength = strength_slider("film")
        self.scale = scale_slider()
        self.temporal = gr.Slider(
            0, 1, value=0.7, step=0.05, label="Calm", info="How much of each frame is carried over",
            buttons=[],
        )  # fmt: skip
        self.colors = gr.Radio(
            [("The style's", "none"), ("The film's", "luminance")], value="none", label="Colors"
        )
        with gr.Row():
            self.look = gr.Button("One second first", elem_id="film-preview")
            self.go = gr.Button("Paint the film", variant="primary", elem_id="film-go")

    def _draw_right(self) -> None:
        self.result = gr.Video(
            show_label=False, interactive=False, height=480, elem_id="film-result",
            elem_classes="canvas", buttons=[], autoplay=True, loop=True,
        )  # fmt: skip
        self.watch.draw_status()
        with gr.Row(elem_classes="steer"):
            self.watch.draw_buttons("film-do")
            self.download = gr.DownloadButton("MP4", visible=False, size="sm", min_width=90)

    def _wire(self) -> None:
        self.zone.upload(self._take, self.zone, [self.source, self.end], **EVERY)
        self.zone.clear(lambda: None, None, self.source, **EVERY)
        if self.studio.instant.takes_any:
            style = [self.style, self.style_zone]
            self.style_zone.upload(self._take_style, self.style_zone, style, **EVERY)
            self.style_zone.clear(lambda: (None, None), None, style, **EVERY)
        empty = {self.result: None, self.download: gr.update(visible=False)}
        self.watch.wire([self.result, self.download], self._shown, empty)
        asked = [
            self.source, self.name, self.style, self.start, self.end, self.size, self.strength,
            self.scale, self.temporal, self.colors, self.mark,
        ]  # fmt: skip
        for button, preview in ((self.look, True), (self.go, False)):
            button.click(self._orderer(preview=preview), asked, self.watch.view, **HIDDEN)

    @told
    def _take(self, arrived: Any) -> tuple[Upload | None, Any]:
        if arrived is None:
            return None, gr.skip()
        upload = self.studio.intake.film(arrived.path, arrived.name, arrived.owner)
        whole = math.ceil(10 * _seconds(upload.path)) / 10  # rounded down it loses its last frames
        return upload, min(whole, self.studio.limits.film_seconds)

    @told
    def _take_style(self, arrived: Any) -> tuple[Upload | None, Any]:
        upload = upload_of(self.studio, arrived)
        return upload, None if upload is None else shown(upload.path)

    def _orderer(self, *, preview: bool) -> Any:
        @told
        def ordered(request: gr.Request, *given: Any) -> dict[Any, Any]:
            film, name, style, start, end, size, strength, scale, temporal, colors, mark = given
            if film is None:
                raise VideoError("No film yet: drop one")
            asked = {
                "start": start, "end": end, "size": size, "strength": strength,
                "style_scale": scale, "temporal": temporal, "colors": colors,
            }  # fmt: skip
            client = client_of(request, mark)
            styles = [] if style is None else [style]
            name = "" if styles else name
            job = order_film(self.studio, client, film, asked, name, styles=styles, preview=preview)
            return self.watch.take(job.id, mark, request)

        return ordered

    def _shown(self, job: Job, _view: View, client: Client, before: list[Any]) -> dict[Any, Any]:
        if before[:2] == [job.id, job.state]:
            return {}
        path = self._film(job, client)
        found: dict[Any, Any] = {
            self.download: gr.update(value=path and str(path), visible=path is not None)
        }
        if path is not None or not before:
            found[self.result] = path and str(path)
        return found

    def _film(self, job: Job, client: Client) -> Path | None:
        if job.state not in WITH_RESULT:
            return None
        try:
            return exported(self.studio, client, job.id, "mp4")
        except ImpastoError:
            return None


def tab(studio: Studio, strip: Strip, mark: gr.BrowserState) -> None:
    """Draw the tab."""
    strip.on_film(FilmTab(studio, mark))


def _seconds(path: Path) -> float:
    reader = open_film(path, Reading())
    try:
        film = reader.film
        return float(film.frames / film.rate) if film.frames else 5.0
    finally:
        reader.close()
