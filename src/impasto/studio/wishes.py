"""What has been asked of a job on its way."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

PAUSE: Final = "pause"
KEEP: Final = "keep"
CANCEL: Final = "cancel"
BREAK: Final = "break"
"""The server ends; the job is taken up again with the next one."""

_STRENGTH: Final = {"": 0, PAUSE: 1, BREAK: 2, KEEP: 3, CANCEL: 4}


class Wishes:
    """Carries wishes from the page to the worker, which looks between two steps."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ending = ""
        self._changes: dict[str, Any] = {}

    def end(self, how: str) -> None:
        """Ask for an end: pause, keep, cancel or break; the stronger of two holds."""
        with self._lock:
            if _STRENGTH[how] > _STRENGTH[self._ending]:
                self._ending = how

    @property
    def ending(self) -> str:
        """How the job is to end after the step in hand, "" as long as it goes on."""
        return self._ending

    def change(self, values: Mapping[str, Any]) -> None:
        """Ask for other options from the next step on; what comes later goes over it."""
        with self._lock:
            self._changes |= values

    def changes(self) -> dict[str, Any]:
        """Take what has been asked for since the last call."""
        with self._lock:
            found, self._changes = self._changes, {}
        return found
