"""How much a feature map resembles itself some pixels on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

Shift = tuple[int, int]
"""Rows and columns, each at least 0."""


def shifted_gram_matrices(
    features: Float[Tensor, "batch channels height width"], shifts: Sequence[Shift]
) -> Float[Tensor, "shifts batch channels channels"]:
    """Correlate every channel with every channel some places on, averaged over positions.

    Berger and Memisevic 2017, "Incorporating long-range consistency in CNN-based texture
    generation", equation 3. A Gram matrix does not know how strokes lie to one another, so one
    stroke again and again in a lattice is as good to it as a painting. Not symmetric.

    Args:
        features: Of any size.
        shifts: Each at most to the last place of a small map.

    Returns:
        For each shift the mean of F_i(y, x) F_j(y + rows, x + columns) over all pairs of places,
        in at least float32; of half-precision features the entries, not the sums, are rounded to
        that precision.
    """
    height, width = features.shape[-2:]
    within = [(min(rows, height - 1), min(columns, width - 1)) for rows, columns in shifts]
    grams: Tensor = _ShiftedGrams.apply(features, within)  # type: ignore[no-untyped-call]
    return grams


class _ShiftedGrams(torch.autograd.Function):
    # By hand for speed: autograd would copy the maps twice for each shift, and write and add up
    # a gradient as large as they are for each of those copies; half of a training step went there.

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
    """A sign, and (B, N, C) maps here and as many there: whose products add up to the sum.

    In the order of memory a shift is one distance, and all pairs are two views of the maps; but
    places near the end of a row then meet the next row's beginning: those pairs are taken out.
    """
    rows, columns = shift
    height, width = places.shape[1:3]
    distance, flat = rows * width + columns, places.flatten(1, 2)
    yield 1, flat[:, : flat.shape[1] - distance], flat[:, distance:]
    # A column at a time, as that is a view that a matrix product can read and write.
    for column in range(columns if rows + 1 < height else 0):
        here = places[:, : height - rows - 1, width - columns + column]
        yield -1, here, places[:, rows + 1 :, column]


def _count(places: Tensor, shift: Shift) -> int:
    return int((places.shape[1] - shift[0]) * (places.shape[2] - shift[1]))
