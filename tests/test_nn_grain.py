"""Noise beside the picture, in training and when a network is used."""

import numpy as np
import pytest
import torch

from impasto.networks.network import PERIODS, grain
from impasto.nn.blocks import grained


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
