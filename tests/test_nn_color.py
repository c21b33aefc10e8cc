"""Colors as distributions: their statistics, and the map that moves one to another."""

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from impasto.nn.color import (
    color_statistics,
    gray,
    is_gray,
    optimal_transport_map,
    recolored,
)


def random_image(height, width, seed=0):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def covariance(seed):
    """A covariance whose widths differ by less than the floor cuts off."""
    random = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(random.standard_normal((3, 3)))
    return torch.from_numpy(turn @ np.diag(random.uniform(0.01, 0.1, 3)) @ turn.T)


def muted(height, width, seed):
    """Colors close to the middle, so that no recoloring clips."""
    random = np.random.default_rng(seed)
    mixing = random.uniform(-0.03, 0.03, (3, 3)) + np.diag([0.04, 0.05, 0.06])
    colors = random.uniform(-1, 1, (height, width, 3)) @ mixing + random.uniform(0.45, 0.55, 3)
    return torch.from_numpy(colors.transpose(2, 0, 1))[None].float()


def test_statistics_are_numpys():
    image = random_image(5, 7)
    mean, spread = color_statistics(image)
    colors = image.double().flatten(2)[0].numpy()
    assert mean.dtype == spread.dtype == torch.float64
    assert_allclose(mean, colors.mean(1), rtol=1e-12)
    assert_allclose(spread, np.cov(colors, bias=True), rtol=1e-10, atol=1e-15)


def test_statistics_with_weights_are_numpys():
    image, weights = random_image(5, 7), random_image(5, 7, seed=1)[:, :1]
    mean, spread = color_statistics(image, weights)
    colors, shares = image.double().flatten(2)[0].numpy(), weights.double().flatten().numpy()
    assert_allclose(mean, np.average(colors, axis=1, weights=shares), rtol=1e-12)
    assert_allclose(spread, np.cov(colors, aweights=shares, ddof=0), rtol=1e-10, atol=1e-15)


def test_statistics_worked_by_hand():
    image = torch.tensor([[0.0, 1.0], [0.0, 1.0], [0.5, 0.5]]).view(1, 3, 1, 2)
    mean, spread = color_statistics(image)
    assert mean.tolist() == [0.5, 0.5, 0.5]
    assert spread.tolist() == [[0.25, 0.25, 0], [0.25, 0.25, 0], [0, 0, 0]]


def test_pixels_of_no_weight_say_nothing():
    image, weights = random_image(4, 6), torch.ones(1, 1, 4, 6)
    weights[..., 3:] = 0
    for whole, half in zip(
        color_statistics(image, weights), color_statistics(image[..., :3]), strict=True
    ):
        torch.testing.assert_close(whole, half)


@settings(max_examples=25)
@given(source=st.integers(0, 10**6), target=st.integers(0, 10**6))
def test_transport_is_symmetric_and_takes_covariance_to_covariance(source, target):
    before, after = covariance(source), covariance(target)
    transport = optimal_transport_map(before, after)
    torch.testing.assert_close(transport, transport.mT)
    torch.testing.assert_close(transport @ before @ transport.mT, after)
    assert float(torch.linalg.eigvalsh(transport)[0]) > 0


@given(seed=st.integers(0, 10**6))
@settings(max_examples=25)
def test_transport_between_equals_is_the_identity(seed):
    same = covariance(seed)
    torch.testing.assert_close(optimal_transport_map(same, same), torch.eye(3, dtype=same.dtype))


def test_transport_is_equation_15_by_scipy():
    source, target = covariance(1), covariance(2)
    root = scipy.linalg.sqrtm(source.numpy())
    inverse = np.linalg.inv(root)
    expected = inverse @ scipy.linalg.sqrtm(root @ target.numpy() @ root) @ inverse
    assert_allclose(optimal_transport_map(source, target), expected, rtol=1e-9, atol=1e-12)


def test_transport_worked_by_hand():
    source = torch.diag(torch.tensor([0.04, 0.01, 0.09], dtype=torch.float64))
    target = torch.diag(torch.tensor([0.01, 0.04, 0.09], dtype=torch.float64))
    expected = torch.diag(torch.tensor([0.5, 2.0, 1.0], dtype=torch.float64))
    torch.testing.assert_close(optimal_transport_map(source, target), expected)


@pytest.mark.parametrize("seed", range(5))
def test_recolored_has_the_mean_and_covariance_of_the_style(seed):
    moved = recolored(muted(20, 30, seed), muted(25, 15, seed + 100))
    assert moved.min() > 0
    assert moved.max() < 1
    for got, wanted in zip(
        color_statistics(moved), color_statistics(muted(25, 15, seed + 100)), strict=True
    ):
        torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-7)


def test_recolored_by_its_own_colors_changes_nothing():
    image = muted(9, 12, 3)
    torch.testing.assert_close(recolored(image, image), image, rtol=0, atol=1e-6)


def test_recolored_takes_statistics_from_weighted_pixels_only():
    image, style = muted(20, 30, 1), muted(20, 30, 2)
    weights = torch.zeros(1, 1, 20, 30)
    weights[..., :15] = 1
    spoiled = image.clone()
    spoiled[..., 15:] = 0  # what lies under a transparent background
    left = recolored(spoiled, style, weights)[..., :15]
    torch.testing.assert_close(left, recolored(image[..., :15], style), rtol=0, atol=1e-6)


@pytest.mark.parametrize("wide", [0.25, 0.45])
def test_noise_of_a_grey_photograph_is_not_blown_up(wide):
    grey = torch.linspace(0.5 - wide, 0.5 + wide, 64 * 64).view(1, 1, 64, 64).expand(1, 3, 64, 64)
    noise = (random_image(64, 64) - 0.5) * (2 / 255)
    vivid = random_image(40, 40, seed=1)
    moved = recolored(grey + noise, vivid)
    difference = moved - recolored(grey, vivid)
    # To fill the palette the two levels of noise would have to grow 126-fold.
    assert float(difference.std() / noise.std()) < 25


def test_a_flat_photograph_stays_flat_and_takes_the_mean_color():
    flat = torch.full((1, 3, 8, 8), 0.3)
    style = muted(16, 16, 4)
    moved = recolored(flat, style)
    expected = color_statistics(style)[0].float().view(1, 3, 1, 1).expand_as(moved)
    torch.testing.assert_close(moved, expected)


def test_recolored_stays_in_range_and_in_its_dtype():
    moved = recolored(random_image(12, 12), (random_image(12, 12, seed=1) > 0.5).float())
    assert moved.dtype == torch.float32
    assert 0 <= float(moved.min()) <= float(moved.max()) <= 1


def test_gray_is_the_mean_of_the_channels_and_known_as_gray():
    image = random_image(5, 4)
    assert_allclose(gray(image)[0, 2], image[0].mean(0))
    assert is_gray(gray(image))
    assert not is_gray(image)


def test_a_level_of_color_is_color_and_rounding_is_not():
    image = gray(random_image(5, 4)).clone()
    image[0, 0, 2, 2] += 0.5 / 255
    assert is_gray(image)
    image[0, 0, 2, 2] += 1.5 / 255
    assert not is_gray(image)
