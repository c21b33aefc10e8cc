"""The studio as a whole: what the page and the interface for programs call."""

from __future__ import annotations

import ctypes
import gc
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from impasto.errors import ImpastoError, OptionError, RunError
from impasto.files import write_errors
from impasto.image import Picture
from impasto.lock import held
from impasto.photograph import paint
from impasto.studio.changes import changed_options, ordered_options
from impasto.studio.film_job import FilmWork
from impasto.studio.instant import Instant
from impasto.studio.intake import Intake
from impasto.studio.job import CANCEL, KEEP, PAUSE, RUNNING, Job, Requests
from impasto.studio.line import Line, Work
from impasto.studio.live import Live, View
from impasto.studio.painting_job import PaintingWork
from impasto.studio.room import KEPT_HOURS, Limits, Room, private
from impasto.studio.shelf import Shelf

# Folder of what the page serves: the only files of this machine that clients can fetch.
PAGE: Final = "page"
_SWEEP_EVERY: Final = 3600.0  # seconds


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
        with ExitStack() as opening, write_errors(self.folder, caught=OSError):
            opening.enter_context(private())
            opening.enter_context(held(self.folder, "another studio is open here: close it"))
            self._furnish(models)
            self._held = opening.pop_all()

    def _furnish(self, models: Sequence[str]) -> None:
        self.instant = Instant(models, side=self.limits.side)
        self.shelf = Shelf(self.folder / "jobs")
        self.served = self.folder / PAGE
        shutil.rmtree(self.served, ignore_errors=True)  # copies for pages of an earlier server
        self.served.mkdir(exist_ok=True)
        self.arriving = Room(self.served / "uploads", self.limits.uploads_megabytes)
        self.exports: dict[str, dict[str, Path]] = {}
        self.intake = Intake(self.folder / "uploads", self.limits)
        for each in ("jobs", "uploads"):  # those of an earlier impasto could be read by others
            (self.folder / each).chmod(0o700)
        self._closed = threading.Event()
        self._looking = threading.Lock()  # one first look at a time: each holds its photograph
        self._paintings = PaintingWork(self.shelf, self.instant)
        self._works: Mapping[str, Work] = {
            "paint": self._paintings,
            "film": FilmWork(self.shelf, self.limits),
        }
        self.line = Line(self.shelf, self._work, self.served / "live", self.limits, give_back)
        threading.Thread(target=self._sweep_hourly, name="studio-sweep", daemon=True).start()

    @contextmanager
    def new(
        self, kind: str, client: Client, title: str, order: Mapping[str, Any]
    ) -> Iterator[tuple[Job, Path]]:
        """Make a client's job and its folder; both are removed when the block fails.

        Raises:
            RunError: The disk is full.
        """
        made = {"owner": client.user, "browser": client.browser, "title": title, "order": order}
        job = self.shelf.new(kind, **made)
        try:
            with write_errors("the pictures of the job", caught=OSError):
                yield job, self.shelf.folder(job.id)
        except BaseException:
            self.shelf.remove(job.id)
            raise

    def enlist(self, job: Job) -> Job:
        """Let a job wait for its turn.

        Raises:
            RunError: The line is full.
        """
        self.line.add(job)
        busy = any(each.state == RUNNING for each in self.shelf.jobs())
        if job.kind == "paint" and self.line.place(job.id) and busy:
            given = job, self.shelf.folder(job.id), self.line.live(job.id)
            # Something to see although it has to wait.
            look = threading.Thread(target=self._show_first, args=given, daemon=True)
            look.start()
        return self.shelf.job(job.id)

    def change(self, client: Client, name: str, values: Mapping[str, Any]) -> None:
        """Let a painting go on with other options.

        Raises:
            RunError: It is not there, not this client's, or not being painted.
            OptionError: A value is none it can have.
        """
        job = self.job(client, name)
        if job.kind != "paint" or not (job.is_open or job.state == "paused"):
            raise RunError(f"{job.title}: is not being painted")
        options = ordered_options(job.order)
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
        """A job, its preview and losses, and its place in the line."""
        job = self.job(client, name)
        return job, self.line.live(name).view, self.line.place(name)

    def steer(self, client: Client, name: str, how: str) -> Job:
        """Pause, go on, keep, cancel or remove a job.

        Raises:
            ImpastoError: It is not there, or that is not possible with it.
        """
        job = self.job(client, name)
        if how == "remove":
            self.line.remove(name)
            copies = [path.parent for path in self.exports.pop(name, {}).values()]
            for folder in (*copies, self.served / "live" / name):
                shutil.rmtree(folder, ignore_errors=True)
            return job
        if how == "go_on":
            self.line.go_on(name)
        elif how in (PAUSE, KEEP, CANCEL):
            self.line.end(name, how)
        else:
            raise OptionError("action", "pause, go_on, keep, cancel, remove", how)
        return self.shelf.job(name)

    def sweep(self, hours: float = KEPT_HOURS) -> None:
        """Remove uploads without an order, and copies that were not fetched for long."""
        self.intake.forget_old(hours)
        self.arriving.sweep(hours)
        oldest = time.time() - hours * 3600
        for path in self.served.glob("*/*"):
            with suppress(OSError):
                if path.parent.name not in ("live", "uploads") and path.stat().st_mtime < oldest:
                    path.unlink()
                    path.parent.rmdir()

    def warm(self) -> None:
        """Load in a thread what the first picture needs, so that nobody waits for it."""
        threading.Thread(target=self._warm, name="studio-warming", daemon=True).start()

    def close(self) -> None:
        """End the worker after the step in hand."""
        self._closed.set()
        self.line.close()
        self._held.close()

    def _show_first(self, job: Job, folder: Path, live: Live) -> None:
        with self._looking:
            if folder.exists():
                self._paintings.show_first(job, folder, live)

    def _sweep_hourly(self) -> None:
        self.sweep()
        while not self._closed.wait(_SWEEP_EVERY):
            self.sweep()

    def _warm(self) -> None:
        with suppress(ImpastoError):  # reported when it is needed
            self.instant.warm()
            # A painting nobody sees: imports are done, weights read and kernels chosen.
            picture = Picture(np.random.default_rng(0).random((64, 64, 3), np.float32))
            paint(picture, picture, size=64, steps=1)

    def _work(self, job: Job, folder: Path, requests: Requests, live: Live) -> str:
        return self._works[job.kind](job, folder, requests, live)


def give_back() -> None:
    """Return the memory of a job to the system, as far as possible."""
    gc.collect()
    with suppress(OSError, AttributeError):  # glibc keeps what is free, others have no such call
        ctypes.CDLL("libc.so.6").malloc_trim(0)
