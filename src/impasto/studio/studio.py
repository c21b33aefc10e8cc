"""The studio as a whole: what the page and the interface for programs call."""

from __future__ import annotations

import functools
import re
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from impasto.errors import OptionError, PictureError, RunError
from impasto.files import write_errors
from impasto.image import Picture, picture_size, read_picture, scaled
from impasto.lock import held
from impasto.networks.pieces import FloatArray
from impasto.samples import Sample, samples
from impasto.studio.changes import changed_options, ordered_options
from impasto.studio.instant import Instant, give_back
from impasto.studio.intake import STYLE_COLORS, Intake, Upload, masks_of, strokes_of
from impasto.studio.job import CANCEL, KEEP, PAUSE, Job
from impasto.studio.line import Line
from impasto.studio.live import View
from impasto.studio.looks import EVERYWHERE, PICTURE, WHERE, Look, Looks, Place, left
from impasto.studio.room import KEPT_HOURS, Limits, private
from impasto.studio.shelf import Shelf
from impasto.studio.worker import Worker

PAGE: Final = "page"  # folder of copies to be fetched, and of previews
MARKS: Final = {"favor": True, "unfavor": False}
ACTIONS: Final = ("pause", "go_on", "keep", "cancel", "remove", "restore", *MARKS)
UNDO_HOURS: Final = 1.0  # how long a removed picture can be restored
_PART: Final = re.compile(r"photo|look|result|brushed|style\d")
_SWEEP_EVERY: Final = 3600.0  # seconds


