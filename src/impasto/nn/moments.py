"""First and second moments of features as sums over positions, and normal distributions.

The sums add up over tiles. Features are lists of positions, a piece at a time, each with a weight.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

PIECE: Final = 4096
"""Positions that are converted at a time, so that the copy stays in the processor's cache."""


_FLOOR: Final = 1e-4
"""Variance added in every direction to both distributions, as a share of the target's mean square:
covariances of flat maps, or of fewer positions than channels, are singular, where the gradient of a
square root is infinite. A hundredth of the channels' usual size is not noticeable."""

_ROUNDING: Final = 1e-8
"""Share of the target's energy below which a distance is 0: sums of float32 are not exact."""

_TINY: Final = 1e-12
"""Below any target's energy: keeps the distance from a black target finite."""


def rows_of(
    features: Float[Tensor, "1 channels height width"],
) -> Float[Tensor, "positions channels"]:
    """Each position's features as a row: a view if the features are channels_last."""
    return features.permute(0, 2, 3, 1).flatten(0, 2)


def maps_of(
    rows: Float[Tensor, "positions channels"], like: Float[Tensor, "1 channels height width"]
) -> Float[Tensor, "1 channels height width"]:
    """Rows as feature maps again, channels_last, in the shape of ``like``."""
    height, width = like.shape[-2:]
    return rows.view(1, height, width, -1).permute(0, 3, 1, 2)


def weights_of(
    guide: Float[Tensor, "1 1 height width"] | None, features: Float[Tensor, "1 _ height width"]
) -> Float[Tensor, " positions"] | None:
    """How much each position of some features counts: the square of its guide.

    Gatys et al. 2017 ("Controlling perceptual factors", section 4.1) multiply features by their
    guide before they are correlated, so in a Gram matrix a soft guide counts by its square. The
    same holds for every statistic here, so that a mask has the same meaning for all.
    """
    return None if guide is None else guide.to(wide(features)).flatten().square()


def total_weight(
    features: Float[Tensor, "1 channels height width"],
    guide: Float[Tensor, "1 1 height width"] | None = None,
) -> Float[Tensor, ""]:
    """The sum of all positions' weights: their number, without a guide."""
    weights = weights_of(guide, features)
    exact = widest(features.device)
    if weights is None:
        return torch.tensor(features.shape[-2:].numel(), dtype=exact, device=features.device)
    return weights.sum(dtype=exact)


