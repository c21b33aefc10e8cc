"""Distributions by mean and covariance, and how far it is from one to the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from impasto.nn.positions import widest

_FLOOR: Final = 1e-4
"""Variance added in every direction to both distributions, as a share of the target's mean square:
covariances of flat maps, and of fewer positions than channels, are singular, and there the
gradient of a square root is infinite. A hundredth of the channels' usual size is below notice."""

_TINY: Final = 1e-12
"""Below any target's energy: keeps the distance from a black target finite."""


@dataclass(frozen=True)
class Gaussian:
    """A normal distribution that others are compared with; everything in float64.

    Attributes:
        mean: (C,).
        root: The symmetric square root of the covariance with ``floor`` on it, (C, C).
        floor: The variance that is added in every direction.
        energy: The mean of the squared length of a vector, without the floor.
    """

    mean: Tensor
    root: Tensor
    floor: Tensor
    energy: Tensor


def mean_and_covariance(
    moments: Float[Tensor, "channels columns"], weight: Float[Tensor, ""]
) -> tuple[Float[Tensor, " channels"], Float[Tensor, "channels channels"]]:
    """What the sums of :func:`impasto.nn.moments.second_moments` say, in float64.

    Args:
        moments: (C, C + 1) sums.
        weight: The sum of the weights.
    """
    means = _exact(moments) / _exact(weight).clamp_min(_TINY)
    mean = means[:, -1]
    return mean, means[:, :-1] - torch.outer(mean, mean)


def gaussian(moments: Float[Tensor, "channels columns"], weight: Float[Tensor, ""]) -> Gaussian:
    """The distribution that has these moments; of no numbers where the moments are none."""
    mean, covariance = mean_and_covariance(moments, weight)
    energy = mean.square().sum() + covariance.trace()
    floor = (_FLOOR * energy / len(mean)).clamp_min(_TINY)
    values, vectors = _eigen(covariance)
    root = (vectors * (values.clamp_min(0) + floor).sqrt()) @ vectors.mT
    return Gaussian(mean, root, floor, energy.clamp_min(_TINY))


def gaussian_distance(
    mean: Float[Tensor, " channels"],
    covariance: Float[Tensor, "channels channels"],
    target: Gaussian,
) -> Float[Tensor, ""]:
    """The squared 2-Wasserstein distance of two normal distributions.

    |m - n|^2 + tr S + tr R - 2 tr (R^1/2 S R^1/2)^1/2: Gelbrich 1990 (and Dowson and
    Landau 1982). Unlike there both covariances have the target's floor on them, so that the
    distance is smooth and still 0 for equal ones. Not a number when the covariance is not.
    """
    floored = covariance + target.floor * torch.eye(len(mean)).to(covariance)
    apart = (mean - target.mean).square().sum()
    shared: Tensor = _RootTrace.apply(floored, target.root, target.floor)  # type: ignore[no-untyped-call]
    return apart + floored.trace() + target.root.square().sum() - 2 * shared


class _RootTrace(torch.autograd.Function):
    # tr (A S A)^1/2 has the gradient A (A S A)^-1/2 A / 2: no gradient of an eigenvector is
    # needed, which would be infinite where two eigenvalues are the same.

    @staticmethod
    def forward(ctx: Any, covariance: Tensor, root: Tensor, floor: Tensor) -> Tensor:
        product = root @ covariance @ root
        values, vectors = _eigen((product + product.mT) / 2)
        # No eigenvalue is below that of two floors but by rounding.
        roots = values.clamp_min(float(floor) ** 2).sqrt()
        if ctx.needs_input_grad[0]:
            turned = root @ vectors
            ctx.save_for_backward((turned / (2 * roots)) @ turned.mT)
        total: Tensor = roots.sum()
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (slope,) = ctx.saved_tensors
        return gradient * slope, None, None


def _eigen(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues and eigenvectors; of a matrix in which a number is none they are none either."""
    if not matrix.isfinite().all():  # where they would be an error
        return torch.full_like(matrix[0], torch.nan), torch.full_like(matrix, torch.nan)
    values, vectors = torch.linalg.eigh(matrix)
    return values, vectors


def _exact(values: Tensor) -> Tensor:
    # Square roots of matrices need float64, and some devices have neither that nor eigenvectors.
    if values.device.type == "mps":
        values = values.cpu()
    return values.to(widest(values.device))
