"""What can be asked of a picture that goes through a trained network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from impasto.errors import OptionError

LEAST_TILE: Final = 64


@dataclass(frozen=True, kw_only=True)
class ApplyOptions:
    """What becomes of the picture.

    Raises:
        OptionError: A value is none the option can have.
    """

    style_weights: str = ""
    """Which of the network's styles: a name, or a blend such as
    great-wave:0.6,starry-night:0.4. Not needed where MODEL is a style or has only one."""
    strength: float = 1.0
    """How far to go from the photograph, 0, to the style, 1."""
    size: int = 0
    """Longer side of the result in pixels; 0 is as the photograph."""
    keep_color: bool = False
    """Keep the photograph's colors; the style changes only light and dark."""
    tile: int = 1536
    """Pictures of more than this squared pixels go through the network in pieces of this side:
    smaller takes less memory, larger is faster."""
    bits: int | None = None
    """8 or 16 bits a channel (PNG and TIFF); as the photograph when not given."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.strength) and 0 <= self.strength <= 1):
            raise OptionError("strength", "a number from 0 to 1", self.strength)
        if self.size != 0 and self.size < 16:
            raise OptionError("size", "0 (as the photograph) or pixels from 16", self.size)
        if self.tile < LEAST_TILE:
            raise OptionError("tile", f"pixels from {LEAST_TILE}", self.tile)
        if self.bits not in (None, 8, 16):
            raise OptionError("bits", "8 or 16", self.bits)
