"""The options of an any-style network and its loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from impasto.errors import OptionError
from impasto.options.checks import (
    check_any_weight,
    check_at_least,
    check_choices,
    check_layers,
    check_whole,
    check_zoom,
)
from impasto.options.shared import Pooling
from impasto.options.training import TrainOptions
from impasto.options.values import Options

EncoderKind = Literal["slim", "vgg"]
Form = Literal["relative", "paper"]

STYLE_LAYERS: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")

TRAINING: Final = TrainOptions(
    batch=8, learning_rate=1e-3, schedule="cosine", warmup=200, clip=5.0, ema=0.999
)
"""How an any-style network is trained when nothing else is said. The paper: Adam at 1e-4."""


@dataclass(frozen=True, kw_only=True)
class AdainOptions(Options):
    """What an any-style network looks like and what it learns. The defaults are quick to run."""

    WHOSE: ClassVar = "impasto train adain"

    encoder: EncoderKind = "slim"
    """slim: learned beside the decoder from VGG's features, ten times as fast. vgg: VGG-16 itself,
    frozen, as in the paper."""
    encoder_width: int = 16
    """Size of a slim encoder: maps of 2, 4 and 8 times as many channels (VGG-16 would be 64)."""
    decoder_width: int = 24
    """Size of the decoder, likewise; the paper's is 64."""
    skips: int = 2
    """Finer maps of the encoder that the decoder sees, too, normalized: 1 is relu3_1, 2 adds
    relu2_1. Edges stay sharp, and it learns far sooner; 0 is the paper's."""
    residual: bool = True
    """Paint over the photograph: its edges and colors are there already, and only strokes must be
    learned. Without it the network begins with gray, as the paper's."""
    conditional: bool = True
    """The style also sets how loud each of the decoder's channels is, so that every style can have
    a brush of its own. The paper's decoder is the same for all."""
    identity_every: int = 8
    """Each so manieth photograph is its own style, so that little strength gives it back; 0 for
    none."""
    zoom: tuple[float, float] = (1.0, 1.4)
    """Smallest and largest zoom of a photograph's crop: 1 takes its whole shorter side."""
    style_zoom: tuple[float, float] = (1.0, 1.4)
    """The same of a painting's: more zoom makes larger strokes to be learned from."""
    network: str = "vgg16"
    """What sees the losses, and is the encoder vgg: vgg16, or a weights file of impasto's own."""
    pooling: Pooling = "average"
    """How that network and the encoder halve their maps."""
    content_layer: str = "relu4_1"
    """Feature map that is to become that of the photograph with the style's statistics."""
    style_layers: tuple[str, ...] = STYLE_LAYERS
    """Feature maps whose means and deviations are the style."""
    gram_layers: tuple[str, ...] = STYLE_LAYERS
    """Feature maps whose Gram matrices are the style, where --gram-weight is above 0."""
    content_weight: float = 1.0
    """How much the photograph is kept."""
    style_weight: float = 10.0
    """How much the style's means and deviations are taken on."""
    gram_weight: float = 2.0
    """How much the style's Gram matrices are taken on: channels that occur together. The paper's
    loss has none."""
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
        check_whole(self, below=2**31, encoder_width=1, decoder_width=1, identity_every=0)
        check_at_least(self, 0, *_WEIGHTS)
        check_choices(self)
        if self.skips not in (0, 1, 2):
            raise OptionError("skips", "0, 1 or 2", self.skips)
        check_zoom("zoom", self.zoom)
        check_zoom("style_zoom", self.style_zoom)
        for name in ("style_layers", "gram_layers"):
            check_layers(name, getattr(self, name), "conv4_1")
        check_layers("content_layer", (self.content_layer,), "conv4_1")
        check_any_weight(self, "content_weight", "style_weight", "gram_weight")


_WEIGHTS: Final = (
    "content_weight", "style_weight", "gram_weight", "distill_weight", "total_variation_weight",
    "tone_weight",
)  # fmt: skip
