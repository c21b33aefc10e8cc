"""The options of an any-style network and its loss."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from impasto.errors import OptionError
from impasto.training.options import TrainOptions, check_zoom

EncoderKind = Literal["slim", "vgg"]
Form = Literal["relative", "paper"]
Pooling = Literal["average", "max"]

STYLE_LAYERS: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
GRAM_LAYERS: Final = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")

TRAINING: Final = TrainOptions(
    batch=8, learning_rate=1e-3, schedule="cosine", warmup=200, clip=5.0, ema=0.999
)
"""How an any-style network is trained when nothing else is said. The paper: Adam at 1e-4."""


@dataclass(frozen=True, kw_only=True)
class AdainOptions:
    """What an any-style network looks like and what it learns. The defaults are quick to run."""

    encoder: EncoderKind = "slim"
    """slim: learned beside the decoder from VGG's features, ten times as fast. vgg: VGG-16 itself,
    frozen, as in the paper."""
    encoder_width: int = 16
    """Size of a slim encoder: maps of 2, 4 and 8 times as many channels (VGG-16 would be 64)."""
    decoder_width: int = 24
    """Size of the decoder, likewise; the paper's is 64."""
    skip: bool = False
    """The decoder sees the normalized maps of relu3_1, too: finer detail of both pictures."""
    identity_every: int = 8
    """Each so manieth photograph is its own style, so that little strength gives it back; 0 for
    none."""
    zoom: tuple[float, float] = (1.0, 1.4)
    """Smallest and largest zoom of a crop: 1 takes a picture's whole shorter side."""
    network: str = "vgg16"
    """What sees the losses, and is the encoder vgg: vgg16, or a weights file of impasto's own."""
    pooling: Pooling = "average"
    """How that network and the encoder halve their maps."""
    content_layer: str = "relu4_1"
    """Feature map that is to become that of the photograph with the style's statistics."""
    style_layers: tuple[str, ...] = STYLE_LAYERS
    """Feature maps whose means and deviations are the style."""
    gram_layers: tuple[str, ...] = GRAM_LAYERS
    """Feature maps whose Gram matrices are the style, where --gram-weight is above 0."""
    content_weight: float = 1.0
    """How much the photograph is kept."""
    style_weight: float = 10.0
    """How much the style's means and deviations are taken on."""
    gram_weight: float = 0.0
    """How much the style's Gram matrices are taken on: channels that occur together."""
    distill_weight: float = 1.0
    """How closely a slim encoder's maps are to tell those of VGG."""
    total_variation_weight: float = 0.0
    """Smoothness: how much neighboring pixels are drawn together."""
    recolor: bool = True
    """The network is given the photograph in the style's colors, as impasto paint begins with."""
    tone_weight: float = 20.0
    """How much those colors are kept, seen from afar: squares of eight pixels."""
    form: Form = "relative"
    """relative: each distance by its target's energy, free of the weights' scale. paper: means of
    squares."""

    def __post_init__(self) -> None:
        for name, least in _WHOLE_AT_LEAST.items():
            value = getattr(self, name)
            if not isinstance(value, int) or not least <= value < 2**31:
                raise OptionError(name, f"a whole number of at least {least}", value)
        for name in _WEIGHTS:
            value = getattr(self, name)
            if not (isinstance(value, (int, float)) and 0 <= value < math.inf):
                raise OptionError(name, "a number of at least 0", value)
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise OptionError(name, " or ".join(choices), getattr(self, name))
        check_zoom(self.zoom)
        for name in ("style_layers", "gram_layers"):
            _check_layers(name, getattr(self, name))
        _check_layers("content_layer", (self.content_layer,))
        if not (self.content_weight or self.style_weight or self.gram_weight):
            names = "content_weight, style_weight, gram_weight"
            raise OptionError(names, "at least one above 0", 0)

    def to_json(self) -> dict[str, Any]:
        """Plain values by option name, for checkpoints and manifests."""
        values = dataclasses.asdict(self)
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> AdainOptions:
        """The options that :meth:`to_json` wrote.

        Raises:
            OptionError: A name that is no option, or a value it cannot have.
        """
        known = {each.name for each in dataclasses.fields(cls)}
        for name in values:
            if name not in known:
                raise OptionError(name, "an option of impasto train adain", values[name])
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return cls(**plain)


def _check_layers(option: str, layers: tuple[str, ...]) -> None:
    if not layers or isinstance(layers, str):
        raise OptionError(option, "at least one layer, in a tuple", layers)
    for layer in layers:
        if not re.fullmatch(r"(conv|relu)[1-5]_[1-4]", str(layer)):
            raise OptionError(option, "layers such as conv4_1 or relu4_1", layer)
    if len({layer[-3:] for layer in layers}) < len(layers):
        raise OptionError(option, "every layer once", layers)


_WHOLE_AT_LEAST: Final[Mapping[str, int]] = {
    "encoder_width": 1,
    "decoder_width": 1,
    "identity_every": 0,
}

_WEIGHTS: Final = (
    "content_weight",
    "style_weight",
    "gram_weight",
    "distill_weight",
    "total_variation_weight",
    "tone_weight",
)

_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "encoder": ("slim", "vgg"),
    "pooling": ("average", "max"),
    "form": ("relative", "paper"),
}
