"""The options of a pair of generators and their losses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from impasto.errors import OptionError
from impasto.options.checks import check_at_least, check_choices, check_whole, check_zoom
from impasto.options.training import TrainOptions
from impasto.options.values import Options, switched_on

Adversarial = Literal["least-squares", "log-likelihood"]
Resampling = Literal["smooth", "transposed"]

TRAINING: Final = TrainOptions(
    batch=1, learning_rate=2e-4, schedule="linear", decay_from=0.5, ema=0.999
)
"""Default training of a pair: as in the paper, with averaged weights."""


@dataclass(frozen=True, kw_only=True)
class CycleGANOptions(Options):
    """Shape and losses of the networks: as in the paper, except for resampling."""

    WHOSE: ClassVar = "impasto train cyclegan"

    width: int = 64
    """Channels of the generators' first convolution; half as many take a quarter of the time."""
    blocks: int = 9
    """Residual blocks of a generator; the paper has 6 for 128 px and 9 from 256 px on."""
    resampling: Resampling = "smooth"
    """smooth: filtered, no checkerboard. transposed: transposed convolutions, as in the paper."""
    residual: bool = False
    """Generators add to the picture instead of making a new one. They learn the style sooner but
    change shapes less. The paper does not do this."""
    start_style: str = ""
    """A bundled style, or a blend such as wheat-field:0.5,starry-night:0.5, whose network the
    generator from photographs starts from. It then has the layers of `impasto train johnson`, and
    --width, --blocks and --residual apply only to the generator back. Not in the paper."""
    discriminator_width: int = 64
    """Channels of the discriminators' first convolution."""
    adversarial: Adversarial = "least-squares"
    """Adversarial loss: least-squares or log-likelihood."""
    cycle_weight: float = 10.0
    """Weight of the cycle consistency loss (lambda)."""
    identity_weight: float = 0.5
    """Weight of the identity loss, relative to the cycle weight; 0 turns it off."""
    gram_weight: float = 0.0
    """Weight of a loss that matches the mean Gram matrices of real pictures, in VGG-16. Strokes
    appear much sooner. The paper has none."""
    gram_pool: int = 0
    """Past real pictures of each set to choose from: each generated picture is compared with the
    real one most like its source, a sky with a painted sky. 0 compares with the mean of the step's
    real pictures."""
    content_weight: float = 0.0
    """Weight of a loss that keeps VGG-16's deepest feature map. It prevents blots, which the
    generator back could undo. The paper has none."""
    pool: int = 50
    """Number of past pictures that the discriminators also see; 0 turns this off."""
    zoom: tuple[float, float] = (1.0, 1.12)
    """Smallest and largest zoom of a crop; 1 takes the picture's whole shorter side."""
    flip: bool = switched_on("Mirror no crops.")
    """Mirror half of the crops."""
    photo_name: str = "photo"
    """Name of the first set, used in model names."""
    painting_name: str = "painting"
    """Name of the second set: van-gogh makes photo-to-van-gogh and van-gogh-to-photo."""

    def __post_init__(self) -> None:
        check_whole(
            self, below=2**31, width=1, blocks=0, discriminator_width=1, pool=0, gram_pool=0
        )
        weights = "cycle_weight", "identity_weight", "gram_weight", "content_weight"
        check_at_least(self, 0, *weights)
        check_choices(self)
        check_zoom("zoom", self.zoom)
        self._check_names()

    @property
    def directions(self) -> tuple[str, str]:
        """Names of the two generators, that from photographs first."""
        photo, painting = self.photo_name, self.painting_name
        return f"{photo}-to-{painting}", f"{painting}-to-{photo}"

    @property
    def perceptual(self) -> bool:
        """Whether a loss uses VGG."""
        return bool(self.gram_weight or self.content_weight)

    def _check_names(self) -> None:
        for name in ("photo_name", "painting_name"):
            value = getattr(self, name)
            # They become names of files and styles.
            if not re.fullmatch(r"\w[\w.-]*", str(value)):
                raise OptionError(name, "letters, digits, hyphens and dots", value)
        if self.photo_name == self.painting_name:
            raise OptionError(
                "painting_name", "another name than the photographs'", self.photo_name
            )
