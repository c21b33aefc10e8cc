"""Whether a film fits into memory while it is painted, asked before it begins."""

from __future__ import annotations

import math
from typing import Final

from impasto.frames import Film
from impasto.memory import check_memory, free_memory
from impasto.options.video import LEAST_FRAME

_MOVING: Final = 460
_ALONE: Final = 320
"""Bytes for each pixel of a frame: of the network, of motion and what is carried along with it, and
of the frames that wait between the stages. Measured at 1024 x 1024; 390 and 215 at 2048."""


def check_room(film: Film, *, moving: bool) -> None:
    """Refuse a film whose painted frames do not fit.

    Args:
        film: As it is painted.
        moving: Whether motion is looked for.

    Raises:
        MemoryEstimateError: They do not; the message says how much they need, and what fits.
    """
    each = _MOVING if moving else _ALONE
    needed = each * film.width * film.height
    largest = max(film.width, film.height) * math.sqrt(min(1.0, free_memory() / max(1, needed)))
    advice = f"--size {max(LEAST_FRAME, int(0.95 * largest))} fits"
    check_memory(needed, f"{film.path}: to paint {film.width} x {film.height} pixels", advice)
