"""One studio in a run folder at a time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from impasto.errors import RunError

try:
    import fcntl
except ImportError:  # Windows has no such locks; there nobody is kept from a second studio
    fcntl = None  # type: ignore[assignment]

NAME: Final = "lock"


class Lock:
    """Holds a folder until it is released or the process ends, however it ends.

    Raises:
        RunError: Another process holds it, or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise RunError(f"{folder}: cannot be used ({error.strerror})") from None
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise RunError(
                f"{folder}: another studio is open here: close it, or give another --run-dir"
            ) from None

    def release(self) -> None:
        """Let others have the folder; once released it stays so."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
