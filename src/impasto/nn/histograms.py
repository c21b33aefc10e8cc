"""Distributions of values as histograms, and the distance between them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Final

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

from impasto.nn.moments import maps_of, pieces, rows_of, weights_of, wide, widest

_MANTISSA: Final = 5
"""Bits of a value's mantissa that its bin keeps: 32 bins an octave, each 3 % wide."""

_OCTAVES: Final = range(-20, 20)
"""Powers of two with their own bins, enough for features of any publisher's network."""

_SHIFT: Final = 23 - _MANTISSA

_LEAST: Final = (127 + _OCTAVES.start) << _MANTISSA

_HALF: Final = len(_OCTAVES) << _MANTISSA

BINS: Final = 2 * _HALF
"""Bins of a histogram, half of them for negative values."""

_TINY: Final = 1e-12
"""Below any share and any energy."""


@functools.cache
def random_directions(channels: int, count: int, seed: int) -> Float[Tensor, "channels count"]:
    """Unit vectors, uniform on the sphere, in float64; the same for the same arguments.

    Drawn on the processor, so that every device projects on the same ones.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(channels, count, generator=generator, dtype=torch.float64)
    return torch.nn.functional.normalize(drawn, dim=0)


@dataclass(frozen=True)
class Quantiles:
    """Target distributions, one per row; everything in float64.

    A distribution is a few values (the means of its bins) with a share each.

    Attributes:
        values: (N, B), 0 where a share is.
        cumulative: Sums of the shares up to and with each value, (N, B).
        integral: Sums of share times value up to and with each, (N, B).
        energy: The sum over all rows of the mean square.
    """

    values: Tensor
    cumulative: Tensor
    integral: Tensor
    energy: Tensor


def bins_of(values: Float[Tensor, "*shape"]) -> Int[Tensor, "*shape"]:
    """The bin number of each value, increasing with the value.

    The bins are those of the floating-point numbers themselves: sign, exponent and the first
    bits of the mantissa. So the range need not be known beforehand, which lets the histograms
    of tiles be added up, and a bin is never wider than 3 % of its values.
    """
    bits = values.to(torch.float32).view(torch.int32)
    sign = bits >> 31  # 0, or -1 for negative values, whose bits are in reverse order
    magnitude = ((bits & 0x7FFF_FFFF) >> _SHIFT).sub_(_LEAST).clamp_(0, _HALF - 1)
    return (magnitude ^ sign).add_(_HALF).long()


def histograms(
    features: Float[Tensor, "1 channels height width"],
    directions: Float[Tensor, "channels rows"] | None = None,
    guide: Float[Tensor, "1 1 height width"] | None = None,
) -> Float[Tensor, "2 _rows bins"]:
    """For each bin the sum of the weights, and of weight times value.

    One histogram for each direction of projection, or for each channel. The weight of a position is
    the square of the guide. Values move their sums; the gradient with respect to them is exact
    except at the bins' edges.
    """
    arguments = features, directions, weights_of(guide, features)
    sums: Tensor = _Histograms.apply(*arguments)  # type: ignore[no-untyped-call]
    return sums


def quantiles(sums: Float[Tensor, "2 rows bins"], weight: Float[Tensor, ""]) -> Quantiles:
    """The distributions that :func:`histograms` describe.

    Args:
        sums: Of weights and values.
        weight: The sum of the weights of all positions.
    """
    shares, values = _shares(sums, weight)
    means = values / shares.clamp_min(_TINY)
    energy = (values * means).sum().clamp_min(_TINY)
    return Quantiles(means, shares.cumsum(1), values.cumsum(1), energy)


def transport_distance(
    sums: Float[Tensor, "2 rows bins"], weight: Float[Tensor, ""], target: Quantiles
) -> Float[Tensor, ""]:
    """The squared 2-Wasserstein distances of distributions from targets, summed over the rows.

    In one dimension the least costly way of moving one distribution to the other keeps the order
    (Villani 2003, theorem 2.18), so it is the integral of (P^-1(u) - Q^-1(u))^2 over u, whatever
    the number of positions on each side. Here a bin is moved as one, from its mean to the mean of
    its share of the target: exact for values that are alone in their bins, and otherwise less by
    what the target's values differ within a bin's share, which no gradient could reach, as equal
    values move together. The gradient takes the shares as given.

    Args:
        sums: Of weights and values.
        weight: The sum of the weights of all positions.
        target: As many distributions.
    """
    shares, values = _shares(sums, weight)
    with torch.no_grad():
        # What of the target each bin is moved to: the integral of Q^-1 over the bin's share.
        reached = _integral(target, shares.cumsum(1))
        matched = torch.diff(reached, dim=1, prepend=torch.zeros_like(reached[:, :1]))
    return ((values - matched).square() / shares.detach().clamp_min(_TINY)).sum()


def _shares(sums: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Shares and share times value of each bin, without the bins that no row uses."""
    used = sums[0].any(0)
    used[0] = True  # at least one, even if nothing was measured
    shares, values = sums[..., used].to(widest(sums.device)) / weight.clamp_min(_TINY)
    return shares, values


def _integral(target: Quantiles, until: Tensor) -> Tensor:
    """The integral of the targets' quantile functions from 0 to each of some shares."""
    found = torch.searchsorted(target.cumulative, until.contiguous())
    found.clamp_max_(target.cumulative.shape[1] - 1)
    beyond = target.cumulative.gather(1, found) - until
    return target.integral.gather(1, found) - beyond * target.values.gather(1, found)


class _Histograms(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, features: Tensor, directions: Tensor | None, weights: Tensor | None
    ) -> Tensor:
        rows = rows_of(features)
        count = rows.shape[1] if directions is None else directions.shape[1]
        sums = torch.zeros(2, count, BINS, dtype=widest(rows.device), device=rows.device)
        kept = len(rows) if ctx.needs_input_grad[0] else 0
        found = torch.empty(count, kept, dtype=torch.int16, device=rows.device)
        one = torch.ones(1, 1).to(sums)
        start = 0
        for piece, share in pieces(rows, weights):
            values = piece.to(wide(piece)).mT
            values = values.contiguous() if directions is None else directions.mT @ values
            index = bins_of(values)
            weight = one if share is None else share.mT.to(sums)
            exact = values.to(sums.dtype)
            sums[0].scatter_add_(1, index, weight.expand_as(values))
            sums[1].scatter_add_(1, index, exact if share is None else exact * weight)
            if kept:
                found[:, start : start + len(piece)] = index
            start += len(piece)
        ctx.save_for_backward(features, directions, weights, found)
        return sums.to(wide(features))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        features, directions, weights, found = ctx.saved_tensors
        product = torch.empty_like(rows_of(features))
        start = 0
        for out, share in pieces(product, weights):
            index = found[:, start : start + len(out)].long()
            slope = gradient[1].gather(1, index).mT
            slope = slope if directions is None else slope @ directions.mT
            out.copy_(slope if share is None else slope * share)
            start += len(out)
        return maps_of(product, features), None, None
