"""The distance between channel statistics: by hand, by definition, and what it tells apart."""

import math

import pytest
import torch

from cyclegan_parts import images, seer
from impasto.nn.metrics import LAYERS, channel_distance, channel_moments


def flat_features(image):
    return dict.fromkeys(LAYERS, image[:, :2])


def two_values(mean, spread):
    """A picture whose every channel is half mean - spread and half mean + spread."""
    image = torch.full((1, 3, 2, 2), mean - spread)
    image[..., 1] = mean + spread
    return image


def test_by_hand():
    made = channel_moments(flat_features, [two_values(0.5, 0.1)])
    real = channel_moments(flat_features, [two_values(0.4, 0.3)])
    for mean, deviation in made.values():
        assert mean.tolist() == pytest.approx([0.5, 0.5])
        assert deviation.tolist() == pytest.approx([0.1, 0.1])
    # Both channels: (0.1^2 + 0.2^2) / (0.4^2 + 0.3^2).
    assert channel_distance(made, real) == pytest.approx(0.05 / 0.25)
    assert channel_distance(real, real) == 0


def test_positions_of_all_pictures_count_alike():
    large, small = images(1, 3, 8, 6), images(1, 3, 2, 4, seed=1)
    together = channel_moments(seer, [large, small])
    for name in LAYERS:
        flat = torch.cat([seer(each)[name].flatten(2)[0] for each in (large, small)], 1).double()
        torch.testing.assert_close(together[name][0], flat.mean(1))
        torch.testing.assert_close(together[name][1], flat.std(1, correction=0))


def test_it_is_the_frechet_distance_of_independent_channels():
    import numpy as np
    from scipy.linalg import sqrtm

    made = channel_moments(seer, [images(1, 3, 8, 8)])
    real = channel_moments(seer, [images(1, 3, 8, 8, seed=2) ** 2])
    expected = []
    for name in LAYERS:
        (m, s), (n, t) = ([each.numpy() for each in every[name]] for every in (made, real))
        c, d = np.diag(s**2), np.diag(t**2)
        frechet = ((m - n) ** 2).sum() + np.trace(c + d - 2 * sqrtm(c @ d).real)
        expected.append(frechet / ((n**2).sum() + np.trace(d)))
    assert channel_distance(made, real) == pytest.approx(np.mean(expected), rel=1e-6)


def test_vgg_finds_noise_further_from_photographs_than_another_photograph(vgg16, photograph):
    real = channel_moments(vgg16, [photograph])
    near = channel_moments(vgg16, [photograph.flip(3) * 0.97])
    far = channel_moments(vgg16, [images(1, 3, 48, 64)])
    assert channel_distance(near, real) < 0.1 * channel_distance(far, real)


def test_black_pictures_give_a_number():
    black = channel_moments(seer, [torch.zeros(1, 3, 2, 2)])
    assert channel_distance(black, black) == 0
    assert math.isfinite(channel_distance(channel_moments(seer, [images(1, 3, 2, 2)]), black))
