"""Halving and doubling maps without aliasing, at the price of one convolution.

Filtering and convolving are both linear, so the filter is put into the kernel: nothing of the
size of a map is computed twice, and the weights keep the shape they have without it.
"""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def blurred_kernel(
    weight: Float[Tensor, "out in height width"],
) -> Float[Tensor, "out in height+2 width+2"]:
    """The kernel that convolves with a binomial blur, 1 2 1, and then with ``weight``.

    With a stride of 2 it is the anti-aliased downsampling of Zhang 2019 ("Making convolutional
    networks shift-invariant again"), with the blur before the nonlinearity instead of after it,
    which costs a third of it. Over maps padded by reflection it is exact up to the edge, as the
    blur of a mirrored map is the mirrored blur.
    """
    out, inner, height, width = weight.shape
    # One matrix product over all kernels at once; thousands of tiny ones take ten times as long.
    widening = _filter((0.25, 0.5, 0.25), height, width).to(weight)
    return (weight.reshape(out * inner, -1) @ widening).view(out, inner, height + 2, width + 2)


def doubling_kernel(
    weight: Float[Tensor, "out in 3 3"],
) -> Float[Tensor, "4*out in 3 3"]:
    """The kernel that enlarges maps twofold, linearly, and then convolves them with ``weight``.

    It works on the small maps and gives the four pixels of each place as channels, in the order
    of `torch.nn.functional.pixel_shuffle`. Every pixel of the large map sees the same kernel over
    the same smooth surface: no checkerboard (Odena, Dumoulin and Olah 2016), which transposed
    convolution leaves, and no staircase, which doubled pixels leave.
    """
    out, inner = weight.shape[:2]
    phases = (weight.reshape(out * inner, 9) @ _phases().to(weight)).view(out, inner, 4, 9)
    return phases.transpose(1, 2).reshape(4 * out, inner, 3, 3)


def doubled_convolution(
    maps: Float[Tensor, "batch in height width"],
    weight: Float[Tensor, "out in 3 3"],
    bias: Float[Tensor, " out"],
) -> Float[Tensor, "batch out _height2 _width2"]:
    """Maps of twice the sides, convolved; see :func:`doubling_kernel`. Edges are mirrored."""
    padded = F.pad(maps, (1, 1, 1, 1), mode="reflect")
    four = F.conv2d(padded, doubling_kernel(weight), bias.repeat_interleave(4))
    return F.pixel_shuffle(four, 2)


def halved_convolution(
    maps: Float[Tensor, "batch in height width"],
    weight: Float[Tensor, "out in 3 3"],
    bias: Float[Tensor, " out"],
) -> Float[Tensor, "batch out _height2 _width2"]:
    """Every other pixel of the blurred and convolved maps; see :func:`blurred_kernel`."""
    padded = F.pad(maps, (2, 2, 2, 2), mode="reflect")
    return F.conv2d(padded, blurred_kernel(weight), bias, stride=2)


@cache
def _filter(taps: tuple[float, ...], height: int, width: int) -> Tensor:
    """The matrix, (height * width, height' * width'), that convolves a kernel with a filter."""
    down, across = (_line(taps, side) for side in (height, width))
    return torch.kron(down, across).T.contiguous()


def _line(taps: tuple[float, ...], length: int) -> Tensor:
    """The matrix that convolves a vector of some length with a filter."""
    rows = torch.zeros(length + len(taps) - 1, length)
    for column in range(length):
        rows[column : column + len(taps), column] = torch.tensor(taps)
    return rows


@cache
def _phases() -> Tensor:
    """The matrix, (9, 4 * 9), that makes of a 3x3 kernel the four that see the small map.

    Linear enlargement puts zeros between the pixels and convolves with 1 3 3 1. Of the 6x6 kernel
    that results, pixels of even and odd places meet every other element.
    """
    wide = _filter((0.25, 0.75, 0.75, 0.25), 3, 3).view(9, 3, 2, 3, 2)
    return wide.flip(2, 4).permute(0, 2, 4, 1, 3).reshape(9, 36).contiguous()
