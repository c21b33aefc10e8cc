"""Whether what a generator makes has the strokes of real pictures of its manner."""

from __future__ import annotations

from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.nn.channels import Features
from impasto.nn.losses import relative_squares
from impasto.nn.style import gram_matrix

STROKE_LAYERS: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")


class StrokeLoss:
    """Distance between the mean Gram matrices of made and of real pictures.

    What Gatys et al. 2016 call style, of two sets of pictures in place of two pictures: the sets
    are unpaired, and a discriminator needs many thousand steps until it can tell strokes.

    Args:
        features: Gives maps of ``STROKE_LAYERS``.
    """

    def __init__(self, features: Features) -> None:
        self._features = features

    def __call__(
        self,
        made: Float[Tensor, "batch 3 _height _width"],
        real: Float[Tensor, "batch2 3 _height2 _width2"],
    ) -> Float[Tensor, ""]:
        """Relative to the real ones' and the mean over the layers; 0 where they agree."""
        # Never rounded, whatever the generators are trained in.
        with torch.autocast(made.device.type, enabled=False):
            found = self._means(made.float())
            with torch.no_grad():
                wanted = self._means(real.float())
            parts = [relative_squares(found[name], wanted[name]) for name in STROKE_LAYERS]
        return torch.stack(parts).mean()

    def _means(self, images: Tensor) -> dict[str, Tensor]:
        maps = self._features(images)
        return {name: gram_matrix(maps[name]).mean(0) for name in STROKE_LAYERS}
