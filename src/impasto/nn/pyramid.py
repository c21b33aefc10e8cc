"""Sizes from coarse to fine, and resizing between them. A size is (height, width)."""

from __future__ import annotations

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

Size = tuple[int, int]


def size_of(image: Tensor) -> Size:
    """Height and width of an image or feature map."""
    return image.shape[-2], image.shape[-1]


def fitted_size(size: Size, max_side: int) -> Size:
    """The size of the same aspect whose longer side is ``max_side``; no side is less than 1."""
    scale = max_side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def pyramid_sizes(size: Size, coarsest: int) -> list[Size]:
    """Sizes from coarse to fine, each about twice the one before.

    The last is ``size`` itself, and the longer side of the first is at least ``coarsest`` and
    less than twice that. A picture smaller than twice ``coarsest`` has its own size alone, and so
    has every picture when ``coarsest`` is 0.
    """
    sizes = [size]
    while coarsest and max(sizes[0]) >= 2 * coarsest:
        sizes.insert(0, fitted_size(size, round(max(size) / 2 ** len(sizes))))
    return sizes


def resized(
    image: Float[Tensor, "batch channels _height _width"], size: Size
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """Resize with a bicubic filter, widened when shrinking so that nothing aliases.

    Bicubic overshoots at edges; callers that need [0, 1] clamp.
    """
    if size_of(image) == size:
        return image
    return F.interpolate(image, size, mode="bicubic", antialias=True)


def averaged(
    maps: Float[Tensor, "batch channels _height _width"], size: Size
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """Resize masks or maps linearly; when shrinking, to the mean of what a place covers."""
    return F.interpolate(maps, size, mode="bilinear", antialias=True)


def crop_fitted(
    image: Float[Tensor, "batch channels _height _width"], size: Size
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """Cut the largest centered piece of the wanted aspect and resize it: nothing is distorted."""
    height, width = size_of(image)
    scale = min(height / size[0], width / size[1])
    cut = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    top, left = (height - cut[0]) // 2, (width - cut[1]) // 2
    return resized(image[..., top : top + cut[0], left : left + cut[1]], size)
