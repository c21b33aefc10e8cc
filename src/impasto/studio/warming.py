"""What is done once, before the first client comes."""

from __future__ import annotations

import numpy as np

from impasto.image import Picture
from impasto.painter import paint

_SIDE = 64


def warm_painter() -> None:
    """Paint a picture nobody sees: imports are done, weights read and kernels chosen."""
    pixels = np.random.default_rng(0).random((_SIDE, _SIDE, 3), np.float32)
    paint(Picture(pixels), Picture(pixels), size=_SIDE, steps=1)
