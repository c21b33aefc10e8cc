"""Files and folders that only their owner can read."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_MASK: Final = 0o077

_guard = threading.Lock()
_open = 0
_before = 0


@contextmanager
def private() -> Iterator[None]:
    """Make all that this process writes its owner's alone as long as the block lasts.

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
            _before = os.umask(_MASK)
        _open += more
        if not _open:
            os.umask(_before)
