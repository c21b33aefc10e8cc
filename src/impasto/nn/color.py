"""Colors as distributions, and the transfer of one picture's palette to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.pixels.palette import bands
from impasto.pixels.palette import optimal_transport_map as transport_of_arrays

_WHOLE: Final = 1 << 20
"""Pixels per block, to avoid a float64 copy of a large image."""


def color_statistics(
    image: Float[Tensor, "1 3 height width"],
    weights: Float[Tensor, "1 1 height width"] | None = None,
) -> tuple[Float[Tensor, 3], Float[Tensor, "3 3"]]:
    """Mean and covariance of the colors of an image, in float64.

    Args:
        image: sRGB in [0, 1].
        weights: How much each pixel counts (alpha, a mask); all equally if None.
    """
    shares = torch.ones_like(image[:, :1]) if weights is None else weights
    total = shares.sum(dtype=torch.float64).clamp_min(1e-12)
    mean = torch.zeros(3, dtype=torch.float64, device=image.device)
    covariance = torch.zeros(3, 3, dtype=torch.float64, device=image.device)
    for rows in _bands(image):
        colors, share = _flat(image, rows), _flat(shares, rows) / total
        mean += (colors * share).sum(1)
    for rows in _bands(image):
        centered = _flat(image, rows) - mean[:, None]
        covariance += (centered * (_flat(shares, rows) / total)) @ centered.mT
    return mean, covariance


def optimal_transport_map(
    source: Float[Tensor, "3 3"], target: Float[Tensor, "3 3"]
) -> Float[Tensor, "3 3"]:
    """The linear map T from covariance ``source`` to ``target`` that changes colors least.

    See :func:`impasto.pixels.palette.optimal_transport_map`, which works on arrays.
    """
    matrix = transport_of_arrays(source.cpu().numpy(), target.cpu().numpy())
    return torch.from_numpy(matrix).to(source)


Palette = tuple[Float[Tensor, "3"], Float[Tensor, "3 3"]]
"""Mean and covariance of colors, from :func:`color_statistics`."""


def mixed(palettes: Sequence[Palette]) -> Palette:
    """The joint palette of several pictures, which count equally whatever their sizes."""
    if len(palettes) == 1:
        return palettes[0]
    means = torch.stack([mean for mean, _ in palettes])
    # The differences between the means add to the variance of the whole.
    apart = means - means.mean(0)
    within = torch.stack([covariance for _, covariance in palettes]).mean(0)
    return means.mean(0), within + apart.mT @ apart / len(palettes)


def recolored(
    image: Float[Tensor, "1 3 height width"],
    style: Float[Tensor, "1 3 _height2 _width2"],
    weights: Float[Tensor, "1 1 height width"] | None = None,
) -> Float[Tensor, "1 3 height width"]:
    """Give an image the mean and covariance of the colors of a style image, clamped to [0, 1].

    Args:
        image: sRGB in [0, 1].
        style: sRGB in [0, 1].
        weights: How much each pixel of ``image`` counts; all equally if None.
    """
    return with_palette(image, color_statistics(style), weights)


def with_palette(
    image: Float[Tensor, "1 3 height width"],
    palette: Palette,
    weights: Float[Tensor, "1 1 height width"] | None = None,
) -> Float[Tensor, "1 3 height width"]:
    """Give an image a palette; see :func:`recolored`."""
    source_mean, source = color_statistics(image, weights)
    target_mean, target = palette
    matrix = optimal_transport_map(source, target)
    moved = torch.empty_like(image)
    for rows in _bands(image):
        centered = image[:, :, rows].double() - source_mean[:, None, None]
        colors = torch.einsum("ij,bjhw->bihw", matrix, centered) + target_mean[:, None, None]
        moved[:, :, rows] = colors.clamp_(0, 1)
    return moved


def is_gray(image: Float[Tensor, "1 3 height width"]) -> bool:
    """Whether all channels differ from their pixel's mean by less than a level of 255."""
    return bool((image - gray(image)).abs().max() < 1 / 255)


def is_flat(image: Float[Tensor, "1 3 height width"]) -> bool:
    """Whether all pixels differ by less than a level of 255."""
    return bool((image.amax((2, 3)) - image.amin((2, 3))).max() < 1 / 255)


def gray(image: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 3 height width"]:
    """The nearest image without colors: the mean of the channels in each."""
    return image.mean(1, keepdim=True).expand_as(image)


def _bands(image: Tensor) -> Iterator[slice]:
    return bands(image.shape[-2], max(1, _WHOLE // image.shape[-1]))


def _flat(image: Tensor, rows: slice) -> Tensor:
    """Some rows of an image, (channels, pixels) in float64."""
    flat: Tensor = image[0, :, rows].double().flatten(1)
    return flat
