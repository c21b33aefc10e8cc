"""How long the rest of some work takes, from how long what was done took."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Sequence
from typing import Final

RECENT: Final = 30.0
"""Seconds over which the pace is measured: the machine may be busier now than it was."""


class Pace:
    """How fast things are done, and how long the rest takes at that.

    Args:
        costs: What each thing costs, compared with the others; without them, all the same.
    """

    def __init__(self, costs: Sequence[float] = ()) -> None:
        self._work = [0.0, *itertools.accumulate(costs)]
        self._samples: deque[tuple[float, float]] = deque()

    def note(self, done: int, now: float) -> None:
        """So many are done now, in seconds; the first call says where it begins."""
        self._samples.append((now, self._until(done)))
        while len(self._samples) > 2 and now - self._samples[1][0] >= RECENT:
            self._samples.popleft()

    def rest(self) -> None:
        """Leave out the time until the next call: something else takes it."""
        self._samples.clear()

    @property
    def each(self) -> float:
        """Seconds for something of cost 1; NaN while nobody knows."""
        if not self._samples:
            return math.nan
        (then, before), (now, after) = self._samples[0], self._samples[-1]
        return (now - then) / (after - before) if after > before and now > then else math.nan

    def left(self, done: int, of: int) -> float:
        """Seconds from ``done`` things to ``of``; NaN while nobody knows."""
        return self.each * (self._until(of) - self._until(done))

    def _until(self, done: int) -> float:
        return self._work[done] if len(self._work) > 1 else float(done)
