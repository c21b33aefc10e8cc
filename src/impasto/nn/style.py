"""What a style is: correlations of feature maps, without their places."""

from __future__ import annotations

from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

_PIECE = 4096
"""Positions that are widened to float32 at a time."""

VARIANCE_FLOOR: Final = 1e-5
"""Added to the variance of a channel: flat maps stay finite."""


def gram_matrix(
    features: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels channels"]:
    """Correlate every pair of channels, averaged over positions, in at least float32.

    Gatys et al. 2016 (equation 3) sum over positions. The mean makes a small style image and a
    large stylized one comparable, so one set of targets serves a whole pyramid.

    Half-precision features are correlated in float32 (a sum over 200,000 positions has no room
    in 8 bits of mantissa); the gradient comes back in their own precision.
    """
    return gram_sum(features) / features.shape[-2:].numel()


def gram_sum(
    features: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels channels"]:
    """Correlate every pair of channels, summed over positions: Gatys et al. 2016, equation 3.

    The sums of the parts of a picture add up to that of the whole. Otherwise as
    :func:`gram_matrix`.
    """
    gram: Tensor = _GramSum.apply(features)  # type: ignore[no-untyped-call]
    return gram


def channel_statistics(
    features: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels 2"]:
    """Mean and standard deviation of each channel over all positions, in at least float32.

    The style of Huang and Belongie 2017 (equations 5 and 6), with the population's variance and
    :data:`VARIANCE_FLOOR` added to it.
    """
    wide = features.to(torch.promote_types(features.dtype, torch.float32))
    variance, mean = torch.var_mean(wide, dim=(2, 3), correction=0)
    return torch.stack([mean, (variance + VARIANCE_FLOOR).sqrt()], dim=-1)


def adaptive_instance_norm(
    features: Float[Tensor, "batch channels height width"],
    style: Float[Tensor, "batch channels 2"],
    alpha: float = 1.0,
) -> Float[Tensor, "batch channels height width"]:
    """Give features the channel statistics of a style (Huang and Belongie 2017, equation 8).

    Args:
        features: Of the content.
        style: Means and standard deviations, as :func:`channel_statistics` gives them.
        alpha: How far to go, from 0, the features as they are, to 1. The paper mixes features
            (equation 14); as the map is affine in each channel, mixing statistics is the same.
    """
    own = channel_statistics(features)
    mean, deviation = own.lerp(style.to(own.dtype), alpha)[..., None, None].unbind(2)
    own_mean, own_deviation = own[..., None, None].unbind(2)
    return (features - own_mean) * (deviation / own_deviation) + mean


class _GramSum(torch.autograd.Function):
    # By hand for speed: autograd would go through a float32 copy of the features twice, and in
    # the memory order of the matrix product rather than of the convolutions (channels_last).

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> Tensor:
        ctx.save_for_backward(features)
        return torch.stack([_correlated(rows) for rows in _positions(features)])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (features,) = ctx.saved_tensors
        rows = _positions(features)
        symmetric = (gradient + gradient.mT).to(features.dtype)
        batch, channels, height, width = features.shape
        product = torch.empty_like(rows)
        for number in range(batch):
            torch.mm(rows[number], symmetric[number], out=product[number])
        return product.view(batch, height, width, channels).permute(0, 3, 1, 2)


def _positions(features: Tensor) -> Tensor:
    """(B, C, H, W) as (B, HW, C): a view when the features are channels_last."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


def _correlated(rows: Tensor) -> Tensor:
    """The sum over rows of their outer products, (M, C) -> (C, C)."""
    wide = torch.promote_types(rows.dtype, torch.float32)
    gram = torch.zeros(rows.shape[1], rows.shape[1], dtype=wide, device=rows.device)
    # A piece at a time, so that its float32 copy stays in the processor's cache.
    for piece in torch.split(rows, _PIECE):
        wide_piece = piece.to(wide)
        gram.addmm_(wide_piece.mT, wide_piece)
    return gram
