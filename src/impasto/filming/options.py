"""What can be asked of a film that is painted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from impasto.errors import OptionError
from impasto.option_values import check_part

Method = Literal["apply", "paint"]

METHODS: Final = ("apply", "paint")

Colors = Literal["none", "luminance"]


@dataclass(frozen=True, kw_only=True)
class VideoOptions:
    """What becomes of the film.

    Raises:
        OptionError: A value is none the option can have.
    """

    method: Method = "apply"
    """apply: a trained network, frames a second. paint: each frame is optimized, seconds to
    minutes a frame, the richest look."""
    temporal: float = 0.7
    """How much of each frame is carried over from the one before where that is known: 0 is
    every frame for itself, 1 the calmest."""
    style_weights: str = ""
    """Which of the network's styles: a name, or a blend such as
    great-wave:0.6,starry-night:0.4."""
    strength: float = 1.0
    """How far to go from the film, 0, to the style, 1 (apply)."""
    keep_color: Colors = "none"
    """luminance: the film's own colors, and the style only in light and dark (apply)."""
    size: int = 0
    """Longer side of the result in pixels; 0 is as the film."""
    start: float = 0.0
    """Seconds from the beginning that are left out."""
    end: float | None = None
    """Second at which to end."""
    fps: float | None = None
    """Frames a second, evenly; those of the film, at their own times, when not given."""
    steps: int = 24
    """Optimizer steps a frame (paint)."""
    first_steps: int = 120
    """Optimizer steps of the first frame of each scene (paint)."""
    tile: int = 1536
    """Frames of more than this squared pixels go through the network in pieces (apply)."""
    codec: str = ""
    """h264, vp9, prores or lossless, as far as the file can hold it; the usual one of the output's
    suffix when not given."""
    quality: int = 75
    """Of the encoded film, from 0 to 100."""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise OptionError("method", " or ".join(METHODS), self.method)
        if self.keep_color not in ("none", "luminance"):
            raise OptionError("keep_color", "none or luminance", self.keep_color)
        for name in ("temporal", "strength"):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 <= value <= 1):
                raise OptionError(name, "a number from 0 to 1", value)
        for name in ("steps", "first_steps"):
            if getattr(self, name) < 1:
                raise OptionError(name, "a number of steps from 1", getattr(self, name))
        if not 0 <= self.quality <= 100:
            raise OptionError("quality", "a number from 0 to 100", self.quality)
        if self.tile < 64:
            raise OptionError("tile", "pixels from 64", self.tile)
        check_part(self)
