"""What can be seen and steered of a job while it is painted."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import gradio as gr

from impasto.errors import ImpastoError, RunError
from impasto.studio.changes import COLORS, STRENGTH, STROKES
from impasto.studio.exporting import exported
from impasto.studio.job import OPEN, WITH_RESULT, Job
from impasto.studio.page.asking import HIDDEN, client_of, shown, told
from impasto.studio.page.showing import BUTTONS, EMPTY, curves, picture_of, status
from impasto.studio.studio import Studio

_TICK: Final = 0.5
"""Seconds from one look at the job to the next."""

_FORMS: Final = {"png": "PNG", "tiff": "TIFF, 16 bits", "mp4": "Animation", "manifest": "Manifest"}


class Easel:
    """The right half of the tab Paint.

    Attributes:
        job: Id of the job that is shown.
        news: Changes when a job's state does, so that others may look again.
    """

    def __init__(self, studio: Studio, mark: gr.BrowserState) -> None:
        self.studio = studio
        self.mark = mark
        self.job = gr.State("")
        self.seen = gr.State(())
        self.news = gr.State("")
        self.timer = gr.Timer(_TICK, active=False)

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
        self.status = gr.HTML(EMPTY)
        with gr.Row(elem_classes="steer"):
            self.buttons = {
                name: gr.Button(
                    label, visible=False, size="sm", min_width=110, elem_id=f"do-{name}"
                )
                for name, label in (
                    ("pause", "Pause"),
                    ("go_on", "Go on"),
                    ("keep", "Stop and keep"),
                    ("cancel", "Cancel"),
                )
            }
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
        """Everything a look at the job may change."""
        return [
            self.job, self.seen, self.news, self.timer, self.canvas, self.compare, self.status,
            self.comparing, self.curves, self.strength, self.strokes, self.colors,
            *self.buttons.values(), *self.downloads.values(),
        ]  # fmt: skip

    def found_again(self, begun: Any) -> None:
        """After the page has loaded, take up the picture this browser was about."""
        begun.then(self._last, [self.mark], self.view, **HIDDEN)

    def changes_on(self, event: Any, name: str, source: Any) -> None:
        """Let moving a control change the painting in hand."""
        event(self._changer(name), [self.job, source, self.mark], None, **HIDDEN)

    def look(self, name: str, seen: Any, mark: str, request: gr.Request) -> dict[Any, Any]:
        """What has become of the job since the last look."""
        try:
            job, view, place = self.studio.view(client_of(request, mark), name)
        except RunError:
            return self.blank()
        now = (name, view.version, job.number, job.state, place, view.note, len(job.changes))
        if now == tuple(seen or ()):
            # Looks may arrive in another order than they were taken in. So the last is taken once
            # more before there are no others: else an older one might stay.
            return {self.timer: gr.skip() if job.state in OPEN else gr.Timer(active=False)}
        before = tuple(seen) if seen and seen[0] == name else (name, -1, -1, "", -1, "", 0)
        folder = self.studio.shelf.folder(name)
        found: dict[Any, Any] = {self.seen: now, self.status: status(job, view, place)}
        found[self.curves] = curves(job, view, folder)
        if view.version != before[1] and view.preview is not None and job.is_open:
            found[self.canvas] = gr.update(value=str(view.preview), visible=True)
        if job.state != before[3]:
            found |= self._for_state(job, folder, client_of(request, mark))
        return found

    def take(self, name: str, mark: str, request: gr.Request) -> dict[Any, Any]:
        """Show another job from now on, with the controls as they were for it."""
        found = {self.job: name, **self.look(name, (), mark, request)}
        if found[self.job] and (job := self.studio.shelf.job(name)).kind == "paint":
            asked = job.order["asked"]
            found[self.strength] = asked.get("strength") or 0
            found[self.strokes] = asked.get("strokes") or 1
            found[self.colors] = asked.get("colors") or "none"
        return found

    def blank(self) -> dict[Any, Any]:
        """Nothing on the easel."""
        hidden = [*self.buttons.values(), *self.downloads.values(), self.comparing, self.compare]
        return {
            self.job: "",
            self.seen: (),
            self.timer: gr.Timer(active=False),
            self.canvas: gr.update(value=None, visible=True),
            self.status: EMPTY,
            self.curves: "",
            **dict.fromkeys(hidden, gr.update(visible=False)),
        }

    def _for_state(self, job: Job, folder: Path, client: Any) -> dict[Any, Any]:
        wanted = BUTTONS.get(job.state, ())
        ready = job.state in WITH_RESULT and job.result.endswith(".png")
        found: dict[Any, Any] = {
            button: gr.update(visible=name in wanted) for name, button in self.buttons.items()
        }
        found[self.timer] = gr.Timer(active=True)
        found[self.news] = f"{job.id} {job.state}"
        found[self.comparing] = gr.update(visible=ready, value=False)
        found[self.compare] = gr.update(visible=False)
        best = picture_of(job, folder, self.studio.line.live(job.id).view)
        picture = None if best is None or job.kind == "film" else shown(best, 2048)
        if ready:
            found[self.compare] = gr.update(
                value=(shown(folder / "photo.png", 1024), picture), visible=False
            )
        found[self.canvas] = gr.update(value=picture, visible=True)
        for form, button in self.downloads.items():
            found[button] = self._download(job, client, form) if ready else gr.update(visible=False)
        return found

    def _download(self, job: Job, client: Any, form: str) -> Any:
        try:
            return gr.update(value=str(exported(self.studio, client, job.id, form)), visible=True)
        except ImpastoError:
            return gr.update(visible=False)

    def _last(self, mark: str, request: gr.Request) -> dict[Any, Any]:
        own = [job for job in self.studio.jobs(client_of(request)) if job.browser == mark]
        found = next((job for job in own if job.kind == "paint"), None)
        return {self.seen: ()} if found is None else self.take(found.id, mark, request)

    def _changer(self, name: str) -> Any:
        @told
        def changed(job: str, value: Any, mark: str, request: gr.Request) -> None:
            client = client_of(request, mark)
            if job and self.studio.job(client, job).state in (*OPEN, "paused"):
                self.studio.change(client, job, {name: value})

        return changed

    def _steerer(self, how: str) -> Any:
        @told
        def steered(name: str, mark: str, request: gr.Request) -> dict[Any, Any]:
            self.studio.steer(client_of(request, mark), name, how)
            return {self.timer: gr.Timer(active=True), **self.look(name, (), mark, request)}

        return steered

    def _wire(self) -> None:
        about = [self.job, self.seen, self.mark]
        self.timer.tick(self.look, about, self.view, queue=False, **HIDDEN)
        for how, button in self.buttons.items():
            button.click(self._steerer(how), [self.job, self.mark], self.view, **HIDDEN)
        self.comparing.change(
            lambda on: (gr.update(visible=not on), gr.update(visible=on)),
            self.comparing, [self.canvas, self.compare], **HIDDEN,
        )  # fmt: skip
        self.changes_on(self.strength.release, "strength", self.strength)
        self.changes_on(self.strokes.release, "strokes", self.strokes)
        self.changes_on(self.colors.input, "colors", self.colors)
