"""The numbers by which pictures are judged."""

import math

import numpy as np
import pytest
import torch

from cyclegan_parts import images, seer
from impasto.nn.metrics import (
    CONTENT_LAYER,
    LAYERS,
    STYLE_LAYERS,
    channel_distance,
    channel_moments,
    distances,
)
from impasto.nn.resize import resized


def gram_by_numpy(maps):
    flat = maps[0].double().flatten(1).numpy()
    return flat @ flat.T / flat.shape[1]


@pytest.fixture(scope="module")
def numbers(vgg16, photograph, style):
    def measured(result):
        return distances(vgg16, result, photograph, style)

    return measured


@pytest.fixture(scope="module")
def between(photograph, style):
    return photograph * 0.5 + resized(style, (48, 64)).clamp(0, 1) * 0.5


def test_the_style_itself_is_at_style_distance_0(vgg16, photograph, style):
    same_size = resized(style, (48, 64)).clamp(0, 1)
    style_distance, content_distance = distances(vgg16, same_size, photograph, same_size)
    assert style_distance == pytest.approx(0, abs=1e-9)
    assert content_distance > 0.1


def test_the_photograph_itself_is_at_style_distance_1_and_content_distance_0(numbers, photograph):
    assert numbers(photograph) == (1.0, 0.0)


def test_distances_are_their_definition(numbers, between, vgg16, photograph, style):
    result, content, painting = vgg16(between), vgg16(photograph), vgg16(style)
    shares = []
    for layer in STYLE_LAYERS:
        g, c, s = (gram_by_numpy(each[layer]) for each in (result, content, painting))
        shares.append(((g - s) ** 2).sum() / ((c - s) ** 2).sum())
    kept = content[CONTENT_LAYER].double()
    moved = (result[CONTENT_LAYER].double() - kept).square().sum() / kept.square().sum()
    assert numbers(between) == pytest.approx((np.mean(shares), float(moved)), rel=1e-4)


def test_distances_worked_by_hand():
    # Maps of one channel whose Gram matrix is the mean square of the picture's red.
    def red(image):
        return dict.fromkeys((*STYLE_LAYERS, CONTENT_LAYER), image[:, :1])

    result, content, style = (torch.full((1, 3, 2, 2), value) for value in (2.0, 1.0, 3.0))
    # Grams 4, 1, 9: (4 - 9)^2 / (1 - 9)^2. Features 2, 1: (2 - 1)^2 / 1^2.
    assert distances(red, result, content, style) == pytest.approx((25 / 64, 1.0))


def test_swapped_red_and_blue_are_seen(numbers, between):
    assert abs(numbers(between.flip(1))[0] - numbers(between)[0]) > 0.05


def test_a_photograph_that_is_its_own_style_has_finite_distances(vgg16, photograph):
    assert distances(vgg16, photograph, photograph, photograph) == (1.0, 0.0)


def test_half_way_to_the_style_is_nearer_to_it_and_further_from_the_photograph(numbers, between):
    style_distance, content_distance = numbers(between)
    assert 0 < style_distance < 1
    assert content_distance > 0


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
