"""The strip of all results."""

from __future__ import annotations

import html
import json
from typing import Any, Final, Protocol

import gradio as gr

from impasto.errors import ImpastoError
from impasto.studio.instant import read_small
from impasto.studio.job import BROKEN, CANCELLED, FAILED, KEPT, PAUSED, RUNNING, WAITING, Job
from impasto.studio.page.asking import (
    EVERY,
    HIDDEN,
    LAST,
    client_of,
    held,
    picked,
    picture_shown,
    told,
)
from impasto.studio.page.job_view import JobView, Watch
from impasto.studio.page.showing import picture_of
from impasto.studio.studio import Client, Studio

_SHOWN: Final = 48
"""How many results are shown, the newest first."""

_MARKS: Final = {
    WAITING: "waiting",
    RUNNING: "painting",
    PAUSED: "paused",
    BROKEN: "can go on",
    KEPT: "stopped",
    FAILED: "did not work",
}


class Films(Protocol):
    """Shows films, as the easel does pictures."""

    watch: Watch
    """Follows the film that is shown."""


class Strip:
    """All results of a client, with what they were made with.

    Args:
        studio: Where they are.
        easel: Shows one that is chosen.
        mark: The browser's.
    """

    def __init__(self, studio: Studio, easel: JobView, mark: gr.BrowserState) -> None:
        self.studio = studio
        self.easel = easel
        self.mark = mark
        self.names = gr.JSON(visible=False)  # of what the page shows, whatever there is by now
        self._small: dict[tuple[str, str], Any] = {}
        self.chosen = held()
        # Made here and drawn last: tabs above the strip refresh it.
        self.gallery = gr.Gallery(
            show_label=False, columns=8, height="auto", object_fit="cover", allow_preview=False,
            elem_id="strip", elem_classes="strip", buttons=[], format="png", render=False,
            interactive=False,
        )  # fmt: skip
        self.about = gr.HTML(render=False)

    def draw(self, tabs: gr.Tabs) -> None:
        """Put the strip on the page."""
        gr.HTML('<h2 class="section">Your pictures</h2>')
        self.gallery.render()
        self.about.render()
        with gr.Row(elem_classes="steer"):
            self.again = gr.Button(
                "Use these settings again", size="sm", visible=False, elem_id="again", min_width=200
            )
            self.remove = gr.Button("Remove", size="sm", visible=False, elem_id="remove")
        self._wire(tabs)

    def on_again(self, function: Any, outputs: list[Any]) -> None:
        """Say what brings the settings of the chosen result back, before the strip is drawn."""
        self._again = function, outputs

    def on_film(self, films: Films) -> None:
        """Say what shows a film that is chosen, before the strip is drawn."""
        self.films = films

    def refreshed(self, event: Any) -> None:
        """Look for results anew after an event."""
        event.then(self._all, self.mark, [self.gallery, self.names], **HIDDEN)

    def _wire(self, tabs: gr.Tabs) -> None:
        self.tabs = tabs
        news = [each.watch.news.change for each in (self.easel, self.films)]
        gr.on(news, self._all, self.mark, [self.gallery, self.names], **LAST)
        chosen = [self.chosen, self.about, self.again, self.remove, tabs]
        shown = [*chosen, *self.easel.view, *self.films.watch.view]
        self.gallery.select(self._choose, [self.names, self.mark], shown, **EVERY)
        about = [self.chosen, self.mark, self.easel.watch.job, self.films.watch.job]
        removed = self.remove.click(self._remove, about, shown, **HIDDEN)
        self.refreshed(removed)
        function, outputs = self._again
        self.again.click(function, [self.chosen, self.mark], outputs, **EVERY)

    @told
    def _all(self, mark: str, request: gr.Request) -> tuple[list[Any], list[str]]:
        jobs = [
            job for job in self.studio.jobs(client_of(request, mark)) if job.state != CANCELLED
        ][:_SHOWN]
        entries = [(self._thumbnail(job), self._caption(job)) for job in jobs]
        there = [
            (job.id, entry)
            for job, entry in zip(jobs, entries, strict=True)
            if entry[0] is not None
        ]
        return [entry for _, entry in there], [name for name, _ in there]

    def _thumbnail(self, job: Job) -> Any:
        if (found := self._small.get((job.id, job.state))) is not None:
            return found
        folder = self.studio.shelf.folder(job.id)
        best = picture_of(job, folder, self.studio.line.live(job.id).view)
        try:  # one that is damaged, or has gone in this moment, hides none of the others
            small = best and picture_shown(read_small(best, 320), 320)
        except ImpastoError:
            small = None
        if small is None:
            return None
        self._small[job.id, job.state] = small
        for key in [*self._small][: -4 * _SHOWN]:  # the oldest, so that it does not grow for ever
            self._small.pop(key, None)
        return small

    def _caption(self, job: Job) -> str:
        mark = _MARKS.get(job.state)
        return f"{job.title} ({mark})" if mark else job.title

    @told
    def _choose(
        self, names: list[str], mark: str, request: gr.Request, event: gr.SelectData
    ) -> dict[Any, Any]:
        name = picked(event, names or [])
        client = client_of(request, mark)
        job = self.studio.job(client, name)
        paint, film = job.kind == "paint", job.kind == "film"
        take = self.films.watch.take if film else self.easel.take
        return {
            self.chosen: name,
            self.about: self._told(client, job),
            self.again: gr.update(visible=paint),
            self.remove: gr.update(visible=job.state != RUNNING),
            self.tabs: gr.update(selected="video" if film else "paint"),
            **take(name, mark, request),
        }

    @told
    def _remove(
        self, name: str, mark: str, picture: str, film: str, request: gr.Request
    ) -> dict[Any, Any]:
        self.studio.steer(client_of(request, mark), name, "remove")
        hidden = gr.update(visible=False)
        return {
            self.chosen: "",
            self.about: "",
            self.again: hidden,
            self.remove: hidden,
            **(self.easel.watch.blank() if picture == name else {}),
            **(self.films.watch.blank() if film == name else {}),
        }

    def _told(self, client: Client, job: Job) -> str:
        path = self.studio.shelf.folder(self.studio.job(client, job.id).id) / "manifest.json"
        text = (
            path.read_text(encoding="utf-8") if path.exists() else json.dumps(job.order, indent=2)
        )
        return (
            f'<details class="manifest"><summary>How “{html.escape(job.title)}” was made</summary>'
            f"<pre>{html.escape(text)}</pre></details>"
        )
