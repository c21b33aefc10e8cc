"""The options of a painting, their validity and the presets."""

from __future__ import annotations

import dataclasses
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from impasto.errors import OptionError

Pooling = Literal["average", "max"]
ContentForm = Literal["relative", "half-sum", "quarter-mean"]
StyleForm = Literal["relative", "paper"]
Optimizer = Literal["lbfgs", "adam"]
Precision = Literal["auto", "bf16", "fp32"]

INITS: Final = ("recolor", "content", "noise", "mix", "style")
STYLE_LAYERS: Final = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")


@dataclass(frozen=True, kw_only=True)
class PaintOptions:
    """How a picture is painted. The defaults are the recipe that suits most pictures."""

    size: int = 512
    """Longer side of the result in pixels; 0 keeps the photograph's own size."""
    crop_fit: tuple[int, int] | None = None
    """Width and height of the result: photograph and style are cut to this shape."""
    style_scale: float = 1.0
    """Longer side of the style image relative to the result's: larger gives larger strokes."""
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
    """Of the convolutions. auto: bf16 where the processor computes in it, else fp32."""

    def __post_init__(self) -> None:
        if isinstance(self.init, os.PathLike):
            object.__setattr__(self, "init", os.fspath(self.init))
        for name, least in _WHOLE_AT_LEAST.items():
            value = getattr(self, name)
            if not isinstance(value, int) or not least <= value < 2**63:
                raise OptionError(name, f"a whole number of at least {least}", value)
        for name, low in _AT_LEAST.items():
            if not low <= _number(getattr(self, name)) < math.inf:
                raise OptionError(name, f"a number of at least {low:g}", getattr(self, name))
        if not self.content_weight and not self.style_weight:
            raise OptionError("content_weight, style_weight", "at least one above 0", 0)
        if not 0 <= _number(self.noise_ratio) <= 1:
            raise OptionError("noise_ratio", "a number from 0 to 1", self.noise_ratio)
        if self.crop_fit is not None and not _is_shape(self.crop_fit):
            raise OptionError("crop_fit", "a width and a height of at least 1", self.crop_fit)
        if self.learning_rate is not None and not 0 < _number(self.learning_rate) < math.inf:
            raise OptionError("learning_rate", "a number above 0", self.learning_rate)
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise OptionError(name, " or ".join(choices), getattr(self, name))
        self._check_layers()

    def _check_layers(self) -> None:
        for option in ("content_layers", "style_layers"):
            layers = getattr(self, option)
            if not layers or isinstance(layers, str):
                raise OptionError(option, "at least one layer, in a tuple", layers)
            for layer in layers:
                if not _is_layer(layer):
                    raise OptionError(option, "layers such as conv4_2 or relu4_2", layer)
            if len({layer[-3:] for layer in layers}) < len(layers):
                raise OptionError(option, "every layer once", layers)
        weights = self.style_layer_weights
        if weights and len(weights) != len(self.style_layers):
            expected = f"one weight for each of the {len(self.style_layers)} style layers"
            raise OptionError("style_layer_weights", expected, weights)
        if weights and not (min(weights) >= 0 and 0 < sum(weights) < math.inf):
            raise OptionError("style_layer_weights", "weights of 0 or more, one above 0", weights)

    def to_json(self) -> dict[str, Any]:
        """Plain values by option name, for checkpoints, manifests and logs."""
        values = dataclasses.asdict(self)
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> PaintOptions:
        """The options that :meth:`to_json` wrote, lists become tuples again.

        Raises:
            OptionError: A name that is no option, or a value it cannot have.
        """
        known = {each.name for each in dataclasses.fields(cls)}
        for name in values:
            if name not in known:
                raise OptionError(name, "an option of impasto paint", values[name])
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return cls(**plain)


_WHOLE_AT_LEAST: Final[Mapping[str, int]] = {
    "size": 0,
    "steps": 1,
    "coarsest": 0,
    "history": 1,
    "seed": 0,
}

_AT_LEAST: Final[Mapping[str, float]] = {
    "detail": 0,
    "style_scale": 0.05,
    "content_weight": 0,
    "style_weight": 0,
    "total_variation_weight": 0,
    "pixel_weight": 0,
}

_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "pooling": ("average", "max"),
    "content_form": ("relative", "half-sum", "quarter-mean"),
    "style_form": ("relative", "paper"),
    "optimizer": ("lbfgs", "adam"),
    "precision": ("auto", "bf16", "fp32"),
}


def _number(value: object) -> float:
    """The value, or NaN, which no comparison lets through, when it is no number."""
    return value if isinstance(value, (int, float)) else math.nan


def _is_shape(sides: tuple[int, ...]) -> bool:
    return len(sides) == 2 and all(isinstance(side, int) and side >= 1 for side in sides)


def _is_layer(name: str) -> bool:
    return re.fullmatch(r"(conv|relu)[1-5]_[1-4]", name) is not None
