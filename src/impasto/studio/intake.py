"""Uploads, checked and written again under names of our own; what was brushed becomes masks.

Nothing of a client's file but its pixels comes into the run folder: not its name, not its bytes.
"""

from __future__ import annotations

import functools
import html
import re
import secrets
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impasto.errors import ImpastoError, PictureError, VideoError
from impasto.files import write_errors
from impasto.film import Reading, open_film
from impasto.image import Picture, picture_size, read_picture, scaled, write_picture
from impasto.studio.room import KEPT_HOURS, Limits, Room, check_bytes, check_pixels

# Longer side to which an upload is scaled down: four times the largest usual result.
KEPT_SIDE: Final = 4096
_DECODED: Final = 2  # pictures in memory that are still to be written
_NAME: Final = re.compile(r"[^\w .,()-]+")

FILM_KINDS: Final = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".gif", ".m4v")


@dataclass(frozen=True)
class Upload:
    """A picture or film that a client has uploaded.

    Attributes:
        path: Our own file of it.
        title: What the client called it, harmless.
        size: Width and height in pixels.
        other: What to ask for it by, if that is not the name of the file.
    """

    path: Path
    title: str
    size: tuple[int, int]
    other: str = ""

    @property
    def name(self) -> str:
        """What to ask for it by."""
        return self.other or self.path.name


class Intake:
    """Keeps uploads within limits in a folder, which is made when it is not there.

    Args:
        folder: Of the pictures that have been written again.
        arriving: Where uploads lie as they came, until then.
        limits: How large they may be.
        looks: Is given each picture, small.
    """

    def __init__(
        self,
        folder: Path,
        arriving: Path,
        limits: Limits,
        looks: Callable[[Path, Picture], object] = lambda *_: None,
    ) -> None:
        self.limits = limits
        self.room = Room(folder, limits.uploads_megabytes)
        self.arriving = Room(arriving, limits.uploads_megabytes)
        self._looks = looks
        self._taken: dict[Path, Upload] = {}
        self._writing: dict[Path, Future[None]] = {}
        self._decoding = threading.Lock()
        self._writer = ThreadPoolExecutor(1, "studio-intake")
        self._decoded = threading.BoundedSemaphore(_DECODED)

    def picture(self, path: Path, name: str = "", owner: str = "") -> Upload:
        """Take in a client's picture.

        It can be looked at right away. It is written again with all its bits meanwhile, and a file
        of ``arriving`` goes when that is done. One is decoded after another: each may take the
        memory that is free.

        Raises:
            PictureError: It is too large, damaged or no picture; the message names it as the client
                does.
            RunError: The owner has no room.
        """
        title = plain_title(name or path.name)
        check_bytes(path, title, self.limits.megabytes)
        try:
            with self._decoding:
                check_pixels(picture_size(path), title, self.limits.megapixels)
                picture = read_picture(path, longer=KEPT_SIDE)
                longer = min(KEPT_SIDE, max(picture.width, picture.height))
                small = replace(scaled(picture, longer), manifest=None)
                return self._kept(small, title, owner, path)
        except ImpastoError as error:
            raise type(error)(str(error).replace(str(path), title)) from None
        except MemoryError:
            raise PictureError(f"{title}: there is not the memory to read it") from None

    def _kept(self, picture: Picture, title: str, owner: str, raw: Path) -> Upload:
        came = raw.is_relative_to(self.arriving.folder)
        stem = raw.stem if came else secrets.token_hex(16)
        target = self.room.part(owner) / f"{stem}.png"
        largest = picture.width * picture.height * picture.bits
        with ExitStack() as room:
            self._decoded.acquire()
            room.callback(self._decoded.release)
            room.enter_context(self.room.reserved(owner, largest))
            self._looks(target, picture)
            given = picture, target, title, room.pop_all()
            self._writing[target] = self._writer.submit(self._write, *given)
        if came:
            self._writing[target].add_done_callback(functools.partial(_gone, raw))
        return self._noted(Upload(target, title, (picture.width, picture.height)))

    def _write(self, picture: Picture, target: Path, title: str, room: ExitStack) -> None:
        with room:
            try:
                write_picture(picture, target)
            except ImpastoError as error:
                raise type(error)(str(error).replace(str(target), title)) from None

    def film(self, path: Path, name: str = "", owner: str = "") -> Upload:
        """Keep a client's film, as it is, once its frames can be read.

        Raises:
            VideoError: It is too large or no film.
        """
        title = plain_title(name or path.name)
        suffix = Path(name or path.name).suffix.lower()
        if suffix not in FILM_KINDS:
            raise VideoError(f"{title}: no film of a kind known here ({', '.join(FILM_KINDS)})")
        try:
            check_bytes(path, title, self.limits.film_megabytes)
        except PictureError as error:
            raise VideoError(str(error)) from None
        stored = path.stat().st_size
        with self.room.reserved(owner, stored), self.room.place(owner, suffix) as target:
            try:
                with write_errors(title):
                    shutil.copyfile(path, target)
                with closing(open_film(target, Reading())) as reader:
                    sides = reader.film.width, reader.film.height
                check_pixels(sides, title, self.limits.megapixels)
            except ImpastoError as error:
                raise VideoError(str(error).replace(str(target), title)) from None
        return self._noted(Upload(target, title, sides))

    def framed(self, pixels: NDArray[np.uint8], title: str, owner: str = "") -> Upload:
        """A frame of a film, (H, W, 3), taken in like a picture."""
        picture = Picture(pixels[..., :3].astype(np.float32) / np.float32(255))
        return self._kept(picture, title, owner, Path(title))

    def known(self, name: str, owner: str = "") -> Upload:
        """An earlier upload of an owner by the name of its file, which may not be written yet.

        Raises:
            PictureError: It is not here any more.
        """
        path = self.room.part(owner) / name
        upload = self._taken.get(path) if _STORED.fullmatch(name) else None
        if upload is None and _STORED.fullmatch(name):
            upload = self._found(path, owner)  # by an earlier studio
        if upload is None or not (path in self._writing or path.is_file()):
            raise PictureError("the upload is no longer here: give it again")
        return upload

    def again(self, name: str, owner: str = "") -> Upload:
        """The same, once its file is whole.

        Raises:
            ImpastoError: It is not here any more, or could not be written.
        """
        upload = self.known(name, owner)
        if writing := self._writing.get(upload.path):
            writing.result()
            self._writing.pop(upload.path, None)
        return upload

    def forget_old(self, hours: float = KEPT_HOURS) -> None:
        """Remove uploads that no job has taken for long."""
        for room in (self.room, self.arriving):
            room.sweep(hours)
        self._writing = {path: each for path, each in self._writing.items() if not each.done()}
        self._taken = {
            path: each
            for path, each in self._taken.items()
            if path in self._writing or path.is_file()
        }

    def _found(self, path: Path, owner: str) -> Upload | None:
        """An upload of before a restart; one that was still to be written is taken in again."""
        if path.is_file():
            if path.suffix == ".png":
                return self._noted(Upload(path, "photograph", picture_size(path)))
            with closing(open_film(path, Reading())) as reader:
                sides = reader.film.width, reader.film.height
            return self._noted(Upload(path, "film", sides))
        raw = next(self.arriving.part(owner).glob(f"{path.stem}.*"), None)
        return None if raw is None else self.picture(raw, "photograph", owner)

    def _noted(self, upload: Upload) -> Upload:
        self._taken[upload.path] = upload
        return upload


