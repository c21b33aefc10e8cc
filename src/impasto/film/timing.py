"""Which frames are read, and when they are shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from impasto.film.frames import Frame, Place, Reading, Shot

MOST: Final = 1000
"""Jumps that are remembered: a file in which every time is wrong must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How the source's time stamps become times of the part that is read."""

    base: Fraction  # seconds of one count of the source's time stamps
    origin: int  # time stamp of the source's beginning
    reading: Reading
    step: int = 1  # how long a frame usually lasts, in the source's counts

    @property
    def time_base(self) -> Fraction:
        """Seconds of one count of the times that frames are given."""
        return self.base if self.reading.fps is None else 1 / rate_of(self.reading.fps)

    @property
    def start(self) -> int:
        """The source's time stamp at which reading starts."""
        return self._counts(self.reading.start)

    @property
    def end(self) -> int | None:
        """The source's time stamp at which it ends; None is the film's end."""
        return None if self.reading.end is None else self._counts(self.reading.end)

    def seconds(self, stamp: int) -> float:
        """Seconds from the source's beginning."""
        return float((stamp - self.origin) * self.base)

    def _counts(self, seconds: float) -> int:
        return self.origin + math.ceil(Fraction(seconds).limit_denominator(1_000_000) / self.base)


def rate_of(fps: float) -> Fraction:
    """A rate as people mean it: 23.976 is 24000/1001."""
    for exact in (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)):
        if abs(fps - exact) < 0.005:
            return exact
    return Fraction(fps).limit_denominator(1000)


def chosen(source: Iterator[Shot], timing: Timing, place: Place) -> Iterator[Frame]:
    """The frames to read among shots, from a place on; shots before it are left out."""
    if timing.reading.fps is None:
        return _as_they_are(source, timing, place)
    return _evenly(source, timing, place)


def _as_they_are(source: Iterator[Shot], timing: Timing, place: Place) -> Iterator[Frame]:
    number, end, least = place.number, timing.end, timing.start
    if place.time is not None:
        least = place.time + 1
    for shot in source:
        if end is not None and shot.stamp >= end:
            return
        if shot.stamp >= least:
            number += 1
            yield _frame(shot, (shot.stamp - timing.start,), number)


def _evenly(source: Iterator[Shot], timing: Timing, place: Place) -> Iterator[Frame]:
    """A frame is shown at every tick until the next one's time has come."""
    tick, end = place.number, timing.end
    last: Shot | None = None
    for shot in source:
        if last is not None:
            until = _tick(shot.stamp, timing)
            if until > tick:
                yield _frame(last, range(tick, until), until)
                tick = until
        if end is not None and shot.stamp >= end:
            return
        last = shot
    if last is not None:
        until = _tick(last.stamp + timing.step, timing)  # as long as a frame usually lasts
        if until > tick:
            yield _frame(last, range(tick, until), until)


def _tick(stamp: int, timing: Timing) -> int:
    """The first tick from a time stamp on, at most the end."""
    stamp = stamp if timing.end is None else min(stamp, timing.end)
    return max(0, math.ceil((stamp - timing.start) * timing.base / timing.time_base))


def _frame(shot: Shot, times: Sequence[int], number: int) -> Frame:
    return Frame(shot.pixels, tuple(times), Place(number, shot.stamp, shot.shifts), shot.alpha)


class Clock:
    """Gives rising stamps with as few shifts of the file's own as possible.

    Attributes:
        shifts: What was added to the file's stamps so far, in order.
        jumps: How often none of the earlier shifts fitted.
        last: The stamp given last; None before the first.
    """

    def __init__(self, step: int, longest: int, shifts: Sequence[int] = (), slack: int = 0) -> None:
        """Start a clock; all arguments are in counts of the stream.

        Args:
            step: How long a frame or packet usually lasts.
            longest: A stamp that is more than this ahead of the one before is wrong.
            shifts: Known of another stream of the same file.
            slack: By how much a stamp may lie before the one before.
        """
        self._step, self._longest, self._slack = max(1, step), longest, slack
        self.last: int | None = None
        self.shifts = [0, *shifts]
        self.jumps = 0

    def __call__(self, stamp: int | None) -> int:
        """The next stamp; streams without a container have none of their own (None)."""
        if self.last is None:
            self.last = stamp or 0
        elif stamp is None:
            self.last += self._step
        else:
            self.last = self._following(stamp, self.last)
        return self.last

    def _following(self, stamp: int, last: int) -> int:
        # The nearest one: behind a single wrong stamp the time before goes on.
        shifted = (stamp + each for each in self.shifts)
        fitting = [each for each in shifted if last - self._slack < each <= last + self._longest]
        if fitting:
            return max(min(fitting), last)
        self.jumps += 1
        if len(self.shifts) < MOST:
            self.shifts.append(last + self._step - stamp)
        return last + self._step
