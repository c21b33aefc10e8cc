"""The options of a style network and its loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from impasto.options.checks import (
    check_any_weight,
    check_at_least,
    check_choices,
    check_layer_weights,
    check_layers,
    check_whole,
    check_within,
)
from impasto.options.shared import Pooling
from impasto.options.training import TrainOptions
from impasto.options.values import Options

Form = Literal["relative", "paper"]
Layout = Literal["half", "paper"]

STYLE_LAYERS: Final = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")

TRAINING: Final = TrainOptions(
    batch=4, learning_rate=2e-3, schedule="cosine", warmup=100, clip=5.0, ema=0.998
)
"""How a style network is trained when nothing else is said. The paper: Adam at 1e-3, constant."""


@dataclass(frozen=True, kw_only=True)
class JohnsonOptions(Options):
    """What a style network looks like and what it learns. The defaults suit most styles."""

    WHOSE: ClassVar = "impasto train johnson"

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
        check_whole(self, below=2**31, width=1, blocks=0, style_size=32)
        check_at_least(self, 0, *_WEIGHTS)
        check_within(self, grain=(0, 1))
        check_choices(self)
        check_layers("content_layers", self.content_layers)
        check_layers("style_layers", self.style_layers)
        check_layer_weights(self.style_layer_weights, self.style_layers)
        check_any_weight(self, "content_weight", "style_weight")


_WEIGHTS: Final = (
    "content_weight", "style_weight", "total_variation_weight", "pixel_weight", "tone_weight",
    "shift_weight",
)  # fmt: skip
