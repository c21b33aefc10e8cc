"""An image as bands of detail, so that one step of an optimizer moves a pixel or a whole sky."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from impasto.nn.pyramid import Size, size_of


def laplacian_bands(
    image: Float[Tensor, "batch channels _height _width"], least: int = 4
) -> list[Float[Tensor, "batch channels _height2 _width2"]]:
    """Split an image into what each halving of its size loses, and the small rest.

    Burt and Adelson 1983, "The Laplacian pyramid as a compact image code", with linear filters in
    place of their binomial ones.

    Args:
        image: Of any size.
        least: No band but the first has a longer side below this.

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
