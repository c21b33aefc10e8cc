"""Motion: found where it is known, doubted where something comes to light."""

import itertools

import numpy as np
import pytest

from film_clips import ground, moving_ground, moving_square, scenes
from impasto.film.motion import (
    Motion,
    boundaries,
    disoccluded,
    motion_between,
    trusted,
    warped,
    warping_error,
)
from impasto.film.scenes import is_cut

STEP = (3, 2)


def constant(size, step):
    return np.broadcast_to(np.float32(step), (size[1], size[0], 2)).copy()


@pytest.mark.parametrize("size", [(96, 72), (320, 240), (1100, 620)])
def test_a_known_motion_is_found(size):
    before, after = moving_ground(2, size, STEP)
    motion = motion_between(before, after)
    inner = (slice(12, -12), slice(12, -12))
    assert np.abs(motion.forward[inner] - STEP).mean() < 0.25
    assert np.abs(motion.backward[inner] + np.float32(STEP)).mean() < 0.25


def test_warping_by_whole_pixels_moves_pixels():
    picture = ground(40, 30).astype(np.float32)
    found = warped(picture, constant((40, 30), (-3, -2)))
    np.testing.assert_allclose(found[2:, 3:], picture[:-2, :-3], atol=1e-6)


def test_cubic_warping_keeps_more_detail_than_linear():
    picture = ground(64, 64).astype(np.float32)
    there, back = constant((64, 64), (0.5, 0.5)), constant((64, 64), (-0.5, -0.5))
    inner = (slice(8, -8), slice(8, -8))
    lost = {}
    for cubic in (True, False):
        found = warped(warped(picture, there, cubic=cubic), back, cubic=cubic)
        lost[cubic] = np.square(found - picture)[inner].mean()
    assert lost[True] < 0.4 * lost[False]


def test_disocclusion_by_its_definition():
    size = (24, 16)
    chance = np.random.default_rng(0)
    forward = chance.normal(0, 1, (16, 24, 2)).astype(np.float32)
    backward = np.round(chance.normal(0, 2, (16, 24, 2))).astype(np.float32)
    found = disoccluded(Motion(forward, backward))
    for row in range(16):
        for column in range(24):
            u, v = backward[row, column]
            x, y = int(column + u), int(row + v)
            if not (0 <= x < size[0] and 0 <= y < size[1]):
                assert found[row, column]
                continue
            forth = forward[y, x]
            open_ = np.sum((forth + np.float32([u, v])) ** 2)
            bound = 0.01 * (np.sum(forth**2) + u**2 + v**2) + 0.5
            assert found[row, column] == (open_ > bound)


def test_boundaries_lie_at_the_edge_of_what_moves():
    flow = constant((40, 30), (0, 0))
    flow[:, 20:] = (4, 0)
    found = boundaries(flow)
    assert found[:, 19:21].all()
    assert not found[:, :18].any()
    assert not found[:, 22:].any()


def test_uncovered_ground_is_found_in_a_motion_that_is_known():
    forward, backward = constant((160, 120), (0, 0)), constant((160, 120), (0, 0))
    forward[36:84, 4:52] = (6, 0)
    backward[36:84, 10:58] = (-6, 0)
    found = disoccluded(Motion(forward, backward))
    expected = np.zeros((120, 160), bool)
    expected[36:84, 4:10] = True  # where the square was
    assert (found == expected).all()


def test_uncovered_ground_is_not_trusted_where_motion_is_searched():
    before, after = moving_square(2, (320, 240), side=96, step=14)
    motion = motion_between(before, after)
    trust = trusted(motion, before, after)
    uncovered = (slice(80, 160), slice(5, 17))
    assert trust[uncovered].mean() < 0.4
    assert trust[:40].mean() > 0.95
    assert trust[100:140, 60:90].mean() > 0.9  # inside of the square


def test_nothing_is_trusted_that_looks_otherwise():
    before, after = moving_ground(2, (96, 72))
    flashed = after.copy()
    flashed[20:50, 30:60] = 255 - flashed[20:50, 30:60] // 4
    motion = motion_between(before, after)
    plain, doubted = trusted(motion, before, after), trusted(motion, before, flashed)
    changed = np.abs(flashed.astype(int) - after).max(-1) > 150
    assert plain[changed].mean() > 0.8
    assert doubted[changed].mean() < 0.1
    assert doubted[60:, 70:].mean() > 0.8


def test_the_warping_error_by_its_definition():
    before, after = (each.astype(np.float32) / 255 for each in moving_ground(2, (80, 60), STEP))
    motion = Motion(constant((80, 60), STEP), constant((80, 60), (-3, -2)))
    assert warping_error(before, after, motion) < 1e-10
    spoiled = after + 0.1
    assert warping_error(before, spoiled, motion) == pytest.approx(0.01, rel=1e-3)


def test_cuts_are_found_and_nothing_else():
    frames = scenes(12)
    found = [is_cut(*pair) for pair in itertools.pairwise(frames)]
    assert found == [number == 5 for number in range(11)]


@pytest.mark.parametrize("step", [(2, 1), (12, 5)])
def test_a_pan_is_no_cut(step):
    frames = moving_ground(6, (160, 120), step)
    assert not any(is_cut(*pair) for pair in itertools.pairwise(frames))


def test_a_change_of_light_is_no_cut():
    frame = moving_ground(1, (160, 120))[0]
    darker = (frame * 0.85).astype(np.uint8)
    assert not is_cut(frame, darker)
