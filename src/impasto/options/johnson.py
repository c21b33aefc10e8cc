"""The options of a style network and its loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Literal

from impasto.errors import OptionError
from impasto.options.checks import (
    check_any_weight,
    check_at_least,
    check_choices,
    check_layer_weights,
    check_layers,
    check_whole,
    check_within,
    check_zoom,
)
from impasto.options.shared import Pooling
from impasto.options.training import TrainOptions
from impasto.options.values import Former, Options, switched_on

Form = Literal["relative", "paper"]
Layout = Literal["half", "paper", "ghiasi"]

_FROM_SCRATCH: Final[Mapping[str, Any]] = {
    "width": 16, "layout": "half", "pretrained": False,
    "grain": 0.05, "content_layers": ("relu3_3",),
    "style_layers": ("relu1_2", "relu2_2", "relu3_3", "relu4_3"),
    "style_weight": 4.0, "recolor": True, "tone_weight": 20.0, "light_weight": 0.0,
    "structure_weight": 0.0, "grid_weight": 0.0, "shift_weight": 1.5,
    "code_weight": 0.0, "style_size": 448,
}  # fmt: skip

STYLE_LAYERS: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")

TRAINING: Final = TrainOptions(
    steps=1200, batch=4, size=192, schedule="cosine", warmup=50, clip=5.0, ema=0.99
)
"""Default training of a style network: a quarter of an hour on two cores."""


@dataclass(frozen=True, kw_only=True)
class JohnsonOptions(Options):
    """Shape and losses of a style network. The defaults suit most styles.

    The defaults begin with the any-style network and use the losses of `impasto paint`. Until
    version 4 they were those of the preset ``scratch``.
    """

    WHOSE: ClassVar = "impasto train johnson"

    FORMER: ClassVar[Former] = {4: _FROM_SCRATCH}

    width: int = 8
    """Channels of the first convolution. A wider network is more capable but slower."""
    middle: int = 0
    """Channels of the residual blocks (--layout ghiasi); 0 is four times --width."""
    coarse: int = 0
    """Channels of three residual blocks at an eighth of the size (--layout ghiasi), for large
    shapes; 0 for none."""
    kernel: int = 9
    """Size of the first and the last kernel (--layout ghiasi)."""
    blocks: int = 5
    """Residual blocks."""
    layout: Layout = "ghiasi"
    """ghiasi: as in the bundled networks. half: works at half resolution. paper: Johnson's layout,
    four times the work of half."""
    pretrained: bool = switched_on("Start from random weights.")
    """Start from the weights of the any-style network and its code for each style. Needs --layout
    ghiasi --width 8 --blocks 5."""
    identity: bool = switched_on(
        "Do not learn to reproduce the photograph; --strength then fades to it, pixel by pixel."
    )
    """Also learn to reproduce the photograph, so that --strength works inside the network."""
    grain: float = 0.0
    """Amount of noise added to the input, from 0 to 1, so that strokes can start in flat areas; 0
    turns it off."""
    network: str = "vgg16"
    """Network that computes the losses: vgg16, vgg19, or a weights file in impasto's format."""
    pooling: Pooling = "average"
    """How that network downsamples its feature maps."""
    content_layers: tuple[str, ...] = ("relu4_2",)
    """Layers of the content loss."""
    style_layers: tuple[str, ...] = STYLE_LAYERS
    """Layers of the style loss."""
    style_layer_weights: tuple[float, ...] = ()
    """One weight for each style layer; by default all count the same."""
    content_weight: float = 1.0
    """Weight of the content loss."""
    style_weight: float = 5.0
    """Weight of the style loss. Higher gives more style."""
    total_variation_weight: float = 1.0
    """Weight of the total variation loss. Higher is smoother."""
    pixel_weight: float = 0.0
    """Weight of the difference from the photograph in pixels."""
    recolor: bool = False
    """Use the photograph in the style's colors as the content image, so that light areas stay light
    and each color of the style finds its place."""
    tone_weight: float = 0.0
    """Weight of the loss on coarse colors, in squares of eight pixels."""
    light_weight: float = 10.0
    """Weight of the loss on the photograph's light and dark: the lightness of squares of 16 pixels,
    and the contrast within them."""
    structure_weight: float = 1.0
    """Weight of the loss on the photograph's structure: how lightness varies within squares of nine
    pixels, whatever its contrast. Higher keeps windows, branches and eyes crisper."""
    grid_weight: float = 300.0
    """Weight of the loss on patterns that repeat with the network's own grid, such as dots or a
    weave in even areas."""
    shift_weight: float = 0.0
    """Weight of the loss on repetition, which limits how much feature maps repeat after a few
    pixels to what the style's do. It prevents grids of one stroke."""
    code_weight: float = 0.4
    """Weight of the distance between the codes that the any-style network gives the picture and the
    style, relative to the distance of photographs."""
    form: Form = "relative"
    """Form of the losses. relative: independent of size and network, the same for weak and strong
    styles. paper: 1/(CHW) and the Frobenius norm."""
    style_size: int = 512
    """Longer side of the style images in pixels. Larger gives larger strokes."""
    zoom: tuple[float, float] = (1.0, 1.4)
    """Smallest and largest zoom of a crop; 1 takes the photograph's whole shorter side."""
    flip: bool = switched_on("Do not mirror crops.")
    """Mirror half of the crops."""

    def __post_init__(self) -> None:
        check_whole(
            self, below=2**31, width=1, middle=0, coarse=0, kernel=1, blocks=0, style_size=32
        )
        check_at_least(self, 0, *_WEIGHTS)
        check_within(self, grain=(0, 1))
        check_choices(self)
        check_layers("content_layers", self.content_layers)
        check_layers("style_layers", self.style_layers)
        check_layer_weights(self.style_layer_weights, self.style_layers)
        check_any_weight(self, "content_weight", "style_weight")
        check_zoom("zoom", self.zoom)
        for name, none in (("middle", 0), ("coarse", 0), ("kernel", 9)):
            if self.layout != "ghiasi" and getattr(self, name) != none:
                expected = f"{none} with layout {self.layout} (see --preset scratch)"
                raise OptionError(name, expected, getattr(self, name))
        if not self.kernel % 2 or self.kernel > 9:
            raise OptionError("kernel", "1, 3, 5, 7 or 9", self.kernel)
        shape = self.layout, self.width, self.blocks
        if self.pretrained and (shape != ("ghiasi", 8, 5) or 0 < self.middle < 4 * self.width):
            expected = (
                "layout ghiasi, width 8, 5 blocks and a middle of 32 or more; "
                "a network of another shape starts from random weights (--no-pretrained)"
            )
            raise OptionError("pretrained", expected, (*shape, self.middle))


