"""The options of painting by nearest neighbors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from impasto.errors import OptionError
from impasto.options.checks import check_within, is_whole
from impasto.options.shared import Method, Pooling, SharedOptions
from impasto.options.values import version_of

INITS: Final = ("recolor", "content", "noise", "style")


@dataclass(frozen=True, kw_only=True)
class NearestOptions(SharedOptions):
    """How a picture is painted by nearest neighbors. The defaults suit most pictures."""

    WHOSE: ClassVar = "the method nearest"

    method: Method = "nearest"
    """gatys matches statistics of feature maps (Gatys et al. 2016). nearest replaces features with
    the style's own (Kolkin et al. 2022)."""
    size: int = 512
    """Longer side of the result in pixels; 0 keeps the photograph's size."""
    style_weights: tuple[float, ...] = ()
    """How much of the picture each of several styles covers when there are no masks; by default all
    cover the same."""
    tile: int | None = None
    """Not supported: leave it out or give 0. This method does not use tiles."""
    steps: int = 120
    """Optimizer steps over all sizes and the final pass."""
    coarsest: int = 64
    """Longer side of the first size, which is then doubled; 0 paints at one size only."""
    content_weight: float = 0.75
    """How much the photograph, rather than the current picture, decides which style features are
    chosen, from 0 to 1 (alpha in the authors' code). The coarsest size uses only the photograph."""
    rotations: bool = False
    """Also search the style image rotated by 90, 180 and 270 degrees: more choice, and the search
    takes four times as long."""
    pooling: Pooling = "max"
    """How the network downsamples its feature maps."""
    init: str = "recolor"
    """First image: recolor (the photograph in the style's colors), content, noise, style, or an
    image file."""
    learning_rate: float = 6.0
    """Adam: levels of 255 per step at the start of each size."""
    seed: int = 0
    """Seed of the positions that the final pass samples, and of the noise."""
    palette_weight: float = 0.3
    """How strongly the mean and covariance of the colors must match those of the styles."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.method != "nearest":
            raise OptionError("method", "nearest, as these are its options", self.method)
        if not is_whole(self.size, 0):
            expected = "a number of pixels, as the method nearest does not plan its memory"
            raise OptionError("size", expected, self.size)
        if self.tile:
            expected = "nothing or 0, as the method nearest paints in one piece"
            raise OptionError("tile", expected, self.tile)
        if self.init == "mix":
            raise OptionError("init", f"{', '.join(INITS)} or a picture file", self.init)
        check_within(
            self,
            style_scale=(0.05, 100),
            content_weight=(0, 1),
            learning_rate=(0.01, 100),
            palette_weight=(0, 1000),
        )

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The options that ``to_json`` wrote, in this version or an earlier one."""
        if version_of(values) == 1:
            values = {
                name: value
                for name, value in values.items()
                if name not in _OF_GATYS and (name, value) not in _NOT_GIVEN
            }
        return super().from_json(values)


_NOT_GIVEN: Final = (
    ("steps", 110), ("coarsest", 128), ("content_weight", 1.0), ("pooling", "average"),
    ("learning_rate", None),
)  # fmt: skip
"""Version 1 wrote the options of gatys, with its defaults for options that were not given."""

_OF_GATYS: Final = (
    "style_loss", "detail", "content_layers", "style_layers", "style_layer_weights", "style_weight",
    "total_variation_weight", "pixel_weight", "content_form", "style_form", "noise_ratio",
    "optimizer", "history",
)  # fmt: skip
"""Options that version 1 also wrote for nearest, where they had no effect."""
