"""The tab Paint: what is painted, and how."""

from __future__ import annotations

import gradio as gr

from impasto.studio.brushed import KEEP_COLOR, STYLE_COLORS
from impasto.studio.changes import QUALITIES
from impasto.studio.page.asking import drop_zone, few_strokes, held_upload, sample_row
from impasto.studio.page.easel import Easel
from impasto.studio.page.ordering import Ordering
from impasto.studio.page.strip import Strip
from impasto.studio.studio import Studio

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


def tab(studio: Studio, easel: Easel, strip: Strip, mark: gr.BrowserState) -> None:
    """Draw the tab."""
    with gr.Row(elem_classes="atelier"):
        with gr.Column(scale=4, min_width=300, elem_classes="palette"):
            palette = Palette(studio)
        with gr.Column(scale=7, min_width=300, elem_classes="easel"):
            easel.draw()
    Ordering(studio, palette, easel, mark).wire(strip)
