"""Noise beside the picture, for a network to begin strokes with where the picture is flat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

COARSE: Final = 8
"""Pixels of a side of the coarse noise's squares: what the network's middle sees as one."""


def grained(
    images: Float[Tensor, "batch 3 height width"], amplitude: float, seeds: Sequence[int]
) -> Float[Tensor, "batch 3 height width"]:
    """Add gray noise of two scales, single pixels and squares of eight.

    A network that only convolves can but repeat one pattern where a picture is flat (texture
    networks are fed noise for the same reason: Ulyanov et al. 2016, section 3.2).

    Args:
        images: sRGB in [0, 1]; the result goes beyond.
        amplitude: Standard deviation of the noise of each scale.
        seeds: Of each image's noise: the same seed gives the same noise on every device.
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
