"""The options of a painting, their validity and the presets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from impasto.errors import OptionError
from impasto.options.checks import (
    check_any_weight,
    check_at_least,
    check_choices,
    check_layer_weights,
    check_layers,
    check_shape,
    check_shares,
    check_whole,
    check_within,
    is_whole,
    number,
)
from impasto.options.shared import LARGEST, KeepColor, Pooling, Precision
from impasto.options.values import from_plain_values, plain_values

ContentForm = Literal["relative", "half-sum", "quarter-mean"]
StyleForm = Literal["relative", "paper"]
Optimizer = Literal["lbfgs", "adam"]
StyleLoss = Literal["gram", "mean-variance", "wasserstein", "sliced", "histogram"]
ColorStage = Literal["before", "after"]
Method = Literal["gatys", "nearest"]

LEAST_TILE: Final = 128
"""Smaller pieces would be little more than what they overlap by."""

INITS: Final = ("recolor", "content", "noise", "mix", "style")
STYLE_LAYERS: Final = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")


@dataclass(frozen=True, kw_only=True)
class PaintOptions:
    """How a picture is painted. The defaults are the recipe that suits most pictures."""

    method: Method = "gatys"
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
    style_loss: StyleLoss = "gram"
    """What of the feature maps is compared: gram, mean-variance, wasserstein (of Gaussians), sliced
    (Wasserstein), or histogram (Gram matrices assisted by histograms)."""
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
    steps: int = 110
    """Optimizer steps, over all sizes together; the coarse sizes get more."""
    coarsest: int = 128
    """Longer side at which the painting begins, then doubled; 0 for one size only."""
    detail: float = 1.0
    """Share of the photograph's fine detail that comes in with each larger size, where the first
    image is recolor, content or mix."""
    network: str = "auto"
    """vgg16, vgg19, a weights file of impasto's own, or auto: VGG-19 where it is, else VGG-16."""
    pooling: Pooling = "average"
    """How the network halves its maps."""
    content_layers: tuple[str, ...] = ("conv4_2",)
    """Feature maps that hold what is seen; conv4_2 and relu4_2 both mean the map after the ReLU."""
    style_layers: tuple[str, ...] = STYLE_LAYERS
    """Feature maps that hold the manner."""
    style_layer_weights: tuple[float, ...] = ()
    """One weight a style layer; all alike when none are given."""
    content_weight: float = 1.0
    """Alpha: how much the photograph is kept."""
    style_weight: float = 18.0
    """Beta: how much the style is taken on."""
    total_variation_weight: float = 0.0
    """Smoothness: how much neighboring pixels are drawn together."""
    pixel_weight: float = 0.0
    """How much the pixels themselves stay those of the content."""
    content_form: ContentForm = "relative"
    """relative: free of size and network. half-sum: 1/2 sum (F-P)^2. quarter-mean: sum / (4 s)."""
    style_form: StyleForm = "relative"
    """relative: free of size and network. paper: 1/(4 N^2 M^2) sum (G-A)^2."""
    init: str = "recolor"
    """First image: recolor (the photograph in the style's colors, then also the content that is
    kept), content, noise, mix (noise and content), style, or any picture file."""
    noise_ratio: float = 0.6
    """Share of the noise in a mix."""
    optimizer: Optimizer = "lbfgs"
    """lbfgs goes further in a step; adam needs less memory."""
    learning_rate: float | None = None
    """Adam: levels of 255 a step (default 2). L-BFGS: share of its step (default 1)."""
    history: int = 10
    """Past steps that L-BFGS learns from; each costs two images of memory."""
    seed: int = 0
    """Where the noise comes from; the same seed gives the same picture on the same machine."""
    device: str = "auto"
    """cpu, cuda, cuda:1, mps, xpu, or auto: the fastest there is."""
    precision: Precision = "auto"
    """Of the convolutions. auto: bf16 where it is the faster one, else fp32."""

    def __post_init__(self) -> None:
        if isinstance(self.init, os.PathLike):
            object.__setattr__(self, "init", os.fspath(self.init))
        self._check_numbers()
        self._check_sizes()
        check_choices(self)
        check_layers("content_layers", self.content_layers)
        check_layers("style_layers", self.style_layers)
        check_layer_weights(self.style_layer_weights, self.style_layers)
        check_shares("style_weights", self.style_weights)

    def _check_numbers(self) -> None:
        check_whole(self, steps=1, coarsest=0, history=1, seed=0, style_size=0)
        weights = "content_weight", "style_weight", "total_variation_weight", "pixel_weight"
        check_at_least(self, 0, "detail", "feather", *weights)
        check_at_least(self, 0.05, "style_scale")
        check_any_weight(self, "content_weight", "style_weight")
        check_within(self, noise_ratio=(0, 1), color_strength=(0, 1))
        rate = self.learning_rate
        if rate is not None and not 1e-6 <= number(rate) <= 1000:
            raise OptionError("learning_rate", "a number from 0.000001 to 1000", rate)

    def _check_sizes(self) -> None:
        if self.size != LARGEST and not is_whole(self.size, 0):
            raise OptionError("size", f"a whole number of at least 0, or {LARGEST}", self.size)
        if self.size == LARGEST and self.crop_fit is not None:
            raise OptionError("size", "none beside crop_fit, which is the size", self.size)
        check_shape("crop_fit", self.crop_fit)
        if self.tile not in (None, 0) and not is_whole(self.tile, LEAST_TILE):
            raise OptionError("tile", f"0, or pixels from {LEAST_TILE}", self.tile)

    def to_json(self) -> dict[str, Any]:
        """Plain values by option name, for checkpoints and manifests."""
        return plain_values(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> PaintOptions:
        """The options that :meth:`to_json` wrote.

        Raises:
            OptionError: A name that is no option, or a value it cannot have.
        """
        return from_plain_values(cls, values, "impasto paint")
