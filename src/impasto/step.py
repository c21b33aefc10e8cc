"""The report of one step of a running optimization."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Step:
    """One finished step of an optimization or a training.

    Attributes:
        number: Steps done so far, from 1 to ``of``.
        of: Steps in the whole run.
        losses: Values by name, always with ``total``; a slash makes groups (``style/relu1_1``).
        image: Returns the current picture, (1, 3, H, W) sRGB in [0, 1], detached. It may copy, so
            call it only if needed.
        note: Information for the user about this step (a rollback, a change of optimizer).
    """

    number: int
    of: int
    losses: Mapping[str, float]
    image: Callable[[], Tensor]
    note: str = ""


PROMINENT: Final = ("total", "content", "style")
"""Losses that come first in tables and plots."""

OnStep: TypeAlias = Callable[[Step], None]


def plain(losses: Mapping[str, float]) -> dict[str, float | None]:
    """Losses for JSON: values that are not finite become None."""
    return {name: each if math.isfinite(each) else None for name, each in losses.items()}
