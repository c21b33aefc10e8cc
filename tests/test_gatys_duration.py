"""The estimate of time: it follows the work."""

import pytest
import torch

from impasto.methods.gatys.footprint import Work
from impasto.methods.gatys.plan import (
    Plan,
    convolution_rate,
    estimated_seconds,
    step_operations,
)
from painting_parts import shallow


def work(**changes):
    return Work(shallow(**changes), "vgg16", torch.float32)


def test_operations_of_a_shallow_step_by_hand():
    # conv1_1, conv1_2 at the full size, conv2_1, conv2_2 at a quarter of its pixels.
    per_pixel = 2 * 9 * (3 * 64 + 64 * 64 + (64 * 128 + 128 * 128) / 4)
    assert step_operations((30, 40), work(), Plan()) == pytest.approx(2 * 1200 * per_pixel)


def test_tiles_cost_their_padding_and_what_is_not_kept():
    size = (600, 600)
    whole = step_operations(size, work(), Plan())
    none, half, all_ = (step_operations(size, work(), Plan(tile=200, keepable=pixels))
                        for pixels in (0, 180_000, 10**9))  # fmt: skip
    assert whole < all_ < 1.2 * whole
    assert none == pytest.approx(1.5 * all_)
    assert all_ < half < none


def test_seconds_grow_with_steps_and_shrink_with_the_rate():
    one = estimated_seconds((300, 400), work(steps=10), Plan(), 1e9)
    assert estimated_seconds((300, 400), work(steps=20), Plan(), 1e9) == pytest.approx(2 * one)
    assert estimated_seconds((300, 400), work(steps=10), Plan(), 2e9) == pytest.approx(one / 2)
    assert estimated_seconds((300, 400), work(steps=10, coarsest=100), Plan(), 1e9) < one


def test_a_rate_is_measured():
    assert convolution_rate(torch.device("cpu"), torch.float32) > 1e8
