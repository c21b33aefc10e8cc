"""Estimates of the time left, from the time taken so far."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Sequence
from typing import Final

RECENT: Final = 30.0
"""Seconds over which the pace is measured, as the load of the machine may change."""


class Pace:
    """The pace of some work, and the time left at that pace.

    Args:
        costs: The relative cost of each item; by default all cost the same.
    """

    def __init__(self, costs: Sequence[float] = ()) -> None:
        self._work = [0.0, *itertools.accumulate(costs)]
        self._samples: deque[tuple[float, float]] = deque()

    def note(self, done: int, now: float) -> None:
        """Record the number of finished items at a time; the first call sets the start."""
        self._samples.append((now, self._until(done)))
        while len(self._samples) > 2 and now - self._samples[1][0] >= RECENT:
            self._samples.popleft()

    def rest(self) -> None:
        """Do not count the time until the next call."""
        self._samples.clear()

    @property
    def each(self) -> float:
        """Seconds for an item of cost 1; NaN while unknown."""
        if not self._samples:
            return math.nan
        (then, before), (now, after) = self._samples[0], self._samples[-1]
        return (now - then) / (after - before) if after > before and now > then else math.nan

    def left(self, done: int, of: int) -> float:
        """Seconds from ``done`` items to ``of``; NaN while unknown."""
        return self.each * (self._until(of) - self._until(done))

    def _until(self, done: int) -> float:
        return self._work[done] if len(self._work) > 1 else float(done)
