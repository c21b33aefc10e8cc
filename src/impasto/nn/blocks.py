"""Convolution blocks that the trained networks share."""

from __future__ import annotations

from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

EPSILON: Final = 1e-5
"""Added to the variance: flat maps stay finite."""


class ConditionalInstanceNorm(nn.Module):
    """Instance normalisation whose scale and shift belong to a style, or to a blend of styles.

    Dumoulin, Shlens and Kudlur 2017, equation 5: z = gamma_s (x - mu) / sigma + beta_s. Blended
    styles blend their parameters (their section 3.3).

    Args:
        styles: How many styles have parameters here.
        channels: Feature maps that are normalised.
    """

    def __init__(self, styles: int, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(styles, channels))
        self.beta = nn.Parameter(torch.zeros(styles, channels))

    def forward(
        self,
        maps: Float[Tensor, "batch channels height width"],
        weights: Float[Tensor, "batch styles"],
    ) -> Float[Tensor, "batch channels height width"]:
        """Normalise each map of each picture; ``weights`` says how much of each style it gets."""
        # In float32 also where convolutions are not: on faint pictures rounding shows.
        with torch.autocast(maps.device.type, enabled=False):
            gamma, beta = weights @ self.gamma, weights @ self.beta
            exact = maps.to(torch.promote_types(maps.dtype, torch.float32))
            variance, mean = torch.var_mean(exact, dim=(2, 3), correction=0)
            scale = gamma * torch.rsqrt(variance + EPSILON)
            shift = beta - mean * scale
        return maps * scale[..., None, None] + shift[..., None, None]


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside the identity (Johnson et al. 2016, supplement; no ReLU after).

    Args:
        styles: How many styles the normalisations know.
        channels: Feature maps, in and out.
    """

    def __init__(self, styles: int, channels: int) -> None:
        super().__init__()
        self.conv1 = mirroring(channels, channels, 3)
        self.norm1 = ConditionalInstanceNorm(styles, channels)
        self.conv2 = mirroring(channels, channels, 3)
        self.norm2 = ConditionalInstanceNorm(styles, channels)

    def forward(
        self,
        maps: Float[Tensor, "batch channels height width"],
        weights: Float[Tensor, "batch styles"],
    ) -> Float[Tensor, "batch channels height width"]:
        """Add what the two convolutions find."""
        inner = F.relu(self.norm1(self.conv1(maps), weights))
        found: Tensor = self.norm2(self.conv2(inner), weights)
        return maps + found


def mirroring(inner: int, out: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    """A convolution that pads by reflection, as zeros would draw a frame.

    Sides keep their length, or what is left of it by the stride, rounded up.
    """
    around = kernel // 2
    return nn.Conv2d(inner, out, kernel, stride, around, padding_mode="reflect")


def doubled(
    maps: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """Every pixel becomes four, for a convolution to follow.

    Resize-convolution (Odena, Dumoulin and Olah 2016): a transposed convolution overlaps
    unevenly and leaves a checkerboard.
    """
    return F.interpolate(maps, scale_factor=2.0, mode="nearest")
