"""The tab Paint: what is painted, and how."""

from __future__ import annotations

import html
from typing import Any

import gradio as gr
import numpy as np

from impasto.errors import ImpastoError, PictureError
from impasto.samples import samples
from impasto.studio.changes import QUALITIES, options_of
from impasto.studio.intake import KEEP_COLOR, STYLE_COLORS, Upload, laid, masks_of
from impasto.studio.orders import estimate, order_painting
from impasto.studio.page.asking import (
    EVERY,
    HIDDEN,
    LAST,
    client_of,
    drop_zone,
    few_strokes,
    held_upload,
    picked,
    sample_row,
    shown,
    told,
    upload_of,
)
from impasto.studio.page.job_view import JobView
from impasto.studio.page.strip import Strip
from impasto.studio.painting_job import PHOTO, style_files
from impasto.studio.studio import Studio

_EDITOR = 640
"""Longer side in pixels of the photograph that is brushed over."""


class Ordering:
    """Connects the palette with the easel.

    Args:
        studio: What paints.
        palette: What is painted, and how.
        easel: What shows it.
        mark: The browser's.
    """

    def __init__(
        self, studio: Studio, palette: Palette, easel: JobView, mark: gr.BrowserState
    ) -> None:
        self.studio = studio
        self.palette = palette
        self.easel = easel
        self.mark = mark

    def wire(self, strip: Strip) -> None:
        """Let every part of the palette do something."""
        self._wire_pictures()
        self._wire_recipe()
        palette, easel = self.palette, self.easel
        live = [easel.strength, easel.strokes, easel.colors]
        order = [*palette.asked, *live, palette.editor, self.mark]
        weighed = [*palette.uploads, *palette.weights]
        palette.go.click(self._paint, [*order, *weighed], easel.watch.view, **HIDDEN)
        pictures = [palette.photo, palette.photo_zone, *palette.uploads, *palette.zones]
        settings = [palette.numbers, palette.quality, palette.size, palette.steps, *live]
        strip.on_again(self._again, [*settings, *pictures, *palette.weights])

    def _wire_pictures(self) -> None:
        palette = self.palette
        places = [(palette.photo_zone, palette.photo)]
        for zone, upload in (*places, *zip(palette.zones, palette.uploads, strict=True)):
            zone.upload(self._take, zone, [upload, zone], **EVERY)
            zone.clear(lambda: (None, None), None, [upload, zone], **EVERY)
        photo = [palette.photo, palette.photo_zone]
        palette.photos.select(self._sample_photo, None, photo, **EVERY)
        styles = [*palette.uploads, *palette.zones]
        palette.styles.select(self._sample_style, palette.uploads, styles, **EVERY)
        palette.more.click(self._one_more, palette.uploads, palette.columns, **HIDDEN)
        # As many places for styles as are needed, and weights where there are several.
        gr.on(
            [each.change for each in palette.uploads], self._places, palette.uploads,
            [*palette.columns, *palette.weights], **LAST,
        )  # fmt: skip

    def _wire_recipe(self) -> None:
        palette = self.palette
        gr.on(
            [each.change for each in palette.asked], self._estimate, palette.asked,
            palette.estimate, **LAST,
        )  # fmt: skip
        for event in (palette.brushing.expand, palette.blank.click):
            event(self._to_be_brushed, palette.photo, palette.editor, **HIDDEN)
        weighing = [self.easel.watch.job, self.mark, *palette.uploads, *palette.weights]
        for weight in palette.weights:
            weight.release(self._weigh, weighing, None, **LAST)

    @told
    def _take(self, arrived: Any) -> tuple[Upload | None, Any]:
        upload = upload_of(self.studio, arrived)
        return upload, None if upload is None else shown(upload.path)

    @told
    def _sample_photo(self, event: gr.SelectData) -> tuple[Upload, Any]:
        upload = self.studio.intake.ours(picked(event, samples("content")).path)
        return upload, shown(upload.path)

    @told
    def _sample_style(self, event: gr.SelectData, *uploads: Upload | None) -> list[Any]:
        """Into the first place that is free, or the last."""
        upload = self.studio.intake.ours(picked(event, samples("style")).path)
        places = list(uploads)
        place = next((n for n, each in enumerate(places) if each is None), len(places) - 1)
        unchanged = [gr.skip()] * len(places)
        files, zones = list(unchanged), list(unchanged)
        files[place], zones[place] = upload, shown(upload.path)
        return [*files, *zones]

    def _one_more(self, *uploads: Upload | None) -> list[Any]:
        given = sum(each is not None for each in uploads)
        count = min(len(uploads), given + 1)
        return [gr.update(visible=number < max(count, 2)) for number in range(len(uploads))]

    def _places(self, *uploads: Upload | None) -> list[Any]:
        last = max((n for n, each in enumerate(uploads) if each is not None), default=0)
        several = sum(each is not None for each in uploads) > 1
        columns = [gr.update(visible=number <= last) for number in range(len(uploads))]
        weights = [gr.update(visible=several and each is not None) for each in uploads]
        return [*columns, *weights]

    def _estimate(self, photo: Upload | None, quality: str, size: int, steps: float) -> str:
        if photo is None:
            return ""
        try:
            options = options_of(_asked(quality, size, steps), 1, self.studio.limits)
            text = estimate(photo.size, options)
        except ImpastoError as error:
            text = str(error)
        return f'<p class="estimate">{html.escape(text)}</p>'

    @told
    def _to_be_brushed(self, photo: Upload | None) -> Any:
        if photo is None:
            return None
        return {"background": shown(photo.path, _EDITOR), "layers": [], "composite": None}

    @told
    def _weigh(self, request: gr.Request, job: str, mark: str, *given: Any) -> None:
        half = len(given) // 2
        weights = [w for upload, w in zip(given[:half], given[half:], strict=True) if upload]
        client = client_of(request, mark)
        if job and self.studio.job(client, job).is_open and len(weights) > 1:
            self.studio.change(client, job, {"style_weights": weights})

    @told
    def _paint(
        self,
        request: gr.Request,
        photo: Upload | None,
        quality: str,
        size: int,
        steps: float,
        strength: float,
        strokes: float,
        colors: str,
        brushed: Any,
        mark: str,
        *given: Any,
    ) -> dict[Any, Any]:
        half = len(given) // 2
        pairs = [(u, w) for u, w in zip(given[:half], given[half:], strict=True) if u is not None]
        if photo is None:
            raise PictureError("No photograph yet: drop one, or choose a sample")
        if not pairs:
            raise PictureError("No style yet: drop a picture whose manner you like, or a sample")
        asked = _asked(quality, size, steps)
        asked |= {"strength": strength, "strokes": strokes, "colors": colors}
        asked["style_weights"] = [weight for _, weight in pairs]
        styles = [upload for upload, _ in pairs]
        masks = _masks(brushed, len(styles))
        job = order_painting(self.studio, client_of(request, mark), photo, styles, asked, masks)
        return self.easel.watch.take(job.id, mark, request)

    @told
    def _again(self, request: gr.Request, name: str, mark: str) -> list[Any]:
        """Settings and pictures of an earlier painting, back on the palette."""
        job = self.studio.job(client_of(request, mark), name)
        asked, folder = job.order["asked"], self.studio.shelf.folder(name)
        titles = [*job.order["titles"]]
        photo = self._back(folder / PHOTO, job.title.partition(" as ")[0])
        files = style_files(folder, len(titles))
        styles: list[Any] = [self._back(path, t) for path, t in zip(files, titles, strict=True)]
        missing = [None] * (len(self.palette.uploads) - len(styles))
        weights = [*(asked.get("style_weights") or [1.0] * len(styles)), *([1.0] * len(missing))]
        # What is not as usual must not hide: the page makes nothing of values in a closed part.
        unusual = bool(asked.get("size") or asked.get("steps"))
        settings = [
            gr.update(open=unusual),
            job.order["preset"], asked.get("size") or 0, asked.get("steps") or 0,
            asked.get("strength") or 0, asked.get("strokes") or 1, asked.get("colors") or "none",
        ]  # fmt: skip
        zones = [shown(each.path) for each in styles]
        pictures = [photo, shown(photo.path), *styles, *missing, *zones, *missing]
        return [*settings, *pictures, *weights]

    def _back(self, path: Any, title: str) -> Upload:
        return self.studio.intake.ours(path, f"{title}.png")


