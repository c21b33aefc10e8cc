"""What can be asked of a picture that goes through a trained network."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from impasto.errors import ImpastoError, OptionError
from impasto.options.checks import check_at_least, check_choices, check_within, is_whole
from impasto.options.shared import STREAM, Engine, KeepColor

LEAST_TILE: Final = 64

ANY_STYLE: Final = "any-style"
"""The bundled network that takes any picture as its style."""

CODE_SUFFIX: Final = ".imp"
"""Ends the names of style codes, which `impasto encode` writes."""

NO_MODEL: Final = (
    "no model: name a style, --model NAME (`impasto models` lists them) or --style PICTURE"
)


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


@dataclass(frozen=True, kw_only=True)
class ApplyArguments:
    """Paint pictures with a trained network, in an instant.

    `impasto models` lists the bundled styles; `impasto train` makes others; --style takes any
    picture. A result is named PHOTO-STYLE and has the photograph's format; what is there already
    is skipped.
    """

    input: tuple[Path, ...] = field(default=(), metadata={"argument": "INPUT"})
    """Pictures, or folders of pictures; - is standard input."""
    model: str = ""
    """A style or network of `impasto models`, an .onnx file, or the run folder of a training."""
    style: tuple[str, ...] = field(default=(), metadata={"repeated": True})
    """A picture whose manner is taken on, or its code by `impasto encode`; again, each with a
    share (--style a.jpg:0.6 --style b.jpg:0.4), for a blend. --model may name another network
    that takes any style."""
    style_size: int = 0
    """Longer side in pixels at which a --style is seen: larger gives larger strokes; 0 is 512, or
    its own where that is smaller."""
    output: Path | None = None
    """File for one result or folder for many, - for standard output; here when not given."""
    recipe: ApplyOptions = ApplyOptions()
    """What becomes of the picture."""
    engine: Engine = "local"
    """Where the work is done: local, or ray for a Ray cluster."""
    threads: int | None = None
    """Threads of the network; as many as there are cores when not given."""
    overwrite: bool = False
    """Make again what is there already."""
    json: bool = False
    """Print the results for programs; no progress."""

    def __post_init__(self) -> None:
        check_choices(self)
        if self.threads is not None and self.threads < 1:
            raise OptionError("threads", "a number from 1", self.threads)
        if self.json and self.output == STREAM:
            raise ImpastoError("--json and the picture cannot both go to standard output")
        if self.style_size and not self.style:
            raise ImpastoError("--style-size is the size of a --style, and none is given")
        if not self.input:
            raise ImpastoError("no picture: name at least one INPUT, a picture or a folder of them")
        if not (self.model or self.style):
            raise ImpastoError(NO_MODEL)
