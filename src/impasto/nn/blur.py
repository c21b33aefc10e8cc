"""Soft edges."""

from __future__ import annotations

import math
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from impasto.nn.pyramid import resized, size_of

_LARGEST: Final = 6.0
"""Deviation in pixels above which the image is blurred at a smaller size: what is as smooth as that
loses nothing by it, and the time does not grow with the deviation."""


def blurred(
    image: Float[Tensor, "1 channels height width"], deviation: float
) -> Float[Tensor, "1 channels height width"]:
    """Blur with a Gaussian; beyond its borders an image goes on as its edge is.

    Args:
        image: Values in [0, 1]; the result stays in it.
        deviation: Standard deviation in pixels; 0 leaves the image as it is.
    """
    if not deviation:
        return image
    size, shrink = size_of(image), max(1.0, deviation / _LARGEST)
    small = max(1, round(size[0] / shrink)), max(1, round(size[1] / shrink))
    soft = resized(image, small)
    for axis in (0, 1):
        soft = _blurred_along(soft, deviation / shrink, axis)
    return resized(soft, size).clamp(0, 1)


def _blurred_along(image: Tensor, deviation: float, axis: int) -> Tensor:
    reach = math.ceil(4 * deviation)
    places = torch.arange(-reach, reach + 1, dtype=image.dtype, device=image.device)
    bell = torch.exp(-places.square() / (2 * deviation**2))
    taps = (-1, 1) if axis == 0 else (1, -1)
    kernel = (bell / bell.sum()).view(1, 1, *taps).repeat(image.shape[1], 1, 1, 1)
    edges = (0, 0, reach, reach) if axis == 0 else (reach, reach, 0, 0)
    padded = F.pad(image, edges, mode="replicate")
    return F.conv2d(padded, kernel, groups=image.shape[1])
