"""Interruptions of work: Ctrl-C, termination signals, and lack of memory."""

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
"""Ctrl-C, termination, hangup, and Windows' Ctrl-Break; not all systems have all of them."""

_OUT_OF_MEMORY: Final = ("allocate memory", "out of memory", "not enough memory")
"""Parts of torch's messages, which differ between devices."""


@contextmanager
def stop_wished() -> Iterator[Callable[[], bool]]:
    """Give a function that returns whether an interruption was requested.

    The first signal lets the current step finish, so that what is saved is complete. A second one
    stops at once, except for a repeated hangup.
    """
    wishes = 0

    def note(number: int, _frame: FrameType | None) -> None:
        nonlocal wishes
        wishes += 1
        if wishes > 1 and number != getattr(signal, "SIGHUP", None):
            raise KeyboardInterrupt
        # Not print, which is not reentrant: the signal may have come during a print.
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
    # nohup ignores hangups.
    nohup = getattr(signal, "SIGHUP", None)
    ignored = nohup is not None and signal.getsignal(nohup) is signal.SIG_IGN
    return [each for each in found if not (ignored and each is nohup)]


@contextmanager
def memory_checked(what: str) -> Iterator[None]:
    """Turn lack of memory into an error with advice.

    The estimate at the start may be wrong, and other programs may take memory later.

    Args:
        what: The name of the work.

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
