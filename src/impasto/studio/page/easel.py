"""What can be seen and steered of a job while it is painted."""

from __future__ import annotations

from typing import Any, Final

import gradio as gr

from impasto.errors import ImpastoError
from impasto.studio.changes import COLORS, STRENGTH, STROKES
from impasto.studio.exporting import exported
from impasto.studio.job import OPEN, PAUSED, WITH_RESULT, Job
from impasto.studio.live import View
from impasto.studio.page.asking import HIDDEN, LAST, client_of, shown, told
from impasto.studio.page.showing import EMPTY, curves, picture_of
from impasto.studio.page.watching import Watch
from impasto.studio.studio import Client, Studio

_FORMS: Final = {"png": "PNG", "tiff": "TIFF, 16 bits", "mp4": "Animation", "manifest": "Manifest"}

_COMPARED: Final = "on => [!on, on].map(visible => ({__type__: 'update', visible}))"


class Easel:
    """The right half of the tab Paint.

    Attributes:
        watch: Follows the job that is shown.
    """

    def __init__(self, studio: Studio, mark: gr.BrowserState) -> None:
        self.studio = studio
        self.mark = mark
        self.watch = Watch(studio, mark, EMPTY)

    def draw(self) -> None:
        """Put the components where the tab wants them."""
        self.canvas = gr.Image(
            show_label=False, interactive=False, height=560, elem_id="canvas",
            elem_classes="canvas", buttons=["fullscreen"], format="png",
            placeholder="The picture appears here",
        )  # fmt: skip
        self.compare = gr.ImageSlider(
            show_label=False, interactive=False, height=560, visible=False, elem_id="compare",
            elem_classes="canvas", buttons=["fullscreen"], format="png", max_height=560,
        )  # fmt: skip
        self.watch.draw_status()
        with gr.Row(elem_classes="steer"):
            self.watch.draw_buttons("do")
            self.comparing = gr.Checkbox(
                label="Before and after", value=False, visible=False, container=False,
                elem_id="comparing", min_width=150,
            )  # fmt: skip
        with gr.Row(elem_classes="downloads"):
            self.downloads = {
                form: gr.DownloadButton(
                    label, visible=False, size="sm", min_width=110, elem_id=f"get-{form}"
                )
                for form, label in _FORMS.items()
            }
        with gr.Group(elem_classes="live"):
            self.strength = gr.Slider(
                *STRENGTH, value=0, step=0.1, label="Style strength", elem_id="strength",
                buttons=[], info="From faithful to free; may be moved while it paints",
            )  # fmt: skip
            with gr.Row():
                self.strokes = gr.Slider(
                    *STROKES, value=1, step=0.05, label="Stroke size", buttons=[],
                    elem_id="strokes",
                )  # fmt: skip
                self.colors = gr.Radio(
                    list(COLORS.items()), value="none", label="Colors", elem_id="colors"
                )
        self.curves = gr.HTML(elem_id="curves")
        self._wire()

    @property
    def view(self) -> list[Any]:
        """Everything that another job on the easel may change."""
        return [*self.watch.view, self.strength, self.strokes, self.colors]

    def found_again(self, begun: Any) -> None:
        """After the page has loaded, take up the picture this browser was about."""
        begun.then(self._last, self.mark, self.view, **HIDDEN)

    def take(self, name: str, mark: str, request: gr.Request) -> dict[Any, Any]:
        """Show another job from now on, with the controls as they were for it."""
        found = self.watch.take(name, mark, request)
        if found[self.watch.job] and (job := self.studio.shelf.job(name)).kind == "paint":
            asked = job.order["asked"]
            found[self.strength] = asked.get("strength") or 0
            found[self.strokes] = asked.get("strokes") or 1
            found[self.colors] = asked.get("colors") or "none"
        return found

    def _shown(self, job: Job, view: View, client: Client, before: list[Any]) -> dict[Any, Any]:
        folder = self.studio.shelf.folder(job.id)
        found = {self.curves: curves(job, view, folder), self.canvas: self._picture(job, view)}
        ready = job.state in WITH_RESULT and job.result.endswith(".png")
        if not (ready and before):  # else whoever compares goes on comparing
            found[self.canvas] = gr.update(value=found[self.canvas], visible=True)
            found[self.comparing] = gr.update(visible=ready, value=False)
            found[self.compare] = gr.update(visible=False)
        if before[:2] != [job.id, job.state]:
            found |= self._results(job, client) if ready else self._no_results()
        return found

    def _picture(self, job: Job, view: View) -> Any:
        if job.is_open and view.preview is not None:
            return str(view.preview)
        best = picture_of(job, self.studio.shelf.folder(job.id), view)
        return None if best is None else shown(best, 2048)

    def _results(self, job: Job, client: Client) -> dict[Any, Any]:
        folder = self.studio.shelf.folder(job.id)
        both = shown(folder / "photo.png", 1024), shown(folder / job.result, 2048)
        return {
            self.comparing: gr.update(visible=True),
            self.compare: gr.update(value=both),
            **{
                button: self._download(job, client, form) for form, button in self.downloads.items()
            },
        }  # fmt: skip

    def _no_results(self) -> dict[Any, Any]:
        return dict.fromkeys(self.downloads.values(), gr.update(visible=False))

    def _download(self, job: Job, client: Client, form: str) -> Any:
        try:
            return gr.update(value=str(exported(self.studio, client, job.id, form)), visible=True)
        except ImpastoError:
            return gr.update(visible=False)

    @told
    def _last(self, mark: str, request: gr.Request) -> dict[Any, Any]:
        own = [job for job in self.studio.jobs(client_of(request)) if job.browser == mark]
        found = next((job for job in own if job.kind == "paint"), None)
        return gr.skip() if found is None else self.take(found.id, mark, request)

    def _changer(self, name: str) -> Any:
        @told
        def changed(job: str, value: Any, mark: str, request: gr.Request) -> None:
            client = client_of(request, mark)
            state = self.studio.job(client, job).state if job else ""
            if state in (*OPEN, PAUSED):
                self.studio.change(client, job, {name: value})

        return changed

    def _wire(self) -> None:
        parts = [self.canvas, self.compare, self.comparing, self.curves, *self.downloads.values()]
        hidden = gr.update(visible=False)
        empty = {
            self.canvas: gr.update(value=None, visible=True), self.curves: "",
            self.comparing: gr.update(visible=False, value=False), self.compare: hidden,
            **self._no_results(),
        }  # fmt: skip
        self.watch.wire(parts, self._shown, empty)
        both = [self.canvas, self.compare]
        self.comparing.change(None, self.comparing, both, js=_COMPARED, **HIDDEN)
        for event, name, control in (
            (self.strength.release, "strength", self.strength),
            (self.strokes.release, "strokes", self.strokes),
            (self.colors.input, "colors", self.colors),
        ):
            event(self._changer(name), [self.watch.job, control, self.mark], None, **LAST)
