"""Losses and times in few characters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

PROMINENT: Final = ("total", "content", "style")
"""Losses that come first when a run has them."""


def compact(value: float) -> str:
    """A number in three digits: 0.123, 12.3, 123, 1.23e4."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if 0.01 <= abs(value) < 999.5:
        return f"{value:#.3g}".rstrip(".")
    digits, exponent = f"{value:.2e}".split("e")
    return f"{digits}e{int(exponent)}"


def duration(seconds: float) -> str:
    """Seconds as 0:07, 12:34 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def main_losses(losses: Mapping[str, float], most: int = 3) -> list[tuple[str, str]]:
    """The names and compact values of the losses to show where there is room for a few.

    The prominent ones come first, then the others that are no part of a group.
    """
    others = (name for name in losses if "/" not in name and name not in PROMINENT)
    names = [*(name for name in PROMINENT if name in losses), *others]
    return [(name, compact(losses[name])) for name in names[:most]]