@dataclass(frozen=True)
class Client:
    """Who asks.

    Attributes:
        user: Name, where the studio has users; else "".
    """

    user: str = ""


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
        self.instant = Instant(models)
        self.looks = Looks(self.instant)
        self.shelf = Shelf(self.folder / "jobs")
        self.served = self.folder / PAGE
        shutil.rmtree(self.served, ignore_errors=True)  # copies for pages of an earlier server
        self.served.mkdir(exist_ok=True)
        self.exports: dict[str, dict[str, Path]] = {}
        places = self.folder / "uploads", self.folder / "arriving"
        self.intake = Intake(*places, self.limits, self.looks.remember)
        for each in ("jobs", "uploads"):  # those of an earlier impasto could be read by others
            (self.folder / each).chmod(0o700)
        self._closed = threading.Event()
        self.worker = Worker(self.shelf, self.limits)
        self.estimates = Worker(self.shelf, self.limits)  # the other may be at work for long
        self.line = Line(self.shelf, self.worker, self.served / "live", self.limits, give_back)
        threading.Thread(target=self._sweep_hourly, name="studio-sweep", daemon=True).start()

    @contextmanager
    def new(
        self, kind: str, client: Client, title: str, order: Mapping[str, Any]
    ) -> Iterator[tuple[Job, Path]]:
        """Make a client's job and its folder; both are removed when the block fails.

        Raises:
            RunError: The disk is full.
        """
        made = {"owner": client.user, "title": title, "order": order}
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
        return self.shelf.job(job.id)

    def picture(self, client: Client, name: str) -> Upload:
        """A picture or film of a client's: an upload, a sample, or a file of a job.

        Args:
            client: Who asks.
            name: Of an upload; ``sample:NAME``; or ``job:ID:photo``, ``:style1``, ``:result``.

        Raises:
            ImpastoError: It is not here, or not this client's.
        """
        kind, _, rest = name.partition(":")
        if kind == "sample":
            found = next((each for each in _samples() if each.name == rest), None)
            if found is None:
                raise PictureError(f"there is no sample {rest!r}")
            return Upload(found.path, sample_title(rest), picture_size(found.path), name)
        if kind != "job":
            return self.intake.again(name, client.user)
        job_name, _, part = rest.partition(":")
        job = self.job(client, job_name, removed=True)  # what began from it still needs it
        path = self.shelf.folder(job.id) / f"{part}.png"
        if not (_PART.fullmatch(part) and path.is_file()):
            raise PictureError(f"{job.title}: there is no {part} of it")
        titles = job.order.get("titles", [])
        title = str(job.order.get("photo") or job.title.partition(" as ")[0])
        if part.startswith("style") and int(part[5:]) <= len(titles):
            title = str(titles[int(part[5:]) - 1])
        return Upload(path, title, picture_size(path), name)

    def small(self, client: Client, name: str, side: int) -> Picture:
        """A picture of a client's at a longer side at most; see :meth:`picture` for the name."""
        path = self._path(client, name)
        if name.endswith(":result"):  # which changes when the job goes on
            return scaled(read_picture(path, longer=side), side)
        return self.looks.small(path, side)

    def _path(self, client: Client, name: str) -> Path:
        if ":" in name:
            return self.picture(client, name).path
        return self.intake.known(name, client.user).path  # perhaps still on its way to the disk

    def look(
        self, client: Client, name: str, look: Look, side: int, place: Place = EVERYWHERE
    ) -> Picture:
        """A photograph in a look, as large as it is and a longer side at most.

        Raises:
            ImpastoError: The photograph or a style is not here, or styles cannot be blended.
        """
        keys = [key for key in look.styles if key.startswith(PICTURE)]
        pictures = {key: self.picture(client, key.removeprefix(PICTURE)).path for key in keys}
        photograph = self.small(client, name, side)
        painted = self.looks.painted(photograph, look, pictures)
        keep = self.kept(client, name, place)
        return painted if keep is None else left(painted, photograph, keep)

    def kept(self, client: Client, name: str, place: Place) -> FloatArray | None:
        """What stays of a photograph, (H, W) in [0, 1]; None where all of it is painted."""
        if place.brushed:
            strokes = strokes_of(self.picture(client, place.brushed).path)
            keep = masks_of(strokes, len(STYLE_COLORS))[1]
            return None if keep is None else keep.pixels[..., 0]
        return self.looks.kept(self._path(client, name), place.where) if place.where else None

    def veil(self, client: Client, name: str, place: Place) -> Picture:
        """What is brushed over a photograph, or would be to leave the same parts as they are."""
        if place.brushed:
            return read_picture(self.picture(client, place.brushed).path)
        keep = self.kept(client, name, place)
        if keep is None:
            raise OptionError("where", " or ".join(WHERE), place.where)
        return Picture(np.ones((*keep.shape, 3), np.float32), alpha=keep)

    def title(self, client: Client, key: str) -> str:
        """What to call a style of a look."""
        if key.startswith(PICTURE):
            return self.picture(client, key.removeprefix(PICTURE)).title
        known = (*self.instant.styles, *self.instant.translators)
        return next((each.title for each in known if each.name == key), key)

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
        changed_options(options, values, int(job.order["styles"]))  # is it possible at all?
        self.line.change(name, dict(values))

    def job(self, client: Client, name: str, *, removed: bool = False) -> Job:
        """A job of this client; one that was removed, too, if that is asked for.

        Raises:
            RunError: There is none of that id, or it is another's: the same words for both.
        """
        job = self.shelf.job(str(name))
        if job.owner != client.user or (job.removed and not removed):
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
        """Pause, go on, keep, cancel, remove or restore a job, or mark it.

        Raises:
            ImpastoError: It is not there, or that is not possible with it.
        """
        self.job(client, name, removed=how == "restore")
        if how == "restore":
            self.shelf.change(name, removed=0.0)
        elif how == "remove":
            self.line.remove(name)
        elif how == "go_on":
            self.line.go_on(name)
        elif how in (PAUSE, KEEP, CANCEL):
            self.line.end(name, how)
        elif how in MARKS:
            self.shelf.change(name, favorite=MARKS[how])
        else:
            raise OptionError("action", ", ".join(ACTIONS), how)
        return self.shelf.job(name)

    def forget_removed(self, hours: float = UNDO_HOURS) -> None:
        """Throw away what was removed that long ago."""
        for name in self.shelf.removed(time.time() - hours * 3600):
            copies = [path.parent for path in self.exports.pop(name, {}).values()]
            for folder in (*copies, self.served / "live" / name):
                shutil.rmtree(folder, ignore_errors=True)
            self.line.forget(name)

    def sweep(self, hours: float = KEPT_HOURS) -> None:
        """Remove uploads without an order, and copies that were not fetched for long."""
        self.intake.forget_old(hours)
        self.forget_removed()
        oldest = time.time() - hours * 3600
        for path in self.served.glob("*/*"):
            with suppress(OSError):
                if path.parent.name != "live" and path.stat().st_mtime < oldest:
                    path.unlink()
                    path.parent.rmdir()

    def close(self) -> None:
        """End the worker after the step in hand."""
        self._closed.set()
        self.line.close()
        self.worker.close()
        self.estimates.close()
        self._held.close()

    def _sweep_hourly(self) -> None:
        self.sweep()
        while not self._closed.wait(_SWEEP_EVERY):
            self.sweep()


@functools.cache
def _samples() -> list[Sample]:
    return [*samples("content"), *samples("style")]


def sample_title(name: str) -> str:
    """What to call a sample."""
    return name.replace("-", " ").capitalize()
