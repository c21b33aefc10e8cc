"""What the options of several methods have in common."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

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
Precision = Literal["auto", "bf16", "fp32"]
KeepColor = Literal["none", "luminance", "histogram", "covariance"]
ColorStage = Literal["before", "after"]

LARGEST: Final = "max"
"""The size that stands for the largest there is memory for."""

Engine = Literal["local", "ray"]
"""Where the work is done: here, or on a Ray cluster."""

STREAM: Final = Path("-")
"""Standard input or output in place of a file."""

LEAST_TILE: Final = 128
"""Smaller pieces would be little more than what they overlap by."""


@dataclass(frozen=True, kw_only=True)
class SharedOptions(Options):
    """What every method that paints is asked for; each has more of its own."""

    method: Method
    """gatys: statistics of feature maps, by gradients (Gatys et al. 2016); nearest: the style's own
    features pasted (Kolkin et al. 2022)."""
    size: int | Literal["max"] = 512
    """Longer side of the result in pixels, however small the photograph; 0 keeps the photograph's
    own size, max takes the largest that fits into memory."""
    crop_fit: tuple[int, int] | None = None
    """Width and height of the result: photograph and style are cut to this shape."""
    style_scale: float = 1.0
    """Longer side of the style image relative to the result's: larger gives larger strokes."""
    style_size: int = 0
    """Longer side of the style images in pixels where the result has its full size, in place of
    style_scale; 0 is by style_scale."""
    style_weights: tuple[float, ...] = ()
    """How much of each style, where there are several; all alike when none are given."""
    keep_color: KeepColor = "none"
    """Keep the photograph's colors: luminance (each pixel's own; only light and dark are painted),
    histogram or covariance (its palette, by the histograms or by mean and covariance)."""
    color_stage: ColorStage = "before"
    """Whether the colors are brought in before painting, into the styles, or after, into the
    result."""
    color_strength: float = 1.0
    """How far the photograph's colors are kept, from 0 to 1."""
    invert_masks: bool = False
    """White and black exchanged in all masks, --content-mask too."""
    feather: float = 0.0
    """Softness of the masks' edges: deviation of a Gaussian in pixels of the result."""
    tile: int | None = None
    """Side in pixels of the pieces by which the losses of a large picture are computed: the same
    result in less memory. 0 is in one piece; when not given, pieces where memory is short."""
    steps: int
    """Optimizer steps, over all sizes together."""
    coarsest: int
    """Longer side at which the painting begins, then doubled; 0 for one size only."""
    network: str = "auto"
    """vgg16, vgg19, a weights file of impasto's own, or auto: VGG-19 where it is, else VGG-16."""
    pooling: Pooling
    """How the network halves its maps."""
    content_weight: float
    """How much the photograph is kept."""
    init: str = "recolor"
    """First image."""
    seed: int = 0
    """Where the noise comes from; the same seed gives the same picture on the same machine."""
    device: str = "auto"
    """cpu, cuda, cuda:1, mps, xpu, or auto: the fastest there is."""
    precision: Precision = "auto"
    """Of the convolutions. auto: bf16 where it is the faster one, else fp32."""

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
            raise OptionError("size", "none beside crop_fit, which is the size", self.size)
        if self.tile not in (None, 0) and not is_whole(self.tile, LEAST_TILE):
            raise OptionError("tile", f"0, or pixels from {LEAST_TILE}", self.tile)
