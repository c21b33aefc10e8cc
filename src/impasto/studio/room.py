"""A folder of uploads, in which everybody has so much room, for a day."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from impasto.errors import RunError

KEPT_HOURS: Final = 24.0
"""How long an upload that no job has taken is kept."""

_SHORT_HOURS: Final = 1.0
"""How long it is kept where its owner has no more room."""

_MOST: Final = 1000
"""Files of one owner at most, however small."""


class Room:
    """Gives room for files under names that nobody can guess.

    Args:
        folder: Made when it is not there.
        megabytes: Of one owner at most.
    """

    def __init__(self, folder: Path, megabytes: float) -> None:
        self.folder = folder
        self._bytes = megabytes * 1e6
        self._key = secrets.token_bytes(16)
        self._coming: dict[Path, float] = {}
        self._written: set[Path] = set()
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def part(self, owner: str) -> Path:
        """The folder of an owner; nobody's files lie in the folder itself."""
        if not owner:
            return self.folder
        name = hashlib.blake2s(owner.encode("utf-8", "replace"), key=self._key, digest_size=12)
        return self.folder / name.hexdigest()

    @contextmanager
    def reserved(self, owner: str, size: float) -> Iterator[None]:
        """Keep room for so many bytes as long as the block lasts.

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
            files = {path for path in part.iterdir() if path.is_file()} - self._written
            sizes = [path.stat().st_size for path in files]
            if len(sizes) < _MOST and sum(sizes) + self._coming.get(part, 0) + size <= self._bytes:
                return
        raise RunError(f"your uploads fill the {self._bytes / 1e6:g} MB there are for them")


def _sweep(part: Path, hours: float) -> None:
    oldest = time.time() - hours * 3600
    for path in part.iterdir():
        with suppress(OSError):
            if path.is_file() and path.stat().st_mtime < oldest:
                path.unlink()
