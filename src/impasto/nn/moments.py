"""First and second moments of features, as sums over positions that add up over tiles."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from impasto.nn.positions import maps_of, pieces, rows_of, weights_of, wide, widest


def channel_sums(
    features: Float[Tensor, "1 channels height width"],
    guide: Float[Tensor, "1 1 height width"] | None = None,
) -> Float[Tensor, "channels 2"]:
    """Sum each channel and its square over positions, weighted by the square of the guide.

    Summed in float64, as a variance is a small difference of such sums; given in at least
    float32.
    """
    weights = weights_of(guide, features)
    sums: Tensor = _ChannelSums.apply(features, weights)  # type: ignore[no-untyped-call]
    return sums


def second_moments(
    features: Float[Tensor, "1 channels height width"],
    guide: Float[Tensor, "1 1 height width"] | None = None,
) -> Float[Tensor, "channels columns"]:
    """Sum over positions the products of each two channels and, in the last column, each alone.

    Weighted by the square of the guide. (C, C + 1), in at least float32.
    """
    weights = weights_of(guide, features)
    sums: Tensor = _SecondMoments.apply(features, weights)  # type: ignore[no-untyped-call]
    return sums


# By hand for memory and speed, as the Gram matrix is: autograd would keep wide copies of the
# features, and in the memory order of contiguous maps.


class _ChannelSums(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, weights: Tensor | None) -> Tensor:
        ctx.save_for_backward(features, weights)
        sums = torch.zeros(
            2, features.shape[1], dtype=widest(features.device), device=features.device
        )
        for piece, share in pieces(rows_of(features), weights):
            exact = piece.to(sums.dtype)
            weighted = exact if share is None else exact * share
            sums[0] += weighted.sum(0)
            sums[1] += (weighted * exact).sum(0)
        return sums.mT.to(wide(features))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        features, weights = ctx.saved_tensors
        rows = rows_of(features)
        product = torch.empty_like(rows)
        linear, twice = gradient[:, 0], 2 * gradient[:, 1]
        for (piece, share), (out, _) in zip(pieces(rows, weights), pieces(product), strict=True):
            slope = torch.addcmul(linear, piece.to(gradient.dtype), twice)
            out.copy_(slope if share is None else slope.mul_(share))
        return maps_of(product, features), None


class _SecondMoments(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, weights: Tensor | None) -> Tensor:
        ctx.save_for_backward(features, weights)
        channels, dtype = features.shape[1], wide(features)
        products = torch.zeros(channels, channels, dtype=dtype, device=features.device)
        alone = torch.zeros(channels, 1, dtype=dtype, device=features.device)
        for piece, share in pieces(rows_of(features), weights):
            exact = piece.to(dtype)
            weighted = exact if share is None else exact * share
            products.addmm_(weighted.mT, exact)
            alone += weighted.sum(0)[:, None]
        return torch.cat([products, alone], dim=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        features, weights = ctx.saved_tensors
        rows = rows_of(features)
        product = torch.empty_like(rows)
        symmetric, linear = gradient[:, :-1] + gradient[:, :-1].mT, gradient[:, -1]
        for (piece, share), (out, _) in zip(pieces(rows, weights), pieces(product), strict=True):
            # Wide until it is whole: what is far from zero in both terms nearly cancels.
            slope = torch.addmm(linear, piece.to(gradient.dtype), symmetric)
            out.copy_(slope if share is None else slope.mul_(share))
        return maps_of(product, features), None
