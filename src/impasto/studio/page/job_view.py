"""A job as a tab follows it: how it stands, the looks at it, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import gradio as gr

from impasto.errors import ImpastoError, RunError
from impasto.studio.changes import COLORS, STRENGTH, STROKES
from impasto.studio.downloads import exported
from impasto.studio.job import OPEN, PAUSED, WITH_RESULT, Job
from impasto.studio.live import View
from impasto.studio.page.asking import EVERY, HIDDEN, LAST, client_of, held, shown, told
from impasto.studio.page.showing import BUTTONS, EMPTY, curves, picture_of, status
from impasto.studio.studio import Client, Studio

BUSY: Final = 0.5
"""Seconds from one look to the next while the job waits or is painted."""

IDLE: Final = 3.0
"""The same while nothing happens. The looks never end: a program or another page may go on."""

Shown = Callable[[Job, View, Client, list[Any]], dict[Any, Any]]
"""What else a tab shows of a job; the list is what the page has seen, [] when nothing of it."""


class Watch:
    """Follows one job.

    What the page shows travels in the page and comes with every look. So nothing is lost with an
    answer that gets lost: the next look brings it.

    Args:
        studio: Where the job is.
        mark: The browser's.
        hint: What to say as long as there is no job.

    Attributes:
        job: Id of the job.
        news: Changes when the job's state does, so that others may look again.
        view: Everything a look may change.
    """

    def __init__(self, studio: Studio, mark: gr.BrowserState, hint: str) -> None:
        self.studio = studio
        self.mark = mark
        self.hint = hint
        self.job = held()
        self.news = gr.Textbox("", visible=False)
        self.seen = gr.JSON(visible=False)
        self.timer = gr.Timer(IDLE)

    def draw_status(self) -> None:
        """Put the words where the tab wants them."""
        self.status = gr.HTML(self.hint)

    def draw_buttons(self, name: str) -> None:
        """Put the buttons where the tab wants them.

        Args:
            name: Begins the names of their elements.
        """
        self.buttons = {
            how: gr.Button(label, visible=False, size="sm", min_width=110, elem_id=f"{name}-{how}")
            for how, label in (
                ("pause", "Pause"),
                ("go_on", "Go on"),
                ("keep", "Stop and keep"),
                ("cancel", "Cancel"),
            )
        }

    def wire(self, parts: list[Any], shown: Shown, empty: dict[Any, Any]) -> None:
        """Begin to look.

        Args:
            parts: Of the tab, that a look may change too.
            shown: What they show of a job.
            empty: What they show without one.
        """
        self._shown = shown
        self._empty = empty
        self.view = [
            self.job, self.news, self.seen, self.timer, self.status, *self.buttons.values(), *parts,
        ]  # fmt: skip
        self.timer.tick(told(self.look), [self.job, self.seen, self.mark], self.view, **HIDDEN)
        for how, button in self.buttons.items():
            button.click(self._steerer(how), [self.job, self.mark], self.view, **EVERY)

    def look(self, name: str, seen: Any, mark: str, request: gr.Request) -> dict[Any, Any]:
        """What has become of the job since the page has seen it."""
        if not name:
            return {self.seen: gr.skip()}
        client = client_of(request, mark)
        try:
            job, view, place = self.studio.view(client, name)
        except RunError:
            return self.blank()
        now = [name, job.state, job.number, view.version, place, view.note, len(job.changes)]
        if now == seen:
            return {self.seen: gr.skip()}
        before = seen if isinstance(seen, list) and seen[:1] == [name] else []
        wanted = BUTTONS.get(job.state, ())
        return {
            self.news: f"{name} {job.state}",
            self.seen: now,
            self.timer: BUSY if job.is_open else IDLE,
            self.status: status(job, view, place),
            **{
                button: gr.update(visible=how in wanted) for how, button in self.buttons.items()
            },
            **self._shown(job, view, client, before),
        }  # fmt: skip

    def take(self, name: str, mark: str, request: gr.Request) -> dict[Any, Any]:
        """Follow another job from now on."""
        return {self.job: name, **self.look(name, [], mark, request)}

    def blank(self) -> dict[Any, Any]:
        """Follow no job."""
        hidden = dict.fromkeys(self.buttons.values(), gr.update(visible=False))
        return {
            self.job: "", self.seen: [], self.timer: IDLE, self.status: self.hint,
            **hidden, **self._empty,
        }  # fmt: skip

    def _steerer(self, how: str) -> Any:
        @told
        def steered(name: str, mark: str, request: gr.Request) -> dict[Any, Any]:
            self.studio.steer(client_of(request, mark), name, how)
            return self.take(name, mark, request)

        return steered


_FORMS: Final = {"png": "PNG", "tiff": "TIFF, 16 bits", "mp4": "Animation", "manifest": "Manifest"}

_COMPARED: Final = "on => [!on, on].map(visible => ({__type__: 'update', visible}))"


class JobView:
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
