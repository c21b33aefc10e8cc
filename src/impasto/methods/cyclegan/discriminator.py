"""The network that tells real pictures from made ones, patch by patch."""

from __future__ import annotations

from typing import Final

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from impasto.methods.cyclegan.layers import begin, instance_norm, still

LEAKAGE: Final = 0.2

LEAST: Final = 32
"""Pixels of the shortest side that leaves a map to be normalized at every scale."""


class Discriminator(nn.Module):
    """C64-C128-C256-C512 and a last convolution: the 70x70 PatchGAN (Zhu et al. 2017, 7.2).

    Every score judges a square of 70 pixels, so a picture of any size has its map of them. The
    first layer has no normalization. Edges are padded with zeros, as in the authors' program.

    Args:
        width: Channels of the first convolution; twice, four and eight times that follow.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        widths = [3, width, 2 * width, 4 * width, 8 * width, 1]
        strides = [2, 2, 2, 1, 1]
        self.convs = nn.ModuleList(
            nn.Conv2d(inner, out, 4, stride, padding=1)
            for inner, out, stride in zip(widths, widths[1:], strides, strict=False)
        )
        begin(self)
        still(*(each for each in self.convs[1:-1] if isinstance(each, nn.Conv2d)))

    def forward(
        self, image: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch 1 _rows _columns"]:
        """Score the patches of pictures in [0, 1], each side at least :data:`LEAST`.

        Scores are to be 1 for real and 0 for made patches in least squares; logits otherwise.
        """
        first, *inner, last = self.convs
        maps = F.leaky_relu(first(2 * image - 1), LEAKAGE)
        for conv in inner:
            maps = F.leaky_relu(instance_norm(conv(maps)), LEAKAGE)
        scores: Tensor = last(maps)
        return scores
