"""Sizes and resizing: pyramids, bands of detail, soft edges, mirrored borders.

A size is (height, width).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

Size = tuple[int, int]
Resize = Callable[[Tensor, Size], Tensor]

_LOBES: Final = 8
"""Of Lanczos's filter. In a painting at twice its size, neighbors differ by more in every other
column, squared: with bicubic 2.36 times as much, with three lobes 1.43, with eight 1.12."""

_LARGEST: Final = 6.0
"""Deviation in pixels above which the image is blurred at a smaller size: so smooth a result loses
nothing, and the time does not grow with the deviation."""


def size_of(image: Tensor) -> Size:
    """Height and width of an image or feature map."""
    return image.shape[-2], image.shape[-1]


def fitted_size(size: Size, max_side: int) -> Size:
    """The size of the same aspect whose longer side is ``max_side``; no side is less than 1."""
    scale = max_side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def pyramid_sizes(size: Size, coarsest: int) -> list[Size]:
    """Sizes from coarse to fine, each about twice the previous one.

    The last is ``size`` itself, and the longer side of the first is at least ``coarsest`` and less
    than twice that. A picture smaller than twice ``coarsest`` has only its own size, and so has
    every picture if ``coarsest`` is 0.
    """
    sizes = [size]
    while coarsest and max(sizes[0]) >= 2 * coarsest:
        sizes.insert(0, fitted_size(size, round(max(size) / 2 ** len(sizes))))
    return sizes


def resized(
    image: Float[Tensor, "batch channels _height _width"], size: Size
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """Resize with a bicubic filter, widened when shrinking to avoid aliasing.

    Bicubic overshoots at edges; callers that need [0, 1] clamp.
    """
    if size_of(image) == size:
        return image
    return F.interpolate(image, size, mode="bicubic", antialias=True)


def enlarged(
    image: Float[Tensor, "batch channels _height _width"], size: Size
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """Enlarge with Lanczos's filter of eight lobes; other sizes as :func:`resized`.

    A shorter filter weakens the finest detail in every other row and column: a lattice of two
    pixels, which a second enlarging makes stronger. It overshoots more at edges.
    """
    old = size_of(image)
    if old == size or size[0] < old[0] or size[1] < old[1]:
        return resized(image, size)
    down, across = (_lanczos(*each) for each in zip(old, size, strict=True))
    return down.to(image).mT @ (image @ across.to(image))


FILTERS: Final[Mapping[str, Resize]] = {"lanczos": enlarged, "bicubic": resized}


def _lanczos(old: int, new: int) -> Tensor:
    """The weights of old pixels in new ones, (old, new)."""
    places = (torch.arange(new, dtype=torch.float64) + 0.5) * old / new - 0.5
    away = places - torch.arange(old)[:, None]
    weights = torch.sinc(away) * torch.sinc(away / _LOBES) * (away.abs() < _LOBES)
    return weights / weights.sum(0)


def averaged(
    maps: Float[Tensor, "batch channels _height _width"], size: Size
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """Resize masks or maps linearly; when reducing, to the mean of the covered pixels."""
    return F.interpolate(maps, size, mode="bilinear", antialias=True)


def crop_fitted(
    image: Float[Tensor, "batch channels _height _width"], size: Size, resize: Resize = resized
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """Crop to an aspect, centered, and resize, without distortion."""
    height, width = size_of(image)
    scale = min(height / size[0], width / size[1])
    cut = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    top, left = (height - cut[0]) // 2, (width - cut[1]) // 2
    return resize(image[..., top : top + cut[0], left : left + cut[1]], size)


def laplacian_bands(
    image: Float[Tensor, "batch channels _height _width"], least: int = 4
) -> list[Float[Tensor, "batch channels _height2 _width2"]]:
    """Split an image into the detail that each halving of its size loses, and the small rest.

    Burt and Adelson 1983, "The Laplacian pyramid as a compact image code", with linear instead of
    binomial filters.

    Args:
        image: Of any size.
        least: Except for the first, no band has a longer side below this.

    Returns:
        The bands from the finest, of the image's size, to the rest.
    """
    bands = []
    while max(size_of(image)) >= 2 * least:
        smaller = _halved(image)
        bands.append(image - _enlarged(smaller, size_of(image)))
        image = smaller
    return [*bands, image]


def from_bands(
    bands: Sequence[Float[Tensor, "batch channels _height _width"]],
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """The image that :func:`laplacian_bands` split."""
    image = bands[-1]
    for band in reversed(bands[:-1]):
        image = band + _enlarged(image, size_of(band))
    return image


def _halved(image: Tensor) -> Tensor:
    height, width = size_of(image)
    size = (height + 1) // 2, (width + 1) // 2
    return F.interpolate(image, size, mode="bilinear", antialias=True)


def _enlarged(image: Tensor, size: Size) -> Tensor:
    return F.interpolate(image, size, mode="bilinear")


def blurred(
    image: Float[Tensor, "1 channels height width"], deviation: float
) -> Float[Tensor, "1 channels height width"]:
    """Blur with a Gaussian; edge pixels are repeated beyond the border.

    Args:
        image: Values in [0, 1]; the result stays in it.
        deviation: Standard deviation in pixels; 0 leaves the image unchanged.
    """
    if not deviation:
        return image
    size, shrink = size_of(image), max(1.0, deviation / _LARGEST)
    small = max(1, round(size[0] / shrink)), max(1, round(size[1] / shrink))
    soft = resized(image, small)
    for axis in (0, 1):
        soft = _blurred_along(soft, deviation / shrink, axis)
    return resized(soft, size).clamp(0, 1)


def _blurred_along(image: Tensor, deviation: float, axis: int) -> Tensor:
    reach = math.ceil(4 * deviation)
    places = torch.arange(-reach, reach + 1, dtype=image.dtype, device=image.device)
    bell = torch.exp(-places.square() / (2 * deviation**2))
    taps = (-1, 1) if axis == 0 else (1, -1)
    kernel = (bell / bell.sum()).view(1, 1, *taps).repeat(image.shape[1], 1, 1, 1)
    edges = (0, 0, reach, reach) if axis == 0 else (reach, reach, 0, 0)
    padded = F.pad(image, edges, mode="replicate")
    return F.conv2d(padded, kernel, groups=image.shape[1])


def reflected(
    image: Float[Tensor, "batch channels height width"], sides: tuple[int, int, int, int]
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """Pad left, right, top and bottom by reflection, repeatedly if a side is short."""
    left, right, top, bottom = sides
    rows = _mirrored(image.shape[-2], top, bottom, image.device)
    columns = _mirrored(image.shape[-1], left, right, image.device)
    return image[..., rows, :][..., columns]


def _mirrored(length: int, before: int, after: int, device: torch.device) -> Tensor:
    places = torch.arange(-before, length + after, device=device)
    if length == 1:
        return torch.zeros_like(places)
    period = 2 * (length - 1)
    places = places.remainder(period)
    return torch.minimum(places, period - places)
