"""What generators and discriminators are both made of."""

from __future__ import annotations

from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from impasto.nn.blocks import EPSILON

DEVIATION: Final = 0.02
"""Of the first weights, which are drawn from a normal distribution (Zhu et al. 2017, 7.1)."""


def instance_norm(
    maps: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels height width"]:
    """Bring each map of each picture to mean 0 and deviation 1 (Ulyanov et al. 2016), no more."""
    # One by one it is batch normalization, which leaves channels_last maps in their order.
    one_by_one = (
        F.batch_norm(each, None, None, training=True, eps=EPSILON) for each in torch.split(maps, 1)
    )
    return torch.cat(list(one_by_one)) if len(maps) > 1 else next(one_by_one)


def begin(network: nn.Module) -> None:
    """Draw the first weights; biases begin at 0.

    A bias before a normalization is without effect, and stays 0: its gradient is rounding
    errors, which Adam would blow up to full steps. It is there for the paper's shapes.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, DEVIATION)
            assert module.bias is not None
            nn.init.zeros_(module.bias)


def still(*convolutions: nn.Conv2d | nn.ConvTranspose2d) -> None:
    """Leave biases as they are, those of convolutions that a normalization follows."""
    for each in convolutions:
        assert each.bias is not None
        each.bias.requires_grad_(False)
