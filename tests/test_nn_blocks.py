"""Layers that the trained networks share."""

import hypothesis
import hypothesis.strategies as some
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from torch.autograd import gradcheck

from impasto.networks.network import PERIODS, grain
from impasto.nn.blocks import (
    EPSILON,
    ConditionalInstanceNorm,
    ResidualBlock,
    blurred_kernel,
    doubled,
    doubled_convolution,
    doubling_kernel,
    grained,
    halved_convolution,
    mirroring,
)
from impasto.nn.resize import reflected


def random_maps(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def random_norm(styles=3, channels=4, seed=0):
    norm = ConditionalInstanceNorm(styles, channels).double()
    with torch.no_grad():
        norm.gamma.copy_(random_maps(styles, channels, seed=seed + 1))
        norm.beta.copy_(random_maps(styles, channels, seed=seed + 2))
    return norm


def normalized_by_definition(maps, gamma, beta):
    """Dumoulin et al. 2017, equation 5, picture by picture and channel by channel."""
    result = np.empty(maps.shape)
    for b, c in np.ndindex(maps.shape[:2]):
        x = maps[b, c].numpy()
        sigma = np.sqrt(((x - x.mean()) ** 2).mean() + EPSILON)
        result[b, c] = gamma[b][c] * (x - x.mean()) / sigma + beta[b][c]
    return result


def convolved_by_definition(maps, conv):
    """Every product of a convolution over a picture continued by its mirror image, in loops."""
    maps, weight, bias = (each.detach().numpy() for each in (maps, conv.weight, conv.bias))
    out, _, kernel, _ = weight.shape
    around, stride = kernel // 2, conv.stride[0]
    sides = ((0, 0), (0, 0), (around, around), (around, around))
    padded = np.pad(maps, sides, mode="reflect")
    height, width = (-(-side // stride) for side in maps.shape[2:])
    result = np.empty((len(maps), out, height, width))
    for b, o, y, x in np.ndindex(result.shape):
        top, left = y * stride, x * stride
        window = padded[b, :, top : top + kernel, left : left + kernel]
        result[b, o, y, x] = (window * weight[o]).sum() + bias[o]
    return result


def test_each_picture_is_normalized_by_the_parameters_of_its_own_style():
    norm, maps = random_norm(), random_maps(2, 4, 5, 3) * 7 + 2
    gamma, beta = (each.detach().numpy()[[2, 0]] for each in (norm.gamma, norm.beta))
    got = norm(maps, torch.eye(3, dtype=torch.float64)[[2, 0]])
    assert_allclose(got.detach(), normalized_by_definition(maps, gamma, beta), rtol=1e-10)


def test_a_normalization_begins_as_the_plain_one():
    maps = random_maps(2, 4, 6, 5)
    got = ConditionalInstanceNorm(2, 4).double()(maps, torch.eye(2, dtype=torch.float64))
    torch.testing.assert_close(got, F.instance_norm(maps, eps=EPSILON))


def test_flat_maps_stay_finite_and_become_the_shift():
    norm = random_norm()
    got = norm(torch.full((1, 4, 3, 3), 5.0, dtype=torch.float64), torch.eye(3).double()[1:2])
    assert_allclose(got[0, :, 1, 1].detach(), norm.beta[1].detach(), atol=1e-9)


@pytest.mark.parametrize("shape", [(1, 2, 3, 2), (2, 2, 1, 3)])
def test_gradient_of_the_normalization(shape):
    norm, maps = random_norm(3, 2), random_maps(*shape).requires_grad_(True)
    weights = torch.rand(shape[0], 3, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda m, w, *_: norm(m, w), (maps, weights, norm.gamma, norm.beta))


@given(
    seed=st.integers(0, 2**32 - 1),
    scales=st.lists(st.floats(0.5, 100), min_size=4, max_size=4),
    shifts=st.lists(st.floats(-50, 50), min_size=4, max_size=4),
)
def test_brightness_and_contrast_of_a_map_do_not_matter(seed, scales, shifts):
    # As far as epsilon leaves it: these maps have a variance of about 1, or more.
    norm, maps = random_norm(), random_maps(1, 4, 6, 5, seed=seed)
    weights = torch.eye(3, dtype=torch.float64)[:1]
    scale, shift = (torch.tensor(each).view(1, 4, 1, 1).double() for each in (scales, shifts))
    torch.testing.assert_close(
        norm(maps * scale + shift, weights), norm(maps, weights), rtol=1e-3, atol=1e-3
    )


@given(seed=st.integers(0, 2**32 - 1), share=st.floats(-0.5, 1.5))
def test_blended_parameters_give_the_blend(seed, share):
    # All else equal, gamma x + beta is linear in the parameters; extrapolation included.
    norm, maps = random_norm(2, seed=seed % 1000), random_maps(1, 4, 5, 4, seed=seed)
    pure = torch.eye(2, dtype=torch.float64)
    first, second = norm(maps, pure[:1]), norm(maps, pure[1:])
    blend = norm(maps, torch.tensor([[share, 1 - share]], dtype=torch.float64))
    torch.testing.assert_close(blend, share * first + (1 - share) * second)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (9, 1)])
@pytest.mark.parametrize("size", [(6, 9), (7, 8)])
def test_mirroring_convolutions_see_the_picture_go_on_as_its_mirror_image(kernel, stride, size):
    torch.manual_seed(0)
    conv, maps = mirroring(2, 3, kernel, stride).double(), random_maps(2, 2, *size)
    assert_allclose(conv(maps).detach(), convolved_by_definition(maps, conv), rtol=1e-9, atol=1e-12)


def test_a_residual_block_is_two_convolutions_beside_the_identity():
    torch.manual_seed(0)
    block, maps = ResidualBlock(2, 3).double(), random_maps(1, 3, 5, 6)
    with torch.no_grad():
        for norm in (block.norm1, block.norm2):
            norm.gamma.copy_(random_maps(2, 3, seed=3))
            norm.beta.copy_(random_maps(2, 3, seed=4))
    gamma, beta = ([each[1].detach().numpy()] for each in (block.norm1.gamma, block.norm1.beta))

    def step(values, conv):
        found = torch.from_numpy(convolved_by_definition(values, conv))
        return torch.from_numpy(normalized_by_definition(found, gamma, beta))

    expected = maps + step(step(maps, block.conv1).clamp_min(0), block.conv2)
    got = block(maps, torch.tensor([[0.0, 1.0]], dtype=torch.float64)).detach()
    assert_allclose(got, expected, rtol=1e-9)
    assert float(got.min()) < -1, "no ReLU after the sum"


def test_doubling_makes_every_pixel_four():
    maps = random_maps(2, 3, 4, 5)
    assert torch.equal(doubled(maps), maps.repeat_interleave(2, 2).repeat_interleave(2, 3))


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


@pytest.fixture
def flat():
    return torch.full((2, 3, 64, 96), 0.5)


def test_none_is_none(flat):
    assert grained(flat, 0.0, [1, 2]) is flat


def test_it_is_gray_and_of_the_amplitude_for_each_scale(flat):
    noise = grained(flat, 0.1, [1, 2]) - flat
    assert torch.equal(noise[:, 0], noise[:, 1])
    squares = noise[:, :1].unfold(2, 8, 8).unfold(3, 8, 8).flatten(4)
    # The mean over a square is its coarse noise, but for an eighth of the fine.
    assert squares.mean(-1).std().item() == pytest.approx(0.1, rel=0.15)
    assert squares.std(-1).mean().item() == pytest.approx(0.1, rel=0.05)


def test_each_seed_has_its_noise_whatever_the_batch(flat):
    both = grained(flat, 0.1, [5, 6])
    assert torch.equal(both[1:], grained(flat[1:], 0.1, [6]))
    assert not torch.equal(both[0], both[1])


def test_sides_that_no_square_divides():
    assert grained(torch.zeros(1, 3, 13, 21), 0.1, [0]).shape == (1, 3, 13, 21)


def test_the_networks_noise_is_of_the_same_two_scales():
    field = grain(440, 440)
    squares = field.reshape(55, 8, 55, 8)
    # The mean over a square is its coarse noise, but for an eighth of the fine.
    assert squares.mean((1, 3)).std() == pytest.approx(1, rel=0.05)
    assert squares.std((1, 3)).mean() == pytest.approx(1, rel=0.05)
    assert abs(field.mean()) < 0.1


def test_a_place_has_its_noise_whatever_tile_it_is_seen_in():
    whole = grain(700, 600)
    np.testing.assert_array_equal(grain(90, 80, (504, 510)), whole[504:594, 510:590])


@pytest.mark.parametrize("period", PERIODS)
def test_it_does_not_repeat_with_either_scale(period):
    whole = grain(2 * period, 16)
    assert abs(np.corrcoef(whole[:period].ravel(), whole[period:].ravel())[0, 1]) < 0.6
