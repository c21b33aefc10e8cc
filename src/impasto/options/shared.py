"""Options that several methods have in common."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from impasto.errors import OptionError
from impasto.options.checks import (
    check_at_least,
    check_choices,
    check_shape,
    check_shares,
    check_whole,
    check_within,
    is_whole,
)
from impasto.options.values import Options

Method = Literal["gatys", "nearest"]
Pooling = Literal["average", "max"]
PoolingEdge = Literal["drop", "keep"]
Precision = Literal["auto", "bf16", "fp32"]
KeepColor = Literal["none", "luminance", "histogram", "covariance"]
ColorStage = Literal["before", "after"]

LARGEST: Final = "max"
"""The size that means the largest that fits in memory."""

Engine = Literal["local", "ray"]
"""Where the work runs: on this machine, or on a Ray cluster."""

MaskWord = Literal["subject", "background", "face"]

MASK_WORDS: Final[tuple[str, ...]] = get_args(MaskWord)
"""Words that stand for automatic masks."""

STREAM: Final = Path("-")
"""Stands for standard input or output."""

LEAST_TILE: Final = 128
"""Smaller tiles would hardly be larger than their overlap."""


def mask_word(mask: object) -> str:
    """The word that a mask is given by; "" if it is a file, a picture or an array."""
    text = os.fspath(mask) if isinstance(mask, (str, os.PathLike)) else ""
    return str(text) if text in MASK_WORDS else ""


@dataclass(frozen=True, kw_only=True)
class SharedOptions(Options):
    """The options of every painting method; each method adds its own."""

    method: Method
    """gatys matches statistics of feature maps (Gatys et al. 2016). nearest replaces features with
    the style's own (Kolkin et al. 2022)."""
    size: int | Literal["max"] = 512
    """Longer side of the result in pixels, even if the photograph is smaller. 0 keeps the
    photograph's size; max uses the largest size that fits in memory."""
    crop_fit: tuple[int, int] | None = None
    """Width and height of the result; the photograph and the styles are cropped to this shape."""
    style_scale: float = 1.0
    """Size of the style image relative to the result. A larger style image gives larger strokes."""
    style_size: int = 0
    """Longer side of the style images in pixels at the full size of the result, instead of
    style_scale; 0 uses style_scale."""
    style_weights: tuple[float, ...] = ()
    """How much each of several styles counts; by default all count the same."""
    keep_color: KeepColor = "none"
    """Keep the photograph's colors and take only the texture of the style. luminance: each pixel
    keeps its color; only light and dark change. histogram, covariance: the palette is matched to
    the photograph's."""
    color_stage: ColorStage = "before"
    """When to match the colors: before painting (on the style images) or after (on the result)."""
    color_strength: float = 1.0
    """How far to keep the photograph's colors, from 0 to 1."""
    invert_masks: bool = False
    """Swap white and black in all masks, including --content-mask."""
    feather: float = 0.0
    """Softness of mask edges: standard deviation of a Gaussian in pixels of the result."""
    tile: int | None = None
    """Compute the losses of a large picture in tiles of this many pixels: the same result in less
    memory. 0 turns tiles off; by default tiles are used when memory is short."""
    steps: int
    """Optimizer steps over all sizes."""
    coarsest: int
    """Longer side of the first size, which is then doubled; 0 paints at one size only."""
    network: str = "auto"
    """vgg16, vgg19, a weights file in impasto's format, or auto (VGG-19 if it is installed,
    otherwise VGG-16)."""
    pooling: Pooling
    """How the network downsamples its feature maps."""
    content_weight: float
    """Weight of the content loss."""
    init: str = "recolor"
    """First image."""
    seed: int = 0
    """Seed of the noise. The same seed gives the same picture on the same machine."""
    device: str = "auto"
    """cpu, cuda, cuda:1, mps, xpu, or auto (the fastest available)."""
    precision: Precision = "auto"
    """Precision of the convolutions. auto uses bf16 where it is faster, otherwise fp32."""

    def __post_init__(self) -> None:
        if isinstance(self.init, os.PathLike):
            object.__setattr__(self, "init", os.fspath(self.init))
        check_whole(self, steps=1, coarsest=0, seed=0, style_size=0)
        check_at_least(self, 0, "feather")
        check_at_least(self, 0.05, "style_scale")
        check_within(self, color_strength=(0, 1))
        check_choices(self)
        check_shape("crop_fit", self.crop_fit)
        check_shares("style_weights", self.style_weights)
        if self.size != LARGEST and not is_whole(self.size, 0):
            raise OptionError("size", f"a whole number of at least 0, or {LARGEST}", self.size)
        if self.size == LARGEST and self.crop_fit is not None:
            raise OptionError("size", "none with crop_fit, which is the size", self.size)
        if self.tile not in (None, 0) and not is_whole(self.tile, LEAST_TILE):
            raise OptionError("tile", f"0, or pixels from {LEAST_TILE}", self.tile)
