"""The options of a pair of generators and of what they learn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from impasto.errors import OptionError
from impasto.options.checks import check_at_least, check_choices, check_whole, check_zoom
from impasto.options.training import TrainOptions
from impasto.options.values import Options

Adversarial = Literal["least-squares", "log-likelihood"]
Resampling = Literal["smooth", "transposed"]

TRAINING: Final = TrainOptions(
    batch=1, learning_rate=2e-4, schedule="linear", decay_from=0.5, ema=0.999
)
"""How a pair is trained when nothing else is said: as in the paper, and the weights averaged."""


@dataclass(frozen=True, kw_only=True)
class CycleGANOptions(Options):
    """What the networks look like and what they learn: as in the paper, but for resampling."""

    WHOSE: ClassVar = "impasto train cyclegan"

    width: int = 64
    """Channels of the generators' first convolution: half of it takes a quarter of the time."""
    blocks: int = 9
    """Residual blocks in the middle of a generator; the paper has 6 for 128 px, 9 from 256 on."""
    resampling: Resampling = "smooth"
    """smooth: filtered, no checkerboard. transposed: the paper's transposed convolutions."""
    residual: bool = False
    """Generators add to the picture in place of making it anew: they begin with the picture itself
    and learn the manner sooner, but change shapes less. The paper's make it anew."""
    discriminator_width: int = 64
    """Channels of the discriminators' first convolution."""
    adversarial: Adversarial = "least-squares"
    """Form of the contest between generators and discriminators: least-squares, log-likelihood."""
    cycle_weight: float = 10.0
    """How much what was translated there and back has to be the picture again: lambda."""
    identity_weight: float = 0.5
    """How much a picture that is in the wanted manner already has to stay, of lambda; 0: not."""
    gram_weight: float = 0.0
    """How much what is made takes on the strokes of real pictures of its manner: their mean Gram
    matrices of VGG-16's maps. Strokes come far sooner; the paper's loss has none."""
    content_weight: float = 0.0
    """How much what is made keeps the shapes of what it was made of: VGG-16's deepest map of both.
    Blots, which the way back can undo, do not come; the paper's loss has none."""
    pool: int = 50
    """Pictures made before from which the discriminators are shown every other; 0 for none."""
    zoom: tuple[float, float] = (1.0, 1.12)
    """Smallest and largest zoom of a crop: 1 takes the picture's whole shorter side."""
    flip: bool = True
    """Mirror every other crop; without it, pictures stay as they are."""
    photo_name: str = "photo"
    """What the first set of pictures is called in the names of the models."""
    painting_name: str = "painting"
    """What the second is called: van-gogh makes photo-to-van-gogh and van-gogh-to-photo."""

    def __post_init__(self) -> None:
        check_whole(self, below=2**31, width=1, blocks=0, discriminator_width=1, pool=0)
        weights = "cycle_weight", "identity_weight", "gram_weight", "content_weight"
        check_at_least(self, 0, *weights)
        check_choices(self)
        check_zoom("zoom", self.zoom)
        self._check_names()

    @property
    def directions(self) -> tuple[str, str]:
        """Names of the two translations, that of photographs first."""
        photo, painting = self.photo_name, self.painting_name
        return f"{photo}-to-{painting}", f"{painting}-to-{photo}"

    @property
    def perceptual(self) -> bool:
        """Whether VGG looks at what is made."""
        return bool(self.gram_weight or self.content_weight)

    def _check_names(self) -> None:
        for name in ("photo_name", "painting_name"):
            value = getattr(self, name)
            # They become names of files and of styles.
            if not re.fullmatch(r"\w[\w.-]*", str(value)):
                raise OptionError(name, "letters, digits, hyphens and dots", value)
        if self.photo_name == self.painting_name:
            raise OptionError(
                "painting_name", "another name than the photographs'", self.photo_name
            )
