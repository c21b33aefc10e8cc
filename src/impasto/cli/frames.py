"""How far a film is: one line that is redrawn in a terminal, a few plain ones in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO, TypeAlias

from impasto.filming.film import Told
from impasto.shown import raw
from impasto.track.wording import duration

Tell: TypeAlias = Callable[[Told], None]

_PAUSE: Final = 0.1
"""Seconds between two drawings of the line."""

_LOG: Final = 10.0
"""Seconds between two lines of a log whose film has no known end."""


class _Counter:
    def __init__(
        self, before: int, stream: TextIO, clock: Callable[[], float], *, terminal: bool
    ) -> None:
        self._before, self._stream, self._clock = before, stream, clock
        self._terminal = terminal
        self._start = self._drawn = clock()
        self._tenths = 0

    def __call__(self, told: Told) -> None:
        now = self._clock()
        last = told.of is not None and told.frames >= told.of
        if self._terminal:
            if now - self._drawn >= _PAUSE or last:
                self._drawn = now
                self._write(f"\r\x1b[K{self._line(told, now)}")
        elif self._is_due(told, now):
            self._drawn = now
            self._write(f"{self._line(told, now)}\n")

    def clear(self) -> None:
        if self._terminal:
            self._write("\r\x1b[K")

    def _is_due(self, told: Told, now: float) -> bool:
        if told.of is None:
            return now - self._drawn >= _LOG
        before, self._tenths = self._tenths, 10 * told.frames // told.of
        return self._tenths > before

    def _line(self, told: Told, now: float) -> str:
        elapsed, painted = now - self._start, told.frames - self._before
        of = "" if told.of is None else f" of {told.of}"
        parts = [f"{told.frames}{of} frames"]
        if elapsed > 0 and painted > 0:
            pace = painted / elapsed
            parts.append(f"{pace:.1f} frames/s" if pace >= 0.95 else f"{1 / pace:.1f} s a frame")
            parts.append(duration(elapsed))
            if told.of is not None and told.of > told.frames:
                parts.append(f"about {duration((told.of - told.frames) / pace)} left")
        return ", ".join(parts)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


@contextmanager
def frames_counted(
    of: int | None,
    before: int = 0,
    *,
    quiet: bool = False,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Tell]:
    """Tell on standard error how many frames are painted, how fast, and how long the rest takes.

    Args:
        of: About how many there are; None where nobody can tell.
        before: How many were painted in earlier runs: they say nothing of the pace.
        quiet: Tell nothing.
        stream: Where to tell it, in place of standard error.
        clock: Seconds from any origin, never going back.
    """
    if quiet or of == before:
        yield lambda _: None
        return
    stream = sys.stderr if stream is None else stream
    counter = _Counter(before, raw(stream), clock, terminal=stream.isatty())
    try:
        yield counter
    finally:
        counter.clear()
