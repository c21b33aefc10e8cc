"""A time that goes on where that of a film's file jumps.

Clips joined end to end begin again at zero; recordings with breaks jump ahead by hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

MOST: Final = 1000
"""Jumps that are remembered: a file in which every time is wrong must not fill the memory."""


class Clock:
    """Gives stamps that rise, and as few seconds from their file's as can be.

    Attributes:
        shifts: What was added to the file's stamps so far, in the order in which that began.
        jumps: How often none of the shifts so far would do.
        last: The stamp that was given last; None before the first.
    """

    def __init__(self, step: int, longest: int, shifts: Sequence[int] = (), slack: int = 0) -> None:
        """Begin.

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
        """The stamp that follows on; streams without a container have none of their own."""
        if self.last is None:
            self.last = stamp or 0
        elif stamp is None:
            self.last += self._step
        else:
            self.last = self._following(stamp, self.last)
        return self.last

    def _following(self, stamp: int, last: int) -> int:
        # The nearest one: behind a single wrong stamp the time before goes on.
        fitting = [stamp + each for each in self.shifts if self._fits(stamp + each)]
        if fitting:
            return max(min(fitting), last)
        self.jumps += 1
        if len(self.shifts) < MOST:
            self.shifts.append(last + self._step - stamp)
        return last + self._step

    def _fits(self, stamp: int) -> bool:
        last = self.last or 0
        return last - self._slack < stamp <= last + self._longest
