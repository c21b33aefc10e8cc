"""Limits of uploads, files that only their owner can read, and room for a day."""

from __future__ import annotations

import hashlib
import math
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from impasto.errors import OptionError, PictureError, RunError


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a client may ask of this machine.

    Attributes:
        megabytes: Largest upload of a picture.
        megapixels: Most pixels of an upload, whatever its bytes.
        film_megabytes: Largest upload of a film.
        film_seconds: Longest part of a film that is painted at once.
        side: Longest side of a result in pixels.
        styles: Most styles of a painting.
        waiting: Most jobs in the line, of which one user has half at most.
        uploads_megabytes: Of one user; uploads without an order go after a day.
        patience: Seconds that a request may pause before it is whole.

    Raises:
        OptionError: One is not a number above 0.
    """

    megabytes: float = 60.0
    megapixels: float = 80.0
    film_megabytes: float = 600.0
    film_seconds: float = 120.0
    side: int = 2048
    styles: int = 4
    waiting: int = 64
    uploads_megabytes: float = 2000.0
    patience: float = 30.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (math.isfinite(value) and value > 0):
                raise OptionError(name, "a number above 0", value)


def check_bytes(path: Path, name: str, megabytes: float) -> None:
    """Raise a PictureError for a file that is too large, or not there."""
    try:
        size = path.stat().st_size
    except OSError:
        raise PictureError(f"{name}: the upload did not arrive, give it again") from None
    if size > megabytes * 1e6:
        size_text = f"{size / 1e6:,.1f} MB, the limit here is {megabytes:g} MB"
        raise PictureError(f"{name}: {size_text}")


def check_pixels(size: tuple[int, int], name: str, megapixels: float) -> None:
    """Raise a PictureError for a picture of too many pixels."""
    width, height = size
    if width * height > megapixels * 1e6:
        size_text = f"{width} x {height} is {width * height / 1e6:,.1f} megapixels"
        raise PictureError(
            f"{name}: {size_text}, the limit here is {megapixels:g}: give a smaller one"
        )


_guard = threading.Lock()
_open = 0
_before = 0


@contextmanager
def private() -> Iterator[None]:
    """Let only the owner read what this process writes, while the block lasts.

    Photographs, results, checkpoints and what a page keeps for its clients are written in many
    places; the mask of the system holds for all of them.
    """
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(more: int) -> None:
    global _open, _before
    with _guard:
        if not _open:
            _before = os.umask(0o077)
        _open += more
        if not _open:
            os.umask(_before)


KEPT_HOURS: Final = 24.0  # how long an upload that no job has taken is kept
_SHORT_HOURS: Final = 1.0  # how long it is kept where its owner has no more room
_MOST: Final = 1000  # files of one owner at most, however small


class Room:
    """Files under names that nobody can guess, with so many megabytes for each owner."""

    def __init__(self, folder: Path, megabytes: float) -> None:
        self.folder = folder
        self._bytes = megabytes * 1e6
        self._coming: dict[Path, float] = {}
        self._written: set[Path] = set()
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def part(self, owner: str) -> Path:
        """The folder of an owner; the room's own where there is none."""
        if not owner:
            return self.folder
        name = hashlib.blake2s(owner.encode("utf-8", "replace"), digest_size=12)
        return self.folder / name.hexdigest()

    @contextmanager
    def reserved(self, owner: str, size: float) -> Iterator[None]:
        """Keep room for that many bytes while the block lasts.

        Raises:
            RunError: There is none.
        """
        part = self.part(owner)
        with self._lock:
            self._check(part, size)
            self._coming[part] = self._coming.get(part, 0.0) + size
        try:
            yield
        finally:
            with self._lock:
                self._coming[part] -= size

    @contextmanager
    def place(self, owner: str, suffix: str) -> Iterator[Path]:
        """Give a path in room that is reserved; its file goes when the block fails."""
        path = self.part(owner) / f"{secrets.token_hex(16)}{suffix}"
        self._written.add(path)
        try:
            yield path
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        finally:
            self._written.discard(path)

    def sweep(self, hours: float = KEPT_HOURS) -> None:
        """Remove what is older."""
        for part in (self.folder, *self.folder.glob("*/")):
            _sweep(part, hours)
            if part not in (self.folder, *self._coming):  # of an earlier studio
                with suppress(OSError):
                    part.rmdir()

    def _check(self, part: Path, size: float) -> None:
        part.mkdir(exist_ok=True, mode=0o700)
        for hours in (KEPT_HOURS, _SHORT_HOURS):
            _sweep(part, hours)
            sizes = list(_sizes(set(part.iterdir()) - self._written))
            if len(sizes) < _MOST and sum(sizes) + self._coming.get(part, 0) + size <= self._bytes:
                return
        raise RunError(f"your uploads fill the {self._bytes / 1e6:g} MB there are for them")


def _sizes(paths: set[Path]) -> Iterator[int]:
    """Those of files; one that is renamed meanwhile, as an upload that is whole, is not there."""
    for path in paths:
        with suppress(OSError):
            if path.is_file():
                yield path.stat().st_size


def _sweep(part: Path, hours: float) -> None:
    oldest = time.time() - hours * 3600
    for path in part.iterdir():
        with suppress(OSError):
            if path.is_file() and path.stat().st_mtime < oldest:
                path.unlink()
