"""The options of a style network and its loss."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from impasto.errors import OptionError
from impasto.training.options import TrainOptions

Form = Literal["relative", "paper"]
Layout = Literal["half", "paper"]
Pooling = Literal["average", "max"]

STYLE_LAYERS: Final = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")

TRAINING: Final = TrainOptions(
    batch=4, learning_rate=2e-3, schedule="cosine", warmup=100, clip=5.0, ema=0.998
)
"""How a style network is trained when nothing else is said. The paper: Adam at 1e-3, constant."""


@dataclass(frozen=True, kw_only=True)
class JohnsonOptions:
    """What a style network looks like and what it learns. The defaults suit most styles."""

    width: int = 16
    """Channels of the first convolution: more see and remember more, and take longer."""
    blocks: int = 5
    """Residual blocks in the middle."""
    layout: Layout = "half"
    """half: at half the resolution throughout, fast. paper: Johnson's, four times the work."""
    identity: bool = True
    """Learn to give the photograph back, too, so that strength fades within the network."""
    grain: float = 0.05
    """Noise beside the photograph, of 1, for strokes to begin with where it is flat; 0 for none."""
    network: str = "vgg16"
    """What sees the losses: vgg16, vgg19, or a weights file of impasto's own."""
    pooling: Pooling = "average"
    """How that network halves its maps."""
    content_layers: tuple[str, ...] = ("relu3_3",)
    """Feature maps that hold what is seen."""
    style_layers: tuple[str, ...] = STYLE_LAYERS
    """Feature maps that hold the manner."""
    style_layer_weights: tuple[float, ...] = ()
    """One weight a style layer; all alike when none are given."""
    content_weight: float = 1.0
    """How much the photograph is kept."""
    style_weight: float = 4.0
    """How much the style is taken on."""
    total_variation_weight: float = 1.0
    """Smoothness: how much neighboring pixels are drawn together."""
    pixel_weight: float = 0.0
    """How much the pixels themselves stay those of the photograph."""
    recolor: bool = True
    """What is kept is the photograph in the style's colors: light stays light, and each color of
    the style finds its place."""
    tone_weight: float = 20.0
    """How much the colors are kept, seen from afar: squares of eight pixels."""
    shift_weight: float = 1.5
    """How much maps are to resemble themselves a few pixels on as much as the style's do, and no
    more: against lattices of one stroke."""
    form: Form = "relative"
    """relative: free of size and network, styles pull alike. paper: 1/(CHW) and Frobenius."""
    style_size: int = 448
    """Longer side of the style images in pixels: larger gives larger strokes."""

    def __post_init__(self) -> None:
        for name, least in _WHOLE_AT_LEAST.items():
            value = getattr(self, name)
            if not isinstance(value, int) or not least <= value < 2**31:
                raise OptionError(name, f"a whole number of at least {least}", value)
        for name in _WEIGHTS:
            value = getattr(self, name)
            if not (isinstance(value, (int, float)) and 0 <= value < math.inf):
                raise OptionError(name, "a number of at least 0", value)
        if not (isinstance(self.grain, (int, float)) and 0 <= self.grain <= 1):
            raise OptionError("grain", "a number from 0 to 1", self.grain)
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise OptionError(name, " or ".join(choices), getattr(self, name))
        self._check_layers()
        if not self.content_weight and not self.style_weight:
            raise OptionError("content_weight, style_weight", "at least one above 0", 0)

    def _check_layers(self) -> None:
        for option in ("content_layers", "style_layers"):
            layers = getattr(self, option)
            if not layers or isinstance(layers, str):
                raise OptionError(option, "at least one layer, in a tuple", layers)
            for layer in layers:
                if not re.fullmatch(r"(conv|relu)[1-5]_[1-4]", str(layer)):
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
        """Plain values by option name, for checkpoints and manifests."""
        values = dataclasses.asdict(self)
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> JohnsonOptions:
        """The options that :meth:`to_json` wrote.

        Raises:
            OptionError: A name that is no option, or a value it cannot have.
        """
        known = {each.name for each in dataclasses.fields(cls)}
        for name in values:
            if name not in known:
                raise OptionError(name, "an option of impasto train johnson", values[name])
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return cls(**plain)


_WHOLE_AT_LEAST: Final[Mapping[str, int]] = {"width": 1, "blocks": 0, "style_size": 32}

_WEIGHTS: Final = (
    "content_weight",
    "style_weight",
    "total_variation_weight",
    "pixel_weight",
    "tone_weight",
    "shift_weight",
)

_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "layout": ("half", "paper"),
    "pooling": ("average", "max"),
    "form": ("relative", "paper"),
}