def pieces(
    rows: Float[Tensor, "positions _columns"], weights: Float[Tensor, " positions"] | None = None
) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Some rows at a time, with their weights as a column."""
    shares = itertools.repeat(None) if weights is None else torch.split(weights[:, None], PIECE)
    return zip(torch.split(rows, PIECE), shares, strict=False)


def wide(values: Tensor) -> torch.dtype:
    """At least float32: in bfloat16 a sum stops growing at 256 times its terms."""
    return torch.promote_types(values.dtype, torch.float32)


def widest(device: torch.device) -> torch.dtype:
    """float64, or float32 on devices without it (MPS)."""
    return torch.float32 if device.type == "mps" else torch.float64


@contextmanager
def products_of(features: Tensor) -> Iterator[None]:
    """Multiply float32 copies of features as fast as these allow: bfloat16's own values are exact.

    oneDNN then converts the copies back and sums in float32, in half the time. The setting is the
    process's, and is put back.
    """
    if features.dtype != torch.bfloat16 or features.device.type != "cpu":
        yield
        return
    matmul = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = matmul.fp32_precision
    matmul.fp32_precision = "bf16"
    try:
        yield
    finally:
        matmul.fp32_precision = before


def channel_sums(
    features: Float[Tensor, "1 channels height width"],
    guide: Float[Tensor, "1 1 height width"] | None = None,
) -> Float[Tensor, "channels 2"]:
    """Sum each channel and its square over positions, weighted by the square of the guide.

    Summed in float64, as a variance is a small difference of such sums; returned in at least
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
        channels, dtype = features.shape[1], wide(features)
        products = torch.zeros(channels, channels, dtype=dtype, device=features.device)
        alone = torch.zeros(channels, 1, dtype=dtype, device=features.device)
        for piece, share in pieces(rows_of(features), weights):
            exact = piece.to(dtype)
            weighted = exact if share is None else exact * share
            with products_of(features if share is None else exact):
                products.addmm_(weighted.mT, exact)
            alone += weighted.sum(0)[:, None]
        whole = len(rows_of(features)) if weights is None else weights.sum().clamp_min(_TINY)
        ctx.save_for_backward(features, weights, alone[:, 0] / whole)
        return torch.cat([products, alone], dim=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        features, weights, mean = ctx.saved_tensors
        rows = rows_of(features)
        product = torch.empty_like(rows)
        symmetric, linear = gradient[:, :-1] + gradient[:, :-1].mT, gradient[:, -1]
        # Around the mean, as both terms are large there and nearly cancel: in half precision
        # nothing would be left.
        linear, symmetric, mean = (
            each.to(features.dtype) for each in (linear + mean @ symmetric, symmetric, mean)
        )
        for (piece, share), (out, _) in zip(pieces(rows, weights), pieces(product), strict=True):
            slope = torch.addmm(linear, piece - mean, symmetric)
            out.copy_(slope if share is None else slope * share)
        return maps_of(product, features), None


@dataclass(frozen=True)
class Gaussian:
    """A target normal distribution; everything in float64.

    Attributes:
        mean: (C,).
        axes: The directions in which it varies most, orthonormal columns, (C, K).
        deviations: Standard deviations along them with ``floor`` in the variances, (K,).
        rest: The variance in all other directions together, with their floors; 0 if K is C.
        floor: The variance that is added in every direction.
        energy: The mean of the squared length of a vector, without the floor.
    """

    mean: Tensor
    axes: Tensor
    deviations: Tensor
    rest: Tensor
    floor: Tensor
    energy: Tensor


def mean_and_covariance(
    moments: Float[Tensor, "channels columns"], weight: Float[Tensor, ""]
) -> tuple[Float[Tensor, " channels"], Float[Tensor, "channels channels"]]:
    """Mean and covariance from the sums of :func:`second_moments`, in their precision.

    Args:
        moments: (C, C + 1) sums.
        weight: The sum of the weights.
    """
    means = moments / weight.to(moments).clamp_min(_TINY)
    mean = means[:, -1]
    return mean, means[:, :-1] - torch.outer(mean, mean)


def gaussian(
    moments: Float[Tensor, "channels columns"], weight: Float[Tensor, ""], most: int | None = None
) -> Gaussian:
    """The distribution with these moments; NaN if the moments are not finite.

    Args:
        moments: (C, C + 1) sums.
        weight: The sum of the weights.
        most: Directions that are compared one by one; None for all.
    """
    mean, covariance = mean_and_covariance(_exact(moments), weight)
    energy = mean.square().sum() + covariance.trace()
    floor = (_FLOOR * energy / len(mean)).clamp_min(_TINY)
    values, vectors = _eigen(covariance)
    variances = values.clamp_min(0) + floor
    first = 0 if most is None else max(0, len(mean) - most)
    deviations, rest = variances[first:].sqrt(), variances[:first].sum()
    return Gaussian(mean, vectors[:, first:], deviations, rest, floor, energy.clamp_min(_TINY))


def gaussian_distance(
    mean: Float[Tensor, " channels"],
    covariance: Float[Tensor, "channels channels"],
    target: Gaussian,
) -> Float[Tensor, ""]:
    """The squared 2-Wasserstein distance of two normal distributions.

    |m - n|^2 + tr S + tr R - 2 tr (R^1/2 S R^1/2)^1/2: Gelbrich 1990 (and Dowson and
    Landau 1982). Unlike there both covariances have the target's floor on them, so that the
    distance is smooth and still 0 for equal ones. If the target has fewer axes than channels, it is
    the distance along these axes, plus that of the variances of the rest. Roots are taken in
    float64. NaN if the covariance is not finite.
    """
    apart = (_exact(mean) - target.mean).square().sum()
    axes = target.axes.to(covariance)
    spread = _exact(axes.mT @ covariance @ axes)
    others = len(mean) - len(spread)
    outside = _exact(covariance.trace()) - spread.trace() + others * target.floor
    spread = spread + target.floor * torch.eye(len(spread)).to(spread)
    product = target.deviations[:, None] * spread * target.deviations
    shared: Tensor = _RootTrace.apply(product, target.floor)  # type: ignore[no-untyped-call]
    inside = spread.trace() + target.deviations.square().sum() - 2 * shared
    distance = apart + inside
    if others:
        deviation = outside.clamp_min(target.floor).sqrt()
        distance = distance + (deviation - target.rest.sqrt()).square()
    # What is below is rounding, whose gradient would lead anywhere.
    return distance * (distance > _ROUNDING * target.energy)


class _RootTrace(torch.autograd.Function):
    # tr M^1/2 has the gradient M^-1/2 / 2: no gradient of an eigenvector is needed, which would
    # be infinite where two eigenvalues are the same.

    @staticmethod
    def forward(ctx: Any, product: Tensor, floor: Tensor) -> Tensor:
        values, vectors = _eigen((product + product.mT) / 2)
        # Except for rounding, no eigenvalue is below that of two floors.
        roots = values.clamp_min(float(floor) ** 2).sqrt()
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward((vectors / (2 * roots)) @ vectors.mT)
        total: Tensor = roots.sum()
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (slope,) = ctx.saved_tensors
        return gradient * slope, None


def _eigen(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues and eigenvectors; all NaN if the matrix is not finite."""
    if not matrix.isfinite().all():  # which would otherwise be an error
        return torch.full_like(matrix[0], torch.nan), torch.full_like(matrix, torch.nan)
    # With one thread: LAPACK's many short steps each wait for all threads, on a busy machine a
    # thousand times as long as they compute.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        values, vectors = torch.linalg.eigh(matrix)
    finally:
        torch.set_num_threads(threads)
    return values, vectors


def _exact(values: Tensor) -> Tensor:
    # Square roots of matrices need float64, and some devices have neither that nor eigenvectors.
    if values.device.type == "mps":
        values = values.cpu()
    return values.to(widest(values.device))
