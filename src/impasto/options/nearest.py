"""The options of a painting by nearest neighbors, and their validity."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from impasto.errors import OptionError
from impasto.options.checks import (
    check_choices,
    check_shape,
    check_shares,
    check_whole,
    check_within,
)
from impasto.options.shared import Pooling, Precision
from impasto.options.values import from_plain_values, plain_values

INITS: Final = ("recolor", "content", "noise", "style")


@dataclass(frozen=True, kw_only=True)
class NearestOptions:
    """How a picture is painted by nearest neighbors. The defaults suit most pictures."""

    size: int = 512
    """Longer side of the result in pixels; 0 keeps the photograph's own size."""
    crop_fit: tuple[int, int] | None = None
    """Width and height of the result: photograph and styles are cut to this shape."""
    style_scale: float = 1.0
    """Longer side of the style image relative to the result's: larger gives larger strokes."""
    style_size: int = 0
    """Longer side of the style images in pixels where the result has its full size; 0: by
    style_scale."""
    style_weights: tuple[float, ...] = ()
    """What part of the picture each style gets, where there are several and no masks; all alike
    when none are given."""
    steps: int = 120
    """Optimizer steps, over all sizes and the last pass together."""
    coarsest: int = 64
    """Longer side at which the painting begins, then doubled; 0 for one size only."""
    content_weight: float = 0.75
    """Alpha of the authors' program: how much the photograph, and not the picture so far, decides
    what is replaced by what, from 0 to 1. The coarsest size goes by the photograph alone."""
    rotations: bool = False
    """The style image is also looked at turned by a quarter, half and three quarters: more to
    choose from, in four times the time of the search."""
    network: str = "auto"
    """vgg16, vgg19, a weights file of impasto's own, or auto: VGG-19 where it is, else VGG-16."""
    pooling: Pooling = "max"
    """How the network halves its maps."""
    init: str = "recolor"
    """First image: recolor (the photograph in the style's colors), content, noise, or style; a
    picture comes as an image of its own."""
    learning_rate: float = 6.0
    """Adam: levels of 255 a step at the beginning of each size."""
    seed: int = 0
    """Where the last pass looks, and where noise comes from."""
    device: str = "auto"
    """cpu, cuda, cuda:1, mps, xpu, or auto: the fastest there is."""
    precision: Precision = "auto"
    """Of the convolutions. auto: bf16 where it is the faster one, else fp32."""
    palette_weight: float = 0.3
    """How firmly mean and covariance of the picture's colors are held to those of the styles."""

    def __post_init__(self) -> None:
        check_whole(self, size=0, steps=1, coarsest=0, seed=0, style_size=0)
        check_within(
            self,
            style_scale=(0.05, 100),
            content_weight=(0, 1),
            learning_rate=(0.01, 100),
            palette_weight=(0, 1000),
        )
        check_shape("crop_fit", self.crop_fit)
        check_shares("style_weights", self.style_weights)
        check_choices(self)
        if self.init not in INITS:
            raise OptionError("init", " or ".join(INITS), self.init)

    def to_json(self) -> dict[str, Any]:
        """Plain values by option name, for checkpoints and manifests."""
        return plain_values(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> NearestOptions:
        """The options that :meth:`to_json` wrote.

        Raises:
            OptionError: A name that is no option, or a value it cannot have.
        """
        return from_plain_values(cls, values, "the method nearest")

    @classmethod
    def of(cls, values: Mapping[str, Any], defaults: Mapping[str, Any]) -> NearestOptions:
        """The options of ``impasto paint`` as those of this method.

        What is as in ``defaults`` counts as not said, and this method's own default holds: the
        two methods want other numbers of steps, for one.

        Args:
            values: Every option of the command by its name.
            defaults: Their defaults.

        Raises:
            OptionError: An option was given that this method has no use for, or a value it cannot
                have.
        """
        said = {
            name: value
            for name, value in values.items()
            if name not in _ELSEWHERE and value != defaults.get(name)
        }
        known = {each.name for each in dataclasses.fields(cls)}
        for name, value in said.items():
            if name not in known and value not in _SAYS_NOTHING.get(name, ()):
                raise OptionError(name, "nothing, as the method nearest has no such option", value)
        if "init" in said and said["init"] not in (*INITS, "mix"):
            said["init"] = "content"  # a picture file, which comes as an image
        return cls.from_json({name: value for name, value in said.items() if name in known})


_ELSEWHERE: Final = frozenset(
    {
        "method", "keep_color", "color_stage", "color_strength", "invert_masks", "feather",
        "history",
    }
)  # fmt: skip
"""Options of the command that are met before or after painting, and the history of L-BFGS, which
presets set and which decides nothing but memory."""

_SAYS_NOTHING: Final[Mapping[str, tuple[object, ...]]] = {"optimizer": ("adam",), "tile": (0,)}
"""Values that ask for what this method does anyway."""
