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
from impasto.options.shared import Method, Pooling, SharedOptions

ContentForm = Literal["relative", "half-sum", "quarter-mean"]
StyleForm = Literal["relative", "paper"]
Optimizer = Literal["lbfgs", "adam"]
StyleLoss = Literal["gram", "mean-variance", "wasserstein", "sliced", "histogram"]

INITS: Final = ("recolor", "content", "noise", "mix", "style")
STYLE_LAYERS: Final = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")


@dataclass(frozen=True, kw_only=True)
class GatysOptions(SharedOptions):
    """How a picture is painted. The defaults are the recipe that suits most pictures.

    ``PaintOptions(method="nearest", ...)`` makes
    :class:`~impasto.options.nearest.NearestOptions`, which has options and defaults of its own.
    """

    WHOSE: ClassVar = "impasto paint"

    method: Method = "gatys"
    """gatys: statistics of feature maps, by gradients (Gatys et al. 2016); nearest: the style's own
    features pasted (Kolkin et al. 2022)."""
    style_loss: StyleLoss = "gram"
    """What of the feature maps is compared: gram, mean-variance, wasserstein (of Gaussians), sliced
    (Wasserstein), or histogram (Gram matrices assisted by histograms)."""
    steps: int = 110
    """Optimizer steps, over all sizes together; the coarse sizes get more."""
    coarsest: int = 128
    """Longer side at which the painting begins, then doubled; 0 for one size only."""
    detail: float = 1.0
    """Share of the photograph's fine detail that comes in with each larger size, where the first
    image is recolor, content or mix."""
    pooling: Pooling = "average"
    """How the network halves its maps."""
    content_layers: tuple[str, ...] = ("conv4_2",)
    """Feature maps that hold what is seen; conv4_2 and relu4_2 both mean the map after the ReLU."""
    style_layers: tuple[str, ...] = STYLE_LAYERS
    """Feature maps that hold the style."""
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

    def __new__(cls, *, method: str = "gatys", **values: Any) -> GatysOptions:
        """Options of the method that is named."""
        if method == "nearest":
            return NearestOptions(**values)  # type: ignore[return-value]
        return super().__new__(cls)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole(self, history=1)
        weights = "content_weight", "style_weight", "total_variation_weight", "pixel_weight"
        check_at_least(self, 0, "detail", *weights)
        check_any_weight(self, "content_weight", "style_weight")
        check_within(self, noise_ratio=(0, 1))
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
        """The options that ``to_json`` wrote, those of another method too."""
        if values.get("method") == "nearest":
            return NearestOptions.from_json(values)
        return super().from_json(values)


PaintOptions: TypeAlias = GatysOptions
"""The public name of the options of painting."""
