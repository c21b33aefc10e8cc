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
from impasto.options.values import Options, switched_on

EncoderKind = Literal["slim", "vgg"]
Form = Literal["relative", "paper"]

STYLE_LAYERS: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")

TRAINING: Final = TrainOptions(
    batch=8, learning_rate=1e-3, schedule="cosine", warmup=200, clip=5.0, ema=0.999
)
"""Default training of an any-style network. The paper uses Adam at 1e-4."""


@dataclass(frozen=True, kw_only=True)
class AdainOptions(Options):
    """Shape and loss of an any-style network. The defaults are fast."""

    WHOSE: ClassVar = "impasto train adain"

    encoder: EncoderKind = "slim"
    """slim: learned together with the decoder from VGG features, ten times as fast. vgg: VGG-16
    itself, frozen, as in the paper."""
    encoder_width: int = 16
    """Size of a slim encoder: its maps have 2, 4 and 8 times as many channels (VGG-16 would be
    64)."""
    decoder_width: int = 24
    """Size of the decoder, in the same units; the paper's is 64."""
    skips: int = 2
    """Finer encoder maps that the decoder also gets, normalized: 1 adds relu3_1, 2 adds relu2_1.
    Edges stay sharp and training is much faster; 0 is the paper's."""
    residual: bool = switched_on("Start from gray, as the paper's network does.")
    """Add to the photograph instead of starting from gray, so that only strokes must be learned.
    The paper's network starts from gray."""
    conditional: bool = switched_on("Use one decoder for all styles, as in the paper.")
    """Let the style also scale the decoder's channels, so that styles differ in their strokes. The
    paper's decoder is the same for all styles."""
    identity_every: int = 8
    """Use every Nth photograph as its own style, so that low strength reproduces it; 0 turns this
    off."""
    zoom: tuple[float, float] = (1.0, 1.4)
    """Smallest and largest zoom of a photograph's crop; 1 takes the whole shorter side."""
    style_zoom: tuple[float, float] = (1.0, 1.4)
    """The same for paintings; more zoom teaches larger strokes."""
    network: str = "vgg16"
    """Network for the losses and for the encoder vgg: vgg16, or a weights file in impasto's
    format."""
    pooling: Pooling = "average"
    """How that network and the encoder downsample their maps."""
    content_layer: str = "relu4_1"
    """Layer of the content loss: its target is the photograph's map with the style's statistics."""
    style_layers: tuple[str, ...] = STYLE_LAYERS
    """Layers whose means and deviations are matched."""
    gram_layers: tuple[str, ...] = STYLE_LAYERS
    """Layers whose Gram matrices are matched, if --gram-weight is above 0."""
    content_weight: float = 1.0
    """Weight of the content loss."""
    style_weight: float = 10.0
    """Weight of the loss on means and deviations."""
    gram_weight: float = 2.0
    """Weight of the loss on Gram matrices. The paper has none."""
    distill_weight: float = 1.0
    """Weight of the loss that makes a slim encoder predict VGG's maps."""
    total_variation_weight: float = 0.0
    """Weight of the total variation loss. Higher is smoother."""
    recolor: bool = switched_on("Give the network the photograph in its own colors.")
    """Give the network the photograph in the style's colors, as impasto paint does."""
    tone_weight: float = 20.0
    """Weight of the loss on coarse colors, in squares of eight pixels."""
    form: Form = "relative"
    """Form of the losses. relative: each distance divided by its target's energy. paper: mean
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
