"""Filters put into kernels: the same as filtering first, and no checkerboard."""

import hypothesis
import hypothesis.strategies as some
import pytest
import torch
import torch.nn.functional as F

from impasto.nn.blocks import (
    blurred_kernel,
    doubled_convolution,
    doubling_kernel,
    halved_convolution,
)
from impasto.nn.resize import reflected


def maps(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def kernel(out=5, inner=3, seed=1):
    return maps(out, inner, 3, 3, seed=seed) - 0.5, maps(out, seed=seed + 1)


def enlarged_then_convolved(images, weight, bias):
    larger = F.pad(images, (2, 2, 2, 2), mode="reflect")
    larger = F.interpolate(larger, scale_factor=2, mode="bilinear", align_corners=False)
    return F.conv2d(larger, weight, bias)[..., 3:-3, 3:-3]


def blurred_then_convolved(images, weight, bias):
    taps = torch.tensor([1, 2, 1], dtype=torch.double) / 4
    blur = (taps[:, None] * taps).expand(images.shape[1], 1, 3, 3)
    blurred = F.conv2d(F.pad(images, (1, 1, 1, 1), mode="reflect"), blur, groups=images.shape[1])
    return F.conv2d(F.pad(blurred, (1, 1, 1, 1), mode="reflect"), weight, bias, stride=2)


@pytest.mark.parametrize("size", [(8, 8), (9, 12), (5, 7)])
def test_doubling_is_linear_enlargement_and_convolution(size):
    images = maps(2, 3, *size)
    expected = enlarged_then_convolved(images, *kernel())
    torch.testing.assert_close(doubled_convolution(images, *kernel()), expected)


@pytest.mark.parametrize("size", [(8, 8), (9, 12), (5, 7)])
def test_halving_is_blurring_and_convolution_at_every_other_pixel(size):
    images = maps(2, 3, *size)
    expected = blurred_then_convolved(images, *kernel())
    torch.testing.assert_close(halved_convolution(images, *kernel()), expected)


def test_gradients():
    images, (weight, bias) = maps(1, 2, 4, 5), kernel(2, 2)
    given = [each.requires_grad_() for each in (images, weight, bias)]
    assert torch.autograd.gradcheck(doubled_convolution, given)
    assert torch.autograd.gradcheck(halved_convolution, given)


def test_a_flat_map_stays_flat_where_a_transposed_convolution_makes_a_checkerboard():
    flat, (weight, bias) = torch.ones(1, 3, 6, 6, dtype=torch.double), kernel()
    made = doubled_convolution(flat, weight, bias)
    assert float(made.std((2, 3)).max()) < 1e-12
    transposed = F.conv_transpose2d(
        flat, weight.transpose(0, 1), bias, stride=2, padding=1, output_padding=1
    )
    assert float(transposed[..., 2:-2, 2:-2].std((2, 3)).min()) > 0.05


def test_the_finest_pattern_does_not_survive_halving():
    # Stripes of one pixel: without the blur they would come out as a flat map of either value.
    stripes = torch.zeros(1, 1, 8, 8, dtype=torch.double)
    stripes[..., ::2] = 1
    point = torch.zeros(1, 1, 3, 3, dtype=torch.double)
    point[..., 1, 1] = 1
    halved = halved_convolution(stripes, point, torch.zeros(1, dtype=torch.double))
    torch.testing.assert_close(halved, torch.full_like(halved, 0.5))


def test_kernels_keep_their_sums():
    weight, _ = kernel()
    torch.testing.assert_close(blurred_kernel(weight).sum((2, 3)), weight.sum((2, 3)))
    four = doubling_kernel(weight).view(5, 4, 3, 3, 3).sum((3, 4))
    torch.testing.assert_close(four, weight.sum((2, 3))[:, None].expand(5, 4, 3))


@hypothesis.given(
    some.integers(1, 9), some.integers(1, 9), some.tuples(*[some.integers(0, 12)] * 4)
)
def test_reflection_as_often_as_needed(height, width, sides):
    import numpy as np

    image = torch.arange(height * width).view(1, 1, height, width).float()
    left, right, top, bottom = sides
    expected = np.pad(image[0, 0].numpy(), ((top, bottom), (left, right)), mode="reflect")
    assert np.array_equal(reflected(image, sides)[0, 0].numpy(), expected)
