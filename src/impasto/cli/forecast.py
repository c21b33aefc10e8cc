"""What a large painting will take, told before it begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from impasto.painter import Settled
from impasto.track.wording import duration

_LARGE: Final = 4_000_000
"""Pixels from which a painting is long enough to say so."""


def forecast(found: Settled, seconds: Callable[[], float | None]) -> str | None:
    """One line about a painting that is large or does not fit as it is; None about any other.

    Args:
        found: How it is to be painted.
        seconds: Tells how long it will take; asked only if that is of interest.
    """
    height, width = found.size
    plan = found.plan
    tiled = plan is not None and plan.is_tiled(found.size)
    if plan is None or not (tiled or height * width >= _LARGE):
        return None
    told = [f"about {plan.memory / 1e9:.1f} GB of memory"]
    if expected := seconds():
        told.append(f"about {duration(expected)}")
    if tiled:
        told.append(f"in tiles of {plan.tile} pixels")
    if plan.optimizer is not None:
        told.append("by Adam, as there is no memory for L-BFGS")
    return f"{width} x {height} ({height * width / 1e6:.1f} megapixels): {', '.join(told)}"
