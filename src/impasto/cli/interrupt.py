"""Ctrl-C as a wish to stop after the step in hand."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

_STDERR: Final = 2


@contextmanager
def stop_wished() -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether Ctrl-C (or a polite kill) has come.

    A step is never cut in half by the first one, so what is saved afterwards is whole. A second
    one does not wait for the step.
    """
    wishes = 0

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal wishes
        wishes += 1
        if wishes > 1:
            raise KeyboardInterrupt
        # Not print: the signal may have come in the midst of one, which Python forbids to repeat.
        with suppress(OSError):
            os.write(_STDERR, b"\nStopping after this step; Ctrl-C again to stop at once.\n")

    kept = {each: signal.signal(each, note) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: wishes > 0
    finally:
        for each, handler in kept.items():
            signal.signal(each, handler)
