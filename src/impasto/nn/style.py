"""Correlations of feature maps, at the same or shifted positions, which describe a style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

_PIECE = 4096
"""Positions that are converted to float32 at a time."""

VARIANCE_FLOOR: Final = 1e-5
"""Added to the variance of a channel, so that flat maps stay finite."""


Shift = tuple[int, int]
"""Rows and columns, each at least 0."""


def gram_matrix(
    features: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels channels"]:
    """Correlate every pair of channels, averaged over positions, in at least float32.

    Gatys et al. 2016 (equation 3) sum over positions. The mean makes a small style image and a
    large stylized one comparable, so one set of targets serves a whole pyramid.

    Half-precision features are correlated in float32 (8 bits of mantissa are too few for a sum over
    200,000 positions); the gradient has their own precision.
    """
    return gram_sum(features) / features.shape[-2:].numel()


def gram_sum(
    features: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels channels"]:
    """Correlate every pair of channels, summed over positions: Gatys et al. 2016, equation 3.

    The sums of parts of a picture add up to that of the whole. Otherwise like :func:`gram_matrix`.
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
        features: The content's features.
        style: Means and standard deviations, from :func:`channel_statistics`.
        alpha: From 0 (no change) to 1. The paper mixes features (equation 14); as the map is affine
            in each channel, mixing statistics is the same.
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
    # In blocks, so that the float32 copy stays in the processor's cache.
    for piece in torch.split(rows, _PIECE):
        wide_piece = piece.to(wide)
        gram.addmm_(wide_piece.mT, wide_piece)
    return gram


def shifted_gram_matrices(
    features: Float[Tensor, "batch channels height width"], shifts: Sequence[Shift]
) -> Float[Tensor, "shifts batch channels channels"]:
    """Correlate every two channels at shifted positions, averaged over positions.

    Berger and Memisevic 2017, "Incorporating long-range consistency in CNN-based texture
    generation", equation 3. A Gram matrix ignores how strokes are arranged, so a lattice of one
    repeated stroke matches it as well as a painting. Not symmetric.

    Args:
        features: Of any size.
        shifts: Limited to the size of small maps.

    Returns:
        For each shift the mean of F_i(y, x) F_j(y + rows, x + columns) over all pairs of positions,
            in at least float32; for half-precision features the entries, not the sums, are rounded
            to that precision.
    """
    height, width = features.shape[-2:]
    within = [(min(rows, height - 1), min(columns, width - 1)) for rows, columns in shifts]
    grams: Tensor = _ShiftedGrams.apply(features, within)  # type: ignore[no-untyped-call]
    return grams


class _ShiftedGrams(torch.autograd.Function):
    # By hand for speed: autograd would copy the maps twice for each shift, and sum a gradient of
    # their size for each copy, which took half of a training step.

    @staticmethod
    def forward(ctx: Any, features: Tensor, shifts: Sequence[Shift]) -> Tensor:
        ctx.save_for_backward(features)
        ctx.shifts = shifts
        places = _places(features)
        wide = torch.promote_types(features.dtype, torch.float32)
        grams = []
        for shift in shifts:
            products = [
                sign * (here.mT @ there).to(wide) for sign, here, there in _pairs(places, shift)
            ]
            grams.append(torch.stack(products).sum(0) / _count(places, shift))
        return torch.stack(grams)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (features,) = ctx.saved_tensors
        places = _places(features)
        found = torch.zeros_like(places)
        for shift, each in zip(ctx.shifts, gradient, strict=True):
            matrix = (each / _count(places, shift)).to(features.dtype)
            pairs = zip(_pairs(places, shift), _pairs(found, shift), strict=True)
            for (sign, here, there), (_, to_here, to_there) in pairs:
                for number, one in enumerate(matrix):
                    to_here[number].addmm_(there[number], sign * one.mT)
                    to_there[number].addmm_(here[number], sign * one)
        return found.permute(0, 3, 1, 2), None


def _places(features: Tensor) -> Tensor:
    """(B, C, H, W) as (B, H, W, C) in that order of memory: a view of channels_last features."""
    return features.permute(0, 2, 3, 1).contiguous()


def _pairs(places: Tensor, shift: Shift) -> Iterator[tuple[int, Tensor, Tensor]]:
    """A sign and two views (B, N, C) of the maps, whose products add up to the sum.

    In memory a shift is one distance, so all pairs are two views of the maps. Positions near the
    end of a row then meet the start of the next row; these pairs are subtracted.
    """
    rows, columns = shift
    height, width = places.shape[1:3]
    distance, flat = rows * width + columns, places.flatten(1, 2)
    yield 1, flat[:, : flat.shape[1] - distance], flat[:, distance:]
    # One column at a time, which is a view that a matrix product can use.
    for column in range(columns if rows + 1 < height else 0):
        here = places[:, : height - rows - 1, width - columns + column]
        yield -1, here, places[:, rows + 1 :, column]


def _count(places: Tensor, shift: Shift) -> int:
    return int((places.shape[1] - shift[0]) * (places.shape[2] - shift[1]))
