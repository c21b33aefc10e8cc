"""A job as a tab follows it: how it stands, what can be asked of it, and the looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import gradio as gr

from impasto.errors import RunError
from impasto.studio.job import Job
from impasto.studio.live import View
from impasto.studio.page.asking import EVERY, HIDDEN, client_of, held, told
from impasto.studio.page.showing import BUTTONS, status
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