def _asked(quality: str, size: int, steps: float) -> dict[str, Any]:
    return {"preset": quality, "size": int(size or 0) or None, "steps": int(steps or 0) or None}


def _masks(brushed: Any, styles: int) -> Any:
    layers = (brushed or {}).get("layers") or []
    found = laid([np.asarray(each) for each in layers])
    return ((), None) if found is None else masks_of(found, styles)


_HOW_TO_BRUSH = (
    '<p class="hint">Brush over the photograph: orange is the first style, blue the second, then '
    "yellow and green; white stays photograph. Where nothing is brushed all styles go.</p>"
)


class Palette:
    """The left half of the tab: photograph, styles, recipe.

    Args:
        studio: Its limits are the largest that can be chosen.
    """

    def __init__(self, studio: Studio) -> None:
        self.slots = studio.limits.styles
        self.side = studio.limits.side
        self.photo = held_upload(studio)
        self.uploads = [held_upload(studio) for _ in range(self.slots)]
        self._draw_pictures()
        self._draw_recipe()

    @property
    def asked(self) -> list[gr.components.Component]:
        """What decides how long it takes."""
        return [self.photo, self.quality, self.size, self.steps]

    def _draw_pictures(self) -> None:
        self.photo_zone = drop_zone("Photograph", height=230, elem_id="photo", buttons=[])
        self.photos = sample_row("content", "sample-photos")
        self.zones, self.weights, self.columns = [], [], []
        with gr.Row(elem_classes="styles"):
            for number in range(1, self.slots + 1):
                with gr.Column(min_width=120, visible=number == 1) as column:
                    label = "Style" if number == 1 else f"Style {number}"
                    zone = drop_zone(label, height=150, elem_id=f"style{number}", buttons=[])
                    weight = gr.Slider(
                        0, 2, value=1, step=0.05, label="Weight", visible=False, buttons=[],
                        elem_id=f"weight{number}",
                    )  # fmt: skip
                self.zones.append(zone)
                self.weights.append(weight)
                self.columns.append(column)
        self.styles = sample_row("style", "sample-styles")
        self.more = gr.Button("Add another style", size="sm", elem_id="more")

    def _draw_recipe(self) -> None:
        self.quality = gr.Radio(
            list(QUALITIES.items()), value="default", label="Quality", elem_id="quality"
        )
        with gr.Accordion("More", open=False) as self.numbers:
            self.size = gr.Number(
                value=0, precision=0, minimum=0, maximum=self.side, label="Longer side in pixels",
                info="0 is as the quality says", elem_id="size",
            )  # fmt: skip
            self.steps = gr.Number(
                value=0, precision=0, minimum=0, maximum=2000, label="Steps",
                info="0 is as the quality says", elem_id="steps",
            )  # fmt: skip
        with gr.Accordion("Brush where each style goes", open=False) as self.brushing:
            gr.HTML(_HOW_TO_BRUSH)
            self.editor = few_strokes(gr.ImageEditor)(
                type="numpy", show_label=False, sources=[], transforms=[], height=380,
                brush=gr.Brush(
                    colors=[*STYLE_COLORS, KEEP_COLOR], color_mode="fixed", default_size=40
                ),
                layers=False, elem_id="editor", format="png",
            )  # fmt: skip
            self.blank = gr.Button("Begin brushing anew", size="sm")
        self.estimate = gr.HTML(elem_id="estimate")
        self.go = gr.Button("Paint", variant="primary", size="lg", elem_id="go")


def tab(studio: Studio, easel: JobView, strip: Strip, mark: gr.BrowserState) -> None:
    """Draw the tab."""
    with gr.Row(elem_classes="atelier"):
        with gr.Column(scale=4, min_width=300, elem_classes="palette"):
            palette = Palette(studio)
        with gr.Column(scale=7, min_width=300, elem_classes="easel"):
            easel.draw()
    Ordering(studio, palette, easel, mark).wire(strip)
