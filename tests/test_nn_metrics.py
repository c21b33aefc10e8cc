"""The two distances by which pictures are judged."""

import numpy as np
import pytest
import torch

from impasto.nn.metrics import CONTENT_LAYER, STYLE_LAYERS, distances
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
