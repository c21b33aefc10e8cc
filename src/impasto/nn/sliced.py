"""Directions that features are projected on."""

from __future__ import annotations

import functools

import torch
from jaxtyping import Float
from torch import Tensor


@functools.cache
def random_directions(channels: int, count: int, seed: int) -> Float[Tensor, "channels count"]:
    """Unit vectors, uniform on the sphere, in float64; the same for the same arguments.

    Drawn on the processor, so that every device projects on the same ones.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(channels, count, generator=generator, dtype=torch.float64)
    return torch.nn.functional.normalize(drawn, dim=0)
