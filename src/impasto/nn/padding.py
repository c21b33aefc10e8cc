"""An image that goes on as its own mirror image."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def reflected(
    image: Float[Tensor, "batch channels height width"], sides: tuple[int, int, int, int]
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """Pad left, right, top and bottom by reflection, again and again where a side is short."""
    left, right, top, bottom = sides
    rows = _mirrored(image.shape[-2], top, bottom, image.device)
    columns = _mirrored(image.shape[-1], left, right, image.device)
    return image[..., rows, :][..., columns]


def _mirrored(length: int, before: int, after: int, device: torch.device) -> Tensor:
    places = torch.arange(-before, length + after, device=device)
    if length == 1:
        return torch.zeros_like(places)
    period = 2 * (length - 1)
    places = places.remainder(period)
    return torch.minimum(places, period - places)
