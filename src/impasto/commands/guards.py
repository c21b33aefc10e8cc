"""What may end work before its time: Ctrl-C, a polite kill, and memory that runs out."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

from impasto.errors import MemoryEstimateError

_STDERR: Final = 2

_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Ctrl-C, a polite kill, the terminal's end, and Windows' Ctrl-Break; not all are everywhere."""

_OUT_OF_MEMORY: Final = ("allocate memory", "out of memory", "not enough memory")
"""What torch writes into a bare RuntimeError; processors and devices word it differently."""


@contextmanager
def stop_wished() -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether Ctrl-C, a polite kill or the terminal's end has come.

    A step is never cut in half by the first one, so what is saved afterwards is whole. A second
    one does not wait for the step, unless it says again that the terminal is gone.
    """
    wishes = 0

    def note(number: int, _frame: FrameType | None) -> None:
        nonlocal wishes
        wishes += 1
        if wishes > 1 and number != getattr(signal, "SIGHUP", None):
            raise KeyboardInterrupt
        # Not print: the signal may have come in the midst of one, which Python forbids to repeat.
        with suppress(OSError):
            os.write(_STDERR, b"\nStopping after this step; Ctrl-C again to stop at once.\n")

    kept = {each: signal.signal(each, note) for each in _heeded()}
    try:
        yield lambda: wishes > 0
    finally:
        for each, handler in kept.items():
            signal.signal(each, handler)


def _heeded() -> list[signal.Signals]:
    found = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    # nohup has the terminal's end ignored, and means it.
    nohup = getattr(signal, "SIGHUP", None)
    ignored = nohup is not None and signal.getsignal(nohup) is signal.SIG_IGN
    return [each for each in found if not (ignored and each is nohup)]


@contextmanager
def memory_checked(what: str) -> Iterator[None]:
    """Turn running out of memory into an error the user can do something about.

    The estimate before the start was fitted to few sizes, and other programs may take memory later.

    Args:
        what: Name of what is being worked on.

    Raises:
        MemoryEstimateError: The block ran out of memory.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        # torch's own OutOfMemoryError is a RuntimeError, too.
        if not isinstance(error, MemoryError) and all(
            words not in str(error) for words in _OUT_OF_MEMORY
        ):
            raise
        raise MemoryEstimateError(
            f"{what}: the memory ran out: give a smaller --size, --crop-fit or --tile, "
            "or close other programs"
        ) from error
