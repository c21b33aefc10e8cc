"""What a painting will need, said before it begins."""

from __future__ import annotations

import bisect
from typing import Final

import torch

from impasto.errors import MemoryEstimateError
from impasto.methods.gatys.options import PaintOptions
from impasto.nn.pyramid import Size, fitted_size
from impasto.nn.vgg import WIDTHS, conv_names

_FIXED: Final = 620_000_000
"""Bytes that any painting takes: torch, the weights in two precisions, the libraries' buffers."""

_TEMPORARIES: Final = 1.845
"""What the allocator and short-lived copies add to the maps. With it and ``_FIXED`` the estimate is
what was measured at 320 x 240 (0.80 GB) and 512 x 384 (1.08 GB) in bf16; other sizes and fp32
were not measured."""

_KEEP_FREE: Final = 0.95
"""Share of the free memory a painting may plan with."""

_LEAST_SIDE: Final = 64
"""Longer side of the smallest picture that is proposed instead."""


def estimated_memory(
    height: int, width: int, options: PaintOptions, network: str, precision: torch.dtype
) -> int:
    """Bytes that painting a picture of this size will take at its peak.

    The network's feature maps and their gradients make up nearly all: one map after each
    convolution is kept for the gradient, the maps of the first block are there twice more while
    the gradient passes them, and once in float32 for the Gram matrix.
    """
    per_pixel = _bytes_per_pixel(options, network, precision.itemsize)
    return _FIXED + round(height * width * per_pixel)


def check_memory(
    size: Size,
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
    smaller = _smaller_size(size, options, network, precision, free)
    advice = "close other programs"
    if smaller is not None:
        height, width = smaller
        cut = options.crop_fit is not None
        option = f"--crop-fit {width} {height}" if cut else f"--size {max(smaller)}"
        advice = f"{option} would fit"
    raise MemoryEstimateError(
        f"{size[1]} x {size[0]} needs about {needed / 1e9:.1f} GB of memory and "
        f"{free / 1e9:.1f} GB are free: {advice}"
    )


def _smaller_size(
    size: Size, options: PaintOptions, network: str, precision: torch.dtype, free: int
) -> Size | None:
    """The largest size of the same aspect that fits, its longer side a multiple of 16."""

    def is_too_large(side: int) -> bool:
        height, width = fitted_size(size, side)
        # One more of each, as the photograph's own aspect may round up where this one does not.
        needed = estimated_memory(height + 1, width + 1, options, network, precision)
        return needed > free * _KEEP_FREE

    sides = range(_LEAST_SIDE, max(size), 16)
    fitting = bisect.bisect_left(sides, True, key=is_too_large)
    return fitted_size(size, sides[fitting - 1]) if fitting else None


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
    return (maps + first) * _TEMPORARIES + images
