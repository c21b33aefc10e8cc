"""Whether anything came of work: steps that could be taken, numbers that are numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from impasto.errors import ResultError

# Steps in a row that may be undone. The tenth is a millionth as long as the first would be.
PATIENCE: Final = 10
# What is wrong with a step that has no direction: a picture that stays as it is is no success.
NO_CHANGE: Final = "no loss asks for any change"


def plain(losses: Mapping[str, float]) -> dict[str, float | None]:
    """Losses as JSON can hold them: what is not finite becomes None."""
    return {name: each if math.isfinite(each) else None for name, each in losses.items()}


class Failures:
    """Counts steps that had to be undone, and gives up where no other kind comes.

    Args:
        of: Steps of the work; of fewer than `PATIENCE` all must fail.

    Attributes:
        count: Steps that came to nothing.
    """

    def __init__(self, of: int) -> None:
        self.count = 0
        self._in_a_row = 0
        self._good = 0
        self._patience = min(PATIENCE, max(of, 1))

    def note(self, fault: str) -> None:
        """Take note of a step and of what was wrong with it, "" for nothing.

        Raises:
            ResultError: So many in a row were undone that none will be good.
        """
        if fault:
            # It is what the step before has led to, so that one is undone, too.
            self._in_a_row += 1 + self._good
            self.count += 1 + self._good
        elif self._good:
            self._in_a_row = 0
        self._good = int(not fault)
        if fault and self._in_a_row >= self._patience:
            steps = f"{self._in_a_row} steps in a row" if self._in_a_row > 1 else "its only step"
            raise ResultError(
                f"nothing could be painted in {steps} ({fault.partition(':')[0]}): the weights or "
                "a picture may be damaged, or the learning rate too high"
            )
