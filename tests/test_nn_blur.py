"""Soft edges of masks."""

import pytest
import torch
from scipy.ndimage import gaussian_filter

from impasto.nn.resize import blurred


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
