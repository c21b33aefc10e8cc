"""Layers that the trained networks share: blocks, halving and doubling, noise at the input."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

EPSILON: Final = 1e-5
"""Added to the variance: flat maps stay finite."""


COARSE: Final = 8
"""Side of the squares of coarse noise in pixels: one position in the middle of the network."""


class ConditionalInstanceNorm(nn.Module):
    """Instance normalization with a scale and shift for each style, or for a blend.

    Dumoulin, Shlens and Kudlur 2017, equation 5: z = gamma_s (x - mu) / sigma + beta_s. Blended
    styles blend their parameters (their section 3.3).

    Args:
        styles: How many styles have parameters here.
        channels: Number of feature maps.
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
        """Normalize each map of each picture; ``weights`` are the weights of the styles."""
        # Always in float32: rounding is visible in faint pictures.
        with torch.autocast(maps.device.type, enabled=False):
            gamma, beta = weights @ self.gamma, weights @ self.beta
            exact = maps.to(torch.promote_types(maps.dtype, torch.float32))
            variance, mean = torch.var_mean(exact, dim=(2, 3), correction=0)
            scale = gamma * torch.rsqrt(variance + EPSILON)
            shift = beta - mean * scale
        return maps * scale[..., None, None] + shift[..., None, None]


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions plus the identity (Johnson et al. 2016, supplement; no ReLU after).

    Args:
        styles: Number of styles of the normalizations.
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
        """Add the result of the two convolutions."""
        inner = F.relu(self.norm1(self.conv1(maps), weights))
        found: Tensor = self.norm2(self.conv2(inner), weights)
        return maps + found


def mirroring(inner: int, out: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    """A convolution that pads by reflection, because zeros would cause a frame.

    The result has the same sides, divided by the stride and rounded up.
    """
    around = kernel // 2
    return nn.Conv2d(inner, out, kernel, stride, around, padding_mode="reflect")


def doubled(
    maps: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """Repeat every pixel four times, before a convolution.

    Resize-convolution (Odena, Dumoulin and Olah 2016): a transposed convolution overlaps
    unevenly and leaves a checkerboard.
    """
    return F.interpolate(maps, scale_factor=2.0, mode="nearest")


def blurred_kernel(
    weight: Float[Tensor, "out in height width"],
) -> Float[Tensor, "out in height+2 width+2"]:
    """The kernel that convolves with a binomial blur, 1 2 1, and then with ``weight``.

    With a stride of 2 it is the anti-aliased downsampling of Zhang 2019 ("Making convolutional
    networks shift-invariant again"), with the blur before the nonlinearity instead of after it, at
    a third of the cost. For maps padded by reflection it is exact up to the edge, because the blur
    of a mirrored map is the mirrored blur.
    """
    out, inner, height, width = weight.shape
    # One matrix product for all kernels; thousands of tiny ones take ten times as long.
    widening = _filter((0.25, 0.5, 0.25), height, width).to(weight)
    return (weight.reshape(out * inner, -1) @ widening).view(out, inner, height + 2, width + 2)


def doubling_kernel(
    weight: Float[Tensor, "out in 3 3"],
) -> Float[Tensor, "4*out in 3 3"]:
    """The kernel that enlarges maps twofold, linearly, and then convolves them with ``weight``.

    It works on the small maps and returns the four pixels of each position as channels, in the
    order of `torch.nn.functional.pixel_shuffle`. Every pixel of the large map has the same kernel
    on the same smooth surface. So there is no checkerboard, as with transposed convolution (Odena,
    Dumoulin and Olah 2016), and no staircase, as with repeated pixels.
    """
    out, inner = weight.shape[:2]
    phases = (weight.reshape(out * inner, 9) @ doubling_phases().to(weight)).view(out, inner, 4, 9)
    return phases.transpose(1, 2).reshape(4 * out, inner, 3, 3)


def doubled_convolution(
    maps: Float[Tensor, "batch in height width"],
    weight: Float[Tensor, "out in 3 3"],
    bias: Float[Tensor, " out"],
) -> Float[Tensor, "batch out _height2 _width2"]:
    """Maps of twice the sides, convolved; see :func:`doubling_kernel`. Edges are mirrored."""
    padded = F.pad(maps, (1, 1, 1, 1), mode="reflect")
    four = F.conv2d(padded, doubling_kernel(weight), bias.repeat_interleave(4))
    return F.pixel_shuffle(four, 2)


def halved_convolution(
    maps: Float[Tensor, "batch in height width"],
    weight: Float[Tensor, "out in 3 3"],
    bias: Float[Tensor, " out"],
) -> Float[Tensor, "batch out _height2 _width2"]:
    """Every other pixel of the blurred and convolved maps; see :func:`blurred_kernel`."""
    padded = F.pad(maps, (2, 2, 2, 2), mode="reflect")
    return F.conv2d(padded, blurred_kernel(weight), bias, stride=2)


@cache
def _filter(taps: tuple[float, ...], height: int, width: int) -> Tensor:
    """The matrix, (height * width, height' * width'), that convolves a kernel with a filter."""
    down, across = (_line(taps, side) for side in (height, width))
    return torch.kron(down, across).T.contiguous()


def _line(taps: tuple[float, ...], length: int) -> Tensor:
    """The matrix that convolves a vector of some length with a filter."""
    rows = torch.zeros(length + len(taps) - 1, length)
    for column in range(length):
        rows[column : column + len(taps), column] = torch.tensor(taps)
    return rows


@cache
def doubling_phases() -> Tensor:
    """The matrix, (9, 4 * 9), that turns a 3x3 kernel into the four kernels over the small map.

    Linear enlargement puts zeros between the pixels and convolves with 1 3 3 1. Pixels at
    even and odd positions use alternate elements of the resulting 6x6 kernel.
    """
    wide = _filter((0.25, 0.75, 0.75, 0.25), 3, 3).view(9, 3, 2, 3, 2)
    return wide.flip(2, 4).permute(0, 2, 4, 1, 3).reshape(9, 36).contiguous()


def grained(
    images: Float[Tensor, "batch 3 height width"], amplitude: float, seeds: Sequence[int]
) -> Float[Tensor, "batch 3 height width"]:
    """Add gray noise of two scales, single pixels and squares of eight.

    A convolutional network can only repeat one pattern where a picture is flat (texture networks
    get noise for the same reason: Ulyanov et al. 2016, section 3.2).

    Args:
        images: sRGB in [0, 1]; the result may exceed it.
        amplitude: Standard deviation of the noise of each scale.
        seeds: The seed of each image's noise, which is the same on every device.
    """
    if not amplitude:
        return images
    height, width = images.shape[-2:]
    noise = torch.stack([_noise(height, width, seed) for seed in seeds])
    return images + amplitude * noise.to(images.device, images.dtype)


def _noise(height: int, width: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    fine = torch.randn(1, height, width, generator=generator)
    squares = torch.randn(1, -(-height // COARSE), -(-width // COARSE), generator=generator)
    coarse = F.interpolate(squares[None], scale_factor=float(COARSE), mode="nearest")[0]
    return fine + coarse[:, :height, :width]
