"""The options and arguments of `impasto apply`."""

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
"""Suffix of style codes, which `impasto encode` writes."""

NO_STYLE_TO_MASK: Final = "needs --style PICTURE, whose part it selects"

NO_MODEL: Final = (
    "no model: name a style, --model NAME (`impasto models` lists them) or --style PICTURE"
)


@dataclass(frozen=True, kw_only=True)
class ApplyOptions:
    """Options of the result.

    Raises:
        OptionError: An option has an invalid value.
    """

    style_weights: str = ""
    """One of the network's styles, or a blend such as great-wave:0.6,starry-night:0.4. Not needed
    if --model names a style or the network has only one."""
    strength: float = 1.0
    """How far to go: 0 is the photograph, 1 the style, 2 twice as strong."""
    style_scale: float = 1.0
    """Size of the strokes: 2 makes them twice as large, 0.5 half."""
    size: int = 0
    """Longer side of the result in pixels; 0 keeps the photograph's size."""
    keep_color: KeepColor = "none"
    """Keep the photograph's colors and take only the texture of the style. luminance: each pixel
    keeps its color; only light and dark change. histogram, covariance: the palette is matched to
    the photograph's."""
    color_strength: float = 1.0
    """How far to keep the photograph's colors, from 0 to 1."""
    faces: float = 0.0
    """How much to preserve faces, from 0 to 1: the style is weaker there, down to half its
    strength."""
    masks: tuple[Path, ...] = ()
    """Where each style goes: one mask per style, in the order they are named. White is full effect,
    black leaves the photograph. If a mask is blank except for its alpha, the alpha is used. Masks
    are resized to fit. The words subject, background and face stand for automatic masks of the
    photograph."""
    content_mask: Path | None = None
    """Where the photograph stays unchanged: a mask that is white there, or subject, background or
    face."""
    invert_masks: bool = False
    """Swap white and black in all masks, including --content-mask."""
    feather: float = 0.0
    """Softness of mask edges: standard deviation of a Gaussian in pixels of the result."""
    tile: int = 1536
    """Process pictures of more pixels than a square of this side in tiles of this side. Smaller
    tiles take less memory; larger ones are faster."""
    bits: int | None = None
    """8 or 16 bits per channel (PNG and TIFF); by default the same as the photograph."""

    def __post_init__(self) -> None:
        check_within(
            self, strength=(0, 2), style_scale=(0.1, 10), color_strength=(0, 1), faces=(0, 1)
        )
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
                raise OptionError(name, "masks or content_mask with it", value)

    @property
    def placed(self) -> bool:
        """Whether there are masks."""
        return bool(self.masks) or self.content_mask is not None


@dataclass(frozen=True, kw_only=True)
class ApplyArguments:
    """Stylize pictures with a trained network, in under a second.

    `impasto models` lists the bundled styles, `impasto train` makes new ones, and --style takes any
    picture. Each result is named PHOTO-STYLE and has the photograph's format. Results that exist
    are skipped.
    """

    input: tuple[Path, ...] = field(default=(), metadata={"argument": "INPUT"})
    """Pictures, or folders of pictures; - reads standard input."""
    model: str = ""
    """A style or network listed by `impasto models`, an .onnx file, or the run folder of a
    training; or colors, which takes only the colors of --style, without a network."""
    style: tuple[str, ...] = field(default=(), metadata={"repeated": True})
    """Style image, or a style code made by `impasto encode`: its file, or its name. A folder of
    images counts as one style. Repeat it with weights for a blend: --style a.jpg:0.6 --style
    b.jpg:0.4. --model may name another any-style network."""
    style_masks: tuple[Path, ...] = ()
    """The part of each --style image to use: one mask per style, white where the style counts. The
    words subject, background and face stand for automatic masks of the style image."""
    style_size: int = 0
    """Longer side in pixels of the --style images, for networks of `impasto train adain`. 0 is 512,
    or the image's own size if smaller."""
    output: Path | None = None
    """Output file for one result, or folder for many; - writes standard output. By default the
    current folder."""
    recipe: ApplyOptions = ApplyOptions()
    """Result"""
    engine: Engine = "local"
    """Where to run: local, or ray for a Ray cluster."""
    threads: int | None = None
    """Threads for the network; by default one per core."""
    overwrite: bool = False
    """Replace an existing result."""
    json: bool = False
    """Print results as JSON, without progress."""

    def __post_init__(self) -> None:
        check_choices(self)
        if self.threads is not None and self.threads < 1:
            raise OptionError("threads", "a number from 1", self.threads)
        if self.json and self.output == STREAM:
            raise ImpastoError("--json and the picture cannot both go to standard output")
        if self.style_size and not self.style:
            raise ImpastoError("--style-size needs --style PICTURE")
        if self.style_masks and not self.style:
            raise ImpastoError(f"--style-masks {NO_STYLE_TO_MASK}")
        if not self.input:
            raise ImpastoError("no picture: name at least one INPUT, a picture or a folder of them")
        if not (self.model or self.style):
            raise ImpastoError(NO_MODEL)
