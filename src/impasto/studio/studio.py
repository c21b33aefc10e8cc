"""The studio as a whole: what the page and the interface for programs call."""

from __future__ import annotations

import ctypes
import gc
import shutil
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from impasto.errors import ImpastoError, OptionError, RunError
from impasto.image import Picture, write_picture
from impasto.studio.changes import changed_options, options_of
from impasto.studio.filming import FilmWork, film_options
from impasto.studio.instant import Instant
from impasto.studio.intake import Intake, Upload
from impasto.studio.job import DONE, FAILED, RUNNING, Job
from impasto.studio.limits import Limits
from impasto.studio.line import Line
from impasto.studio.live import Live, View
from impasto.studio.lock import Lock
from impasto.studio.painting import PHOTO, RESULT, PaintingWork, style_files, write_result
from impasto.studio.shelf import Shelf
from impasto.studio.wishes import Wishes

PAGE: Final = "page"
"""Folder of what the page serves: the only files of this machine that clients can fetch."""


@dataclass(frozen=True)
class Client:
    """Who asks.

    Attributes:
        user: Name, where the studio has users; else "".
        browser: Which browser, so that a page finds its job again; "" for programs.
    """

    user: str = ""
    browser: str = ""


class Studio:
    """One line of jobs in one run folder.

    Args:
        run_dir: Everything the studio keeps; made when it is not there.
        limits: What clients may ask for.
        models: Trained networks besides the bundled ones.

    Raises:
        ImpastoError: The folder cannot be used, or a network is none.
    """

    def __init__(
        self, run_dir: Path, limits: Limits | None = None, models: Sequence[str] = ()
    ) -> None:
        self.limits = limits or Limits()
        self.folder = run_dir.resolve()
        self._lock = Lock(self.folder)
        self.instant = Instant(models)
        self.shelf = Shelf(self.folder / "jobs")
        self.served = self.folder / PAGE
        shutil.rmtree(self.served, ignore_errors=True)  # copies for pages of an earlier server
        self.served.mkdir(parents=True)
        self.intake = Intake(self.folder / "uploads", self.limits)
        self.intake.forget_old()
        self._works = {
            "paint": PaintingWork(self.shelf, self.instant),
            "film": FilmWork(self.shelf, self.limits),
        }
        self.line = Line(self.shelf, self._work, self.served / "live", self.limits, give_back)

    def paint(
        self,
        client: Client,
        photo: Upload,
        styles: Sequence[Upload],
        asked: Mapping[str, Any],
        masks: tuple[Sequence[Picture], Picture | None] = ((), None),
    ) -> Job:
        """Let a painting wait for its turn.

        Args:
            client: Whose it is.
            photo: The photograph.
            styles: The pictures whose manner is taken.
            asked: See :func:`impasto.studio.changes.options_of`; ``preset`` too.
            masks: Where each style goes, and what stays photographic.

        Raises:
            ImpastoError: Something does not go together, or the line is full.
        """
        if not 1 <= len(styles) <= self.limits.styles:
            raise OptionError("styles", f"1 to {self.limits.styles} pictures", len(styles))
        options = options_of(asked, len(styles), self.limits)
        order = {
            "preset": str(asked.get("preset") or "default"),
            "asked": dict(asked),
            "options": options.to_json(),
            "styles": len(styles),
            "titles": [each.title for each in styles],
            "masked": bool(masks[0]),
        }
        title = f"{photo.title} as {' + '.join(each.title for each in styles)}"
        job = self._new("paint", client, title, order)
        folder = self.shelf.folder(job.id)
        shutil.copyfile(photo.path, folder / PHOTO)
        for upload, target in zip(styles, style_files(folder, len(styles)), strict=True):
            shutil.copyfile(upload.path, target)
        for number, mask in enumerate(masks[0], 1):
            write_picture(mask, folder / f"mask{number}.png")
        if masks[1] is not None:
            write_picture(masks[1], folder / "keep.png")
        return self._enlisted(job)

    def film(
        self,
        client: Client,
        film: Upload,
        asked: Mapping[str, Any],
        style: str = "",
        *,
        styles: Sequence[Upload] = (),
        preview: bool = False,
    ) -> Job:
        """Let a film wait for its turn.

        Args:
            client: Whose it is.
            film: The film.
            asked: See :func:`impasto.studio.filming.film_options`.
            style: A learned style.
            styles: Pictures in place of it.
            preview: Paint one second, small.

        Raises:
            ImpastoError: Something does not go together, or the line is full.
        """
        film_options(dict(asked), self.limits, preview=preview)  # told now and not in an hour
        if not (style or styles):
            raise OptionError("style", "a learned style or a picture", style)
        if style and style not in [each.name for each in self.instant.styles]:
            raise OptionError("style", "one of the learned styles", style)
        source = f"film{film.path.suffix}"
        order = {"asked": dict(asked), "style": style, "source": source, "styles": len(styles)}
        order["preview"] = preview
        manner = style or " + ".join(each.title for each in styles)
        job = self._new("film", client, f"{film.title} as {manner}", order)
        folder = self.shelf.folder(job.id)
        shutil.copyfile(film.path, folder / source)
        for upload, target in zip(styles, style_files(folder, len(styles)), strict=True):
            shutil.copyfile(upload.path, target)
        return self._enlisted(job)

    def keep_picture(
        self, client: Client, kind: str, title: str, photo: Upload, picture: Picture
    ) -> Job:
        """Put a picture that is there already among the results."""
        job = self._new(kind, client, title, {"asked": {}})
        folder = self.shelf.folder(job.id)
        shutil.copyfile(photo.path, folder / PHOTO)
        write_result(folder, picture)
        return self.shelf.change(job.id, state=DONE, result=RESULT)

    def change(self, client: Client, name: str, values: Mapping[str, Any]) -> None:
        """Let a painting go on with other options.

        Raises:
            RunError: It is not there, not this client's, or not being painted.
            OptionError: A value is none it can have.
        """
        job = self.job(client, name)
        if job.kind != "paint" or not (job.is_open or job.state == "paused"):
            raise RunError(f"{job.title}: is not being painted")
        from impasto.methods.gatys.options import PaintOptions

        options = PaintOptions.from_json(job.order["options"])
        changed_options(options, values, 1.0, int(job.order["styles"]))  # is it possible at all?
        self.line.change(name, dict(values))

    def job(self, client: Client, name: str) -> Job:
        """A job of this client.

        Raises:
            RunError: There is none of that id, or it is another's: the same words for both.
        """
        job = self.shelf.job(str(name))
        if job.owner != client.user:
            raise RunError("there is no such job here, or it is not yours")
        return job

    def jobs(self, client: Client) -> list[Job]:
        """All jobs of this client, the newest first."""
        return self.shelf.jobs(client.user)

    def view(self, client: Client, name: str) -> tuple[Job, View, int]:
        """A job, how it looks, and its place in the line."""
        job = self.job(client, name)
        return job, self.line.live(name).view, self.line.place(name)

    def steer(self, client: Client, name: str, how: str) -> Job:
        """Pause, go on, keep, cancel or remove a job.

        Raises:
            ImpastoError: It is not there, or that is not possible with it.
        """
        job = self.job(client, name)
        if how == "remove":
            if job.state == RUNNING:
                raise RunError(f"{job.title}: is being painted, cancel it first")
            self.line.cancel(name)
            self.shelf.remove(name)
            return job
        ways = {
            "pause": self.line.pause,
            "go_on": self.line.go_on,
            "keep": self.line.keep,
            "cancel": self.line.cancel,
        }
        if how not in ways:
            raise OptionError("action", ", ".join([*ways, "remove"]), how)
        ways[how](name)
        return self.shelf.job(name)

    def warm(self) -> None:
        """Load in a thread what the first picture needs, so that nobody waits for it."""
        threading.Thread(target=self._warm, name="studio-warming", daemon=True).start()

    def close(self) -> None:
        """End the worker after the step in hand."""
        self.line.close()
        self._lock.release()

    def _warm(self) -> None:
        with suppress(ImpastoError):  # told when it is asked for
            self.instant.warm()
            from impasto.studio.warming import warm_painter

            warm_painter()

    def _new(self, kind: str, client: Client, title: str, order: Mapping[str, Any]) -> Job:
        return self.shelf.new(
            kind, owner=client.user, browser=client.browser, title=title, order=order
        )

    def _enlisted(self, job: Job) -> Job:
        try:
            self.line.add(job)
        except RunError as error:
            self.shelf.change(job.id, state=FAILED, told=str(error))
            self.shelf.remove(job.id)
            raise
        return self.shelf.job(job.id)

    def _work(self, job: Job, folder: Path, wishes: Wishes, live: Live) -> str:
        return self._works[job.kind](job, folder, wishes, live)


def give_back() -> None:
    """Give the memory of a job back to the system, as far as it lets us."""
    gc.collect()
    with suppress(OSError, AttributeError):  # glibc keeps what is free, others have no such call
        ctypes.CDLL("libc.so.6").malloc_trim(0)
