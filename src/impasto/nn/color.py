"""Colors as distributions: moving one picture's palette to another's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

_MAX_GAIN: Final = 8.0
"""How many times a color direction is stretched at most. A grey photograph has no colors but its
JPEG's noise in two directions; without a bound that would become the palette's width."""

_FLOOR: Final = 1e-9
"""Least variance of a color direction, in sRGB^2: makes a singular covariance invertible."""


def color_statistics(
    image: Float[Tensor, "1 3 height width"],
    weights: Float[Tensor, "1 1 height width"] | None = None,
) -> tuple[Float[Tensor, 3], Float[Tensor, "3 3"]]:
    """Mean and covariance of the colors of an image, in float64.

    Args:
        image: sRGB in [0, 1].
        weights: How much each pixel counts (alpha, a mask); all alike when None.
    """
    colors = image.double().flatten(2)[0]
    shares = torch.ones_like(colors[:1]) if weights is None else weights.double().flatten(2)[0]
    shares = shares / shares.sum().clamp_min(1e-12)
    mean = (colors * shares).sum(1)
    centered = colors - mean[:, None]
    return mean, (centered * shares) @ centered.mT


def optimal_transport_map(
    source: Float[Tensor, "3 3"], target: Float[Tensor, "3 3"]
) -> Float[Tensor, "3 3"]:
    """The linear map T that takes covariance ``source`` to ``target`` moving colors least.

    T = S^-1/2 (S^1/2 R S^1/2)^1/2 S^-1/2, the Monge-Kantorovitch solution of Pitie and Kokaram
    2007, "The linear Monge-Kantorovitch linear colour mapping", equation 15. It is symmetric, so
    it turns no hue into its opposite, as a map by Cholesky factors may. Unlike theirs it stretches
    no direction more than ``_MAX_GAIN`` times.
    """
    root = _spectral(source, lambda values: values.clamp_min(_FLOOR).sqrt())
    inverse = torch.linalg.inv(root)
    middle = _spectral(root @ target @ root, lambda values: values.clamp_min(0).sqrt())
    return _spectral(inverse @ middle @ inverse, lambda values: values.clamp(0, _MAX_GAIN))


def recolored(
    image: Float[Tensor, "1 3 height width"],
    style: Float[Tensor, "1 3 _height2 _width2"],
    weights: Float[Tensor, "1 1 height width"] | None = None,
) -> Float[Tensor, "1 3 height width"]:
    """Give an image the mean and covariance of the colors of a style image, clamped to [0, 1].

    Args:
        image: sRGB in [0, 1].
        style: sRGB in [0, 1].
        weights: Which pixels of ``image`` its statistics are taken from; all alike when None.
    """
    source_mean, source = color_statistics(image, weights)
    target_mean, target = color_statistics(style)
    matrix = optimal_transport_map(source, target)
    centered = image.double() - source_mean[:, None, None]
    moved: Tensor = torch.einsum("ij,bjhw->bihw", matrix, centered) + target_mean[:, None, None]
    return moved.clamp(0, 1).to(image.dtype)


def is_gray(image: Float[Tensor, "1 3 height width"]) -> bool:
    """Whether no pixel's channels differ by as much as a level of 255 from their mean."""
    return bool((image - gray(image)).abs().max() < 1 / 255)


def gray(image: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 3 height width"]:
    """The nearest image without colors: the mean of the channels in each."""
    return image.mean(1, keepdim=True).expand_as(image)


def _spectral(matrix: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
    """Apply a function to the eigenvalues of a symmetric matrix."""
    values, vectors = torch.linalg.eigh((matrix + matrix.mT) / 2)
    changed: Tensor = (vectors * function(values)) @ vectors.mT
    return changed
