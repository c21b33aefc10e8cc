"""The tab Translate: photographs into paintings and back."""

from __future__ import annotations

from typing import Any

import gradio as gr

from impasto.errors import PictureError
from impasto.samples import samples
from impasto.studio.instant import TRANSLATOR_MISSING, read_small
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
    shown,
    told,
    upload_of,
)
from impasto.studio.page.strip import Strip
from impasto.studio.studio import Studio


def tab(studio: Studio, strip: Strip, mark: gr.BrowserState) -> None:
    """Draw the tab."""
    if not studio.instant.translators:
        gr.HTML(
            '<div class="absent"><h2>From photograph to painting, and back</h2>'
            f"<p>{coded(TRANSLATOR_MISSING)}</p></div>"
        )
        return
    TranslateTab(studio, strip, mark)


class TranslateTab:
    """A picture, a direction, and the result beside it.

    Args:
        studio: Has the translators.
        strip: Shows what is kept.
        mark: The browser's.
    """

    def __init__(self, studio: Studio, strip: Strip, mark: gr.BrowserState) -> None:
        self.studio = studio
        names = [(each.title, each.name) for each in studio.instant.translators]
        self.titles = {way: title for title, way in names}
        self.photo = held_upload(studio)
        with gr.Row(elem_classes="atelier"):
            with gr.Column(scale=4, min_width=300, elem_classes="palette"):
                self.zone = drop_zone("Picture", height=280, elem_id="translate-photo", buttons=[])
                self.photos = sample_row("content", "translate-samples")
                self.way = gr.Radio(names, value=names[0][1], label="Direction", elem_id="way")
            with gr.Column(scale=7, min_width=300, elem_classes="easel"):
                self.result = gr.ImageSlider(
                    show_label=False, interactive=False, height=520, max_height=520, format="png",
                    elem_id="translate-result", elem_classes="canvas", buttons=["fullscreen"],
                )  # fmt: skip
                with gr.Row(elem_classes="steer"):
                    self.keep = gr.Button("Keep this picture", size="sm", elem_id="translate-keep")
                    self.kept = gr.HTML()
        taken = [self.photo, self.zone, self.result]
        self.zone.upload(self._take, [self.zone, self.way], taken, **EVERY)
        self.photos.select(self._sample, self.way, taken, **EVERY)
        self.way.input(self._translate, [self.photo, self.way], self.result, **LAST)
        kept = self.keep.click(self._keep, [self.photo, self.way, mark], self.kept, **HIDDEN)
        strip.refreshed(kept)

    @told
    def _take(self, arrived: Any, way: str) -> tuple[Any, Any, Any]:
        upload = upload_of(self.studio, arrived)
        if upload is None:
            raise PictureError("The upload did not arrive, give it again")
        return upload, shown(upload.path), self._translate(upload, way)

    @told
    def _sample(self, way: str, event: gr.SelectData) -> tuple[Any, Any, Any]:
        upload = self.studio.intake.ours(picked(event, samples("content")).path)
        return upload, shown(upload.path), self._translate(upload, way)

    @told
    def _translate(self, photo: Upload | None, way: str) -> Any:
        if photo is None:
            return gr.skip()
        seen = read_small(photo.path, 1024)
        return picture_shown(seen, 1024), picture_shown(
            self.studio.instant.translated(seen, way), 1024
        )

    @told
    def _keep(self, request: gr.Request, photo: Upload | None, way: str, mark: str) -> str:
        if photo is None:
            raise PictureError("No picture yet: drop one")
        seen = read_small(photo.path, self.studio.limits.side)
        result = self.studio.instant.translated(seen, way)
        client = client_of(request, mark)
        title = f"{photo.title}, {self.titles[way]}"
        keep_picture(self.studio, client, "translate", title, photo, result)
        return kept_as(title)
