"""Sizes and resizing, against their definitions."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.ndimage import gaussian_filter

from impasto.nn.resize import (
    blurred,
    crop_fitted,
    enlarged,
    fitted_size,
    pyramid_sizes,
    resized,
    size_of,
)

sides = st.integers(1, 5000)


def test_size_of_is_height_then_width():
    assert size_of(torch.zeros(1, 3, 4, 7)) == (4, 7)


@pytest.mark.parametrize(
    ("size", "max_side", "expected"),
    [((600, 800), 400, (300, 400)), ((3, 1000), 100, (1, 100)), ((10, 5), 40, (40, 20))],
)
def test_fitted_size_worked_by_hand(size, max_side, expected):
    assert fitted_size(size, max_side) == expected


@given(height=sides, width=sides, max_side=sides)
def test_fitted_size_has_the_longer_side_and_the_aspect(height, width, max_side):
    fitted = fitted_size((height, width), max_side)
    assert max(fitted) == max_side
    assert min(fitted) >= 1
    exact = min(height, width) * max_side / max(height, width)
    assert abs(min(fitted) - max(1, exact)) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("size", "coarsest", "expected"),
    [
        ((384, 512), 128, [(96, 128), (192, 256), (384, 512)]),
        ((384, 509), 128, [(192, 254), (384, 509)]),
        ((384, 512), 0, [(384, 512)]),
        ((384, 512), 300, [(384, 512)]),
        ((4, 200), 50, [(1, 50), (2, 100), (4, 200)]),
    ],
)
def test_pyramid_sizes_worked_by_hand(size, coarsest, expected):
    assert pyramid_sizes(size, coarsest) == expected


@given(height=sides, width=sides, coarsest=st.integers(0, 600))
def test_pyramid_grows_to_the_size_itself(height, width, coarsest):
    sizes = pyramid_sizes((height, width), coarsest)
    assert sizes[-1] == (height, width)
    assert all(a <= c and b <= d for (a, b), (c, d) in itertools.pairwise(sizes))
    longer = [max(size) for size in sizes]
    assert all(abs(fine - 2 * coarse) <= 1 for coarse, fine in itertools.pairwise(longer))
    if len(sizes) > 1:
        assert coarsest <= longer[0] < 2 * coarsest
    elif coarsest:
        assert longer[0] < 2 * coarsest


def cubic(distance):
    """Keys' kernel with a = -1/2, which Pillow and antialiased torch use."""
    d = np.abs(distance)
    near, far = 1.5 * d**3 - 2.5 * d**2 + 1, -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


def resizing_matrix(before, after):
    """Each row weighs the samples within the kernel's reach, widened when shrinking."""
    scale = max(before / after, 1.0)
    centers = (np.arange(after) + 0.5) * before / after - 0.5
    weights = cubic((np.arange(before) - centers[:, None]) / scale)
    return weights / weights.sum(1, keepdims=True)


@pytest.mark.parametrize("size", [(3, 4), (5, 11), (20, 9)])
def test_resized_is_a_bicubic_filter_widened_when_shrinking(size):
    image = torch.rand(1, 3, 10, 9, generator=torch.Generator().manual_seed(0)).double()
    down, across = resizing_matrix(10, size[0]), resizing_matrix(9, size[1])
    expected = np.einsum("yh,bchw,xw->bcyx", down, image.numpy(), across)
    assert_allclose(resized(image, size), expected, atol=1e-6)


@pytest.mark.parametrize("resize", [resized, enlarged])
def test_resized_to_its_own_size_is_the_image_itself(resize):
    image = torch.rand(1, 3, 5, 6)
    assert resize(image, (5, 6)) is image


def test_enlarged_is_the_wave_between_its_pixels():
    def wave(count):
        return torch.sin((torch.arange(count, dtype=torch.float64) + 0.5) / count * 60)

    found = enlarged(wave(64).expand(1, 1, 5, 64), (5, 150))[0, 0]
    assert_allclose(found[:, 40:-40], wave(150).expand(5, 150)[:, 40:-40], atol=0.01)


@pytest.mark.parametrize(("resize", "least", "most"), [(enlarged, 1, 1.4), (resized, 4, 6)])
def test_enlarged_leaves_less_of_a_lattice_than_resized(resize, least, most):
    noise = torch.randn(1, 1, 256, 64, generator=torch.Generator().manual_seed(0))
    steps = resize(noise, (512, 64)).diff(dim=2).square().mean((0, 1, 3))
    assert least < steps[1::2].mean() / steps[::2].mean() < most


@given(value=st.floats(0, 1), height=st.integers(5, 40), width=st.integers(6, 40))
def test_enlarged_keeps_a_flat_color(value, height, width):
    flat = torch.full((1, 3, 5, 6), value)
    torch.testing.assert_close(
        enlarged(flat, (height, width)), torch.full((1, 3, height, width), value)
    )


@given(value=st.floats(0, 1), height=st.integers(1, 12), width=st.integers(1, 12))
def test_resized_keeps_a_flat_color(value, height, width):
    flat = torch.full((1, 3, 5, 6), value)
    torch.testing.assert_close(
        resized(flat, (height, width)), torch.full((1, 3, height, width), value)
    )


def test_crop_fitted_cuts_the_middle_and_does_not_distort():
    image = torch.zeros(1, 3, 4, 12)
    image[..., 4:8] = 1
    assert crop_fitted(image, (4, 4)).tolist() == torch.ones(1, 3, 4, 4).tolist()
    assert crop_fitted(image.mT, (4, 4)).tolist() == torch.ones(1, 3, 4, 4).tolist()


@given(
    size=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    wanted=st.tuples(st.integers(1, 30), st.integers(1, 30)),
)
def test_crop_fitted_has_the_wanted_size(size, wanted):
    assert size_of(crop_fitted(torch.rand(1, 3, *size), wanted)) == wanted


def step(height=40, width=50):
    mask = torch.zeros(1, 1, height, width)
    mask[..., width // 2 :] = 1
    mask[..., : height // 4, :] = 1
    return mask


@pytest.mark.parametrize("deviation", [0.5, 2.0, 5.5])
def test_it_is_the_gaussian_of_scipy(deviation):
    mask = step()
    expected = gaussian_filter(mask[0, 0].double().numpy(), deviation, mode="nearest", truncate=6)
    found = blurred(mask, deviation)[0, 0].double().numpy()
    assert abs(found - expected).max() < 2e-3


def test_a_large_deviation_is_close_to_it_too():
    mask = step(160, 200)
    expected = gaussian_filter(mask[0, 0].double().numpy(), 20.0, mode="nearest")
    assert abs(blurred(mask, 20.0)[0, 0].double().numpy() - expected).max() < 0.01


@pytest.mark.parametrize("deviation", [0.0, 3.0, 100.0, 10_000.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 30), (17, 4)])
def test_flat_masks_stay_flat(deviation, size):
    mask = torch.full((1, 1, *size), 0.3)
    torch.testing.assert_close(blurred(mask, deviation), mask, rtol=0, atol=1e-4)


def test_without_softness_nothing_changes():
    mask = step()
    assert blurred(mask, 0.0) is mask
