"""What a painting will need, said before it begins."""

from __future__ import annotations

from typing import Final

import torch

from impasto.errors import MemoryEstimateError
from impasto.methods.gatys.options import PaintOptions
from impasto.nn.vgg import WIDTHS, conv_names

_FIXED: Final = 450_000_000
"""Bytes that any painting takes: torch, the weights in two precisions, the libraries' buffers."""

_KEEP_FREE: Final = 0.95
"""Share of the free memory a painting may plan with."""


def estimated_memory(
    height: int, width: int, options: PaintOptions, network: str, precision: torch.dtype
) -> int:
    """Bytes that painting a picture of this size will take at most, within about 20 %.

    The network's feature maps and their gradients make up nearly all: one map after each
    convolution is kept for the gradient, the maps of the first block are there twice more while
    the gradient passes them, and once in float32 for the Gram matrix.
    """
    per_pixel = _bytes_per_pixel(options, network, precision.itemsize)
    return _FIXED + round(height * width * per_pixel)


def check_memory(
    size: tuple[int, int],
    options: PaintOptions,
    network: str,
    precision: torch.dtype,
    free: int,
) -> None:
    """Refuse a painting that would not fit.

    Args:
        size: Height and width of the result.
        options: The recipe.
        network: ``vgg16`` or ``vgg19``.
        precision: Of the convolutions.
        free: Bytes that may be taken.

    Raises:
        MemoryEstimateError: It does not fit; the message names a size that does.
    """
    needed = estimated_memory(*size, options, network, precision)
    if needed <= free * _KEEP_FREE:
        return
    spare = max(0.0, free * _KEEP_FREE - _FIXED)
    pixels = spare / _bytes_per_pixel(options, network, precision.itemsize)
    largest = int(max(size) * min(1.0, (pixels / (size[0] * size[1])) ** 0.5)) // 16 * 16
    advice = f"--size {largest} would fit" if largest >= 64 else "close other programs"
    raise MemoryEstimateError(
        f"{size[1]} x {size[0]} needs about {needed / 1e9:.1f} GB of memory and "
        f"{free / 1e9:.1f} GB are free: {advice}"
    )


def _bytes_per_pixel(options: PaintOptions, network: str, itemsize: int) -> float:
    deepest = max(
        conv_names(network).index(name.replace("relu", "conv"))
        for name in (*options.content_layers, *options.style_layers)
    )
    maps = 0.0
    for name in conv_names(network)[: deepest + 1]:
        block = int(name[4]) - 1
        pooled = 0.25 if name.endswith("_1") and block else 0.0
        maps += (WIDTHS[block] + pooled * WIDTHS[max(0, block - 1)]) / 4**block * itemsize
    first = WIDTHS[0] * (2 * itemsize + 4)
    images = 3 * 4 * (12 + (2 * options.history if options.optimizer == "lbfgs" else 2))
    return maps + first + images
