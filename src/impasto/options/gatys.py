"""The options of painting by statistics of feature maps, and :class:`PaintOptions`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeAlias

from impasto.errors import OptionError
from impasto.options.checks import (
    check_any_weight,
    check_at_least,
    check_layer_weights,
    check_layers,
    check_whole,
    check_within,
    number,
)
from impasto.options.nearest import NearestOptions
from impasto.options.shared import Method, Pooling, PoolingEdge, SharedOptions

ContentForm = Literal["relative", "half-sum", "quarter-mean"]
StyleForm = Literal["relative", "paper"]
Optimizer = Literal["lbfgs", "adam"]
StyleLoss = Literal["gram", "mean-variance", "wasserstein", "sliced", "histogram"]

INITS: Final = ("recolor", "content", "noise", "mix", "style", "instant")
RECOLORED: Final = ("recolor", "instant")
"""First images for which the photograph is recolored, also as the content image."""
STYLE_LAYERS: Final = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")


@dataclass(frozen=True, kw_only=True)
class GatysOptions(SharedOptions):
    """How a picture is painted. The defaults suit most pictures.

    ``PaintOptions(method="nearest", ...)`` makes :class:`~impasto.options.nearest.NearestOptions`,
    which has its own options and defaults.
    """

    WHOSE: ClassVar = "impasto paint"
    FORMER: ClassVar = {
        4: {
            "style_loss": "gram",
            "steps": 110,
            "shallow": 0.0,
            "deep_size": 0,
            "first_step": 0.0,
            "faces": 0.0,
            "resampling": "bicubic",
        }
    }

    method: Method = "gatys"
    """gatys matches statistics of feature maps (Gatys et al. 2016). nearest replaces features with
    the style's own (Kolkin et al. 2022)."""
    style_loss: StyleLoss = "wasserstein"
    """Statistic of the feature maps to match: wasserstein (between Gaussians), gram (Gatys et al.),
    mean-variance, sliced (sliced Wasserstein) or histogram (Gram matrices plus histograms)."""
    steps: int = 48
    """Optimizer steps over all sizes; the coarse sizes get more."""
    coarsest: int = 128
    """Longer side of the first size, which is then doubled; 0 paints at one size only."""
    detail: float = 1.0
    """How much of the photograph's fine detail to add at each larger size, if the first image is
    recolor, content or mix."""
    resampling: Literal["lanczos", "bicubic"] = "lanczos"
    """Filter that enlarges small photographs, and the image from size to size. bicubic weakens the
    finest detail in every other row and column."""
    shallow: float = 0.7
    """Share of the steps at each larger size that use only the first three blocks of the network,
    before the whole network is used: they see only strokes, at two fifths of the cost."""
    deep_size: int = 1024
    """Longer side up to which the whole network is used. At larger sizes, the first three blocks
    refine the strokes alone. 0 sets no limit."""
    pooling: Pooling = "average"
    """How the network downsamples its feature maps."""
    pooling_edge: PoolingEdge = "drop"
    """What pooling does with an odd last row or column: drop ignores it, keep pools what is there
    (as TensorFlow's SAME, the courses' programs and Caffe do)."""
    content_layers: tuple[str, ...] = ("conv4_2",)
    """Layers of the content loss. conv4_2 and relu4_2 both mean the feature map after the ReLU."""
    style_layers: tuple[str, ...] = STYLE_LAYERS
    """Layers of the style loss."""
    style_layer_weights: tuple[float, ...] = ()
    """One weight for each style layer; by default all count the same."""
    strength: float = 1.0
    """How far to go: 0 is the photograph, 1 the default, 2 the strongest. The style weight is
    multiplied by its power 1.5, above 1 by its third; below 1 the photograph's own colors
    return."""
    content_weight: float = 1.0
    """Weight of the content loss (alpha)."""
    style_weight: float = 18.0
    """Weight of the style loss (beta). Higher gives more style."""
    total_variation_weight: float = 0.0
    """Weight of the total variation loss. Higher is smoother."""
    pixel_weight: float = 0.0
    """Weight of the difference from the content image in pixels."""
    faces: float = 1.0
    """How much to preserve faces, from 0 to 1: there the content counts more and strokes are
    finer. Pictures without faces stay the same."""
    content_form: ContentForm = "relative"
    """Form of the content loss. relative: independent of size and network. half-sum: 1/2 sum
    (F-P)^2. quarter-mean: sum / (4 s)."""
    style_form: StyleForm = "relative"
    """Form of the style loss. relative: independent of size and network. paper: 1/(4 N^2 M^2) sum
    (G-A)^2."""
    init: str = "recolor"
    """First image: recolor (the photograph in the style's colors, which also becomes the content
    image), content, noise, mix (noise and content), style, instant (the picture of the bundled
    any-style network, refined from half the size on), or an image file."""
    noise_ratio: float = 0.6
    """Share of noise in mix."""
    mix_around: Literal["mean", "black"] = "mean"
    """The color to which mix fades the photograph: mean (the network's mean color) or black, as
    CS20's program does. With black the image is brighter, because the mean color is added
    afterward."""
    optimizer: Optimizer = "lbfgs"
    """lbfgs makes more progress per step; adam needs less memory."""
    learning_rate: float | None = None
    """Adam: levels of 255 per step (default 2). L-BFGS: fraction of its step (default 1)."""
    first_step: float = 0.2
    """L-BFGS: share of the loss that the first step at each size should remove (Polyak's step). 0
    begins like torch's L-BFGS, with steps that are too small to see."""
    history: int = 10
    """Past steps that L-BFGS stores; each takes the memory of two images."""

    def __new__(cls, *, method: str = "gatys", **values: Any) -> GatysOptions:
        """The options of the given method."""
        if method == "nearest":
            return NearestOptions(**values)  # type: ignore[return-value]
        return super().__new__(cls)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole(self, history=1, deep_size=0)
        weights = "content_weight", "style_weight", "total_variation_weight", "pixel_weight"
        check_at_least(self, 0, "detail", *weights)
        check_any_weight(self, "content_weight", "style_weight")
        check_within(self, strength=(0, 2), noise_ratio=(0, 1), shallow=(0, 1), first_step=(0, 1))
        check_within(self, faces=(0, 1))
        if self.style_form != "relative" and self.style_loss != "gram":
            raise OptionError("style_form", "relative, or the style loss gram", self.style_form)
        rate = self.learning_rate
        if rate is not None and not 1e-6 <= number(rate) <= 1000:
            raise OptionError("learning_rate", "a number from 0.000001 to 1000", rate)
        check_layers("content_layers", self.content_layers)
        check_layers("style_layers", self.style_layers)
        check_layer_weights(self.style_layer_weights, self.style_layers)

    @classmethod
    def from_json(  # type: ignore[override]
        cls, values: Mapping[str, Any]
    ) -> GatysOptions | NearestOptions:
        """The options that ``to_json`` wrote, also those of the other method."""
        if values.get("method") == "nearest":
            return NearestOptions.from_json(values)
        return super().from_json(values)


PaintOptions: TypeAlias = GatysOptions
"""The public name of the options for painting."""