_STORED: Final = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{1,8}")


def _gone(raw: Path, written: Future[None]) -> None:
    if written.exception() is None:
        raw.unlink(missing_ok=True)


def plain_title(name: str) -> str:
    """A client's name of a file as a short title: no folders, no markup, no control characters."""
    stem = Path(name.replace("\\", "/")).name
    stem = stem.rpartition(".")[0] or stem
    return " ".join(_NAME.sub(" ", html.unescape(stem)).split())[:60] or "picture"


KEEP_COLOR: Final = "#ffffff"
"""Brush for what stays photographic."""

STYLE_COLORS: Final = ("#e4572e", "#2e86ab", "#f3a712", "#7a9e57")
"""Brushes for the styles, in their order: apart for every kind of color vision."""

# Share of the photograph below which a touch of the brush counts as a slip.
_LEAST: Final = 0.002


def strokes_of(path: Path) -> NDArray[np.uint8]:
    """The strokes of a picture that was brushed, (H, W, 4).

    Raises:
        PictureError: It is a picture of something else.
    """
    picture = read_picture(path)
    if picture.alpha is None:
        raise PictureError("brushed: expected strokes over nothing")
    return picture.levels(8).astype(np.uint8)


def masks_of(brushed: NDArray[np.uint8], styles: int) -> tuple[list[Picture], Picture | None]:
    """Masks by the colors of the brush; where nothing was brushed all styles go, by their weights.

    Args:
        brushed: (H, W, 4), the strokes of the brush over nothing.
        styles: How many there are.

    Returns:
        A mask for each style, or none where no style was brushed; and what stays photographic,
        None where nothing does.
    """
    alpha = brushed[..., 3].astype(np.float32) / 255
    names = [*STYLE_COLORS[:styles], KEEP_COLOR]
    palette = np.array([list(bytes.fromhex(name[1:])) for name in names], np.float32)
    distance = ((brushed[..., None, :3].astype(np.float32) - palette) ** 2).sum(-1)
    nearest = distance.argmin(-1)
    parts = [np.where(nearest == number, alpha, 0) for number in range(len(names))]
    keep = _picture(parts[-1]) if parts[-1].mean() > _LEAST else None
    if styles < 2 or all(part.mean() <= _LEAST for part in parts[:-1]):
        return [], keep
    rest = 1 - np.clip(np.sum(parts[:-1], axis=0), 0, 1)
    return [_picture(part + rest) for part in parts[:-1]], keep


def _picture(levels: NDArray[np.floating]) -> Picture:
    plane = np.clip(levels, 0, 1).astype(np.float32)
    return Picture(np.repeat(plane[..., None], 3, axis=2))
