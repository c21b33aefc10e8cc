"""What can be asked of a picture that goes through a trained network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from impasto.errors import OptionError
from impasto.options.checks import check_at_least, check_choices, check_within, is_whole
from impasto.options.shared import KeepColor

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
    keep_color: KeepColor = "none"
    """Keep the photograph's colors: luminance (each pixel's own; the style changes only light and
    dark), histogram or covariance (its palette, by the histograms or by mean and covariance)."""
    color_strength: float = 1.0
    """How far the photograph's colors are kept, from 0 to 1."""
    masks: tuple[Path, ...] = ()
    """Where each style goes, one picture a style in the order in which they are named: white is
    all of it, black leaves the photograph. A picture that is blank but for its alpha counts by
    that. Any size is fitted."""
    content_mask: Path | None = None
    """White where the picture is to stay photographic."""
    invert_masks: bool = False
    """White and black exchanged in all masks, --content-mask too."""
    feather: float = 0.0
    """Softness of the masks' edges: deviation of a Gaussian in pixels of the result."""
    tile: int = 1536
    """Pictures of more than this squared pixels go through the network in pieces of this side:
    smaller takes less memory, larger is faster."""
    bits: int | None = None
    """8 or 16 bits a channel (PNG and TIFF); as the photograph when not given."""

    def __post_init__(self) -> None:
        check_within(self, strength=(0, 1), color_strength=(0, 1))
        check_at_least(self, 0, "feather")
        check_choices(self)
        if self.size != 0 and not is_whole(self.size, 16):
            raise OptionError("size", "0 (as the photograph) or pixels from 16", self.size)
        if not is_whole(self.tile, LEAST_TILE):
            raise OptionError("tile", f"pixels from {LEAST_TILE}", self.tile)
        if self.bits not in (None, 8, 16):
            raise OptionError("bits", "8 or 16", self.bits)
        for name in ("feather", "invert_masks"):
            if (value := getattr(self, name)) and not self.placed:
                raise OptionError(name, "masks or a content mask that it is for", value)

    @property
    def placed(self) -> bool:
        """Whether anything says where."""
        return bool(self.masks) or self.content_mask is not None