_WEIGHTS: Final = (
    "content_weight", "style_weight", "total_variation_weight", "pixel_weight", "tone_weight",
    "light_weight", "structure_weight", "grid_weight", "shift_weight", "code_weight",
)  # fmt: skip

SCRATCH: Final = JohnsonOptions(**_FROM_SCRATCH)
"""A network of our own, smaller than the paper's, from random weights."""

SCRATCH_TRAINING: Final = TrainOptions(
    batch=4, learning_rate=2e-3, schedule="cosine", warmup=100, clip=5.0, ema=0.998
)

PAPER: Final = replace(
    SCRATCH, width=32, layout="paper", identity=False, grain=0.0, pooling="max", form="paper",
    # The paper states no weights. These are from its authors' program, fast-neural-style, which
    # also takes means over the entries of Gram matrices.
    content_weight=1.0, style_weight=5.0, style_size=256,
    style_layer_weights=(64**-2, 128**-2, 256**-2, 512**-2),
    # The paper's 1e-6, of a sum over 256 x 256 x 3 values of 0 to 255; ours is a mean over [0, 1].
    total_variation_weight=round(1e-6 * 255**2 * 3 * 256**2),
    recolor=False, tone_weight=0.0, light_weight=0.0, structure_weight=0.0,
    grid_weight=0.0, shift_weight=0.0, code_weight=0.0, zoom=(1.0, 1.0), flip=False,
)  # fmt: skip
"""Johnson et al. 2016, section 4.1 and supplement; docs/methods/johnson.md says what differs."""

PAPER_TRAINING: Final = TrainOptions(
    epochs=2, batch=4, size=256, learning_rate=1e-3, beta2=0.999, precision="fp32"
)
"""Adam at a constant learning rate, without clipping or averaging."""

PRESETS: Final[Mapping[str, tuple[JohnsonOptions, TrainOptions]]] = {
    "default": (JohnsonOptions(), TRAINING),
    "scratch": (SCRATCH, SCRATCH_TRAINING),
    "paper": (PAPER, PAPER_TRAINING),
}
