"""How far a row of jobs is: one line that is redrawn in a terminal, a few plain ones in a log.

Plain text, as what the rich bars need takes longer to import than a picture to be made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from impasto.shown import escaped, raw
from impasto.track.wording import duration


class Progress:
    """Counts jobs and tells of them."""

    def __init__(self, of: int, stream: TextIO, clock: Callable[[], float]) -> None:
        self._of, self._stream, self._clock = of, raw(stream), clock
        self._terminal = stream.isatty()
        self._start = clock()
        self._done = 0

    def add(self, name: str) -> None:
        """One more is done.

        Args:
            name: What to call it.
        """
        self._done += 1
        tenths = 10 * self._done // self._of
        if self._terminal:
            self._write(f"{self._line()}  {escaped(name[:40])}")
        elif tenths > 10 * (self._done - 1) // self._of:
            self._write(f"{self._line()}\n")

    def cleared(self) -> None:
        """Take the line away, so that another can be printed in its place."""
        if self._terminal:
            self._write("\r\x1b[K")

    def _line(self) -> str:
        elapsed = self._clock() - self._start
        left = elapsed / self._done * (self._of - self._done)
        remaining = f", about {duration(left)} left" if self._done < self._of else ""
        return f"{self._done} of {self._of} pictures, {duration(elapsed)}{remaining}"

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class _Silent(Progress):
    def _write(self, text: str) -> None:
        pass


@contextmanager
def progress_of(
    of: int,
    stream: TextIO,
    *,
    quiet: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Progress]:
    """Tell on a stream how many jobs are done, in what time, and how long the others will take.

    Args:
        of: How many there are.
        stream: Where to tell it, usually standard error.
        quiet: Tell nothing.
        clock: Seconds from any origin, never going back.
    """
    progress = (_Silent if quiet else Progress)(of, stream, clock)
    try:
        yield progress
    finally:
        progress.cleared()
