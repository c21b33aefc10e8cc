"""Fully transparent pixels take on the color around them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from impasto.image import read_picture
from impasto.image.read import bled

UNIT = st.floats(0, 1, width=32)


@given(
    st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
        lambda size: st.tuples(
            hnp.arrays(np.float32, (*size, 3), elements=UNIT),
            hnp.arrays(np.float32, size, elements=st.sampled_from([0, 0, 0, 1 / 255, 0.5, 1])),
        )
    )
)
@settings(max_examples=60, deadline=None)
def test_visible_pixels_stay_and_filling_lies_between_them(case):
    pixels, alpha = case
    filled = bled(pixels, alpha)
    visible = alpha > 0
    assert_array_equal(filled[visible], pixels[visible])
    if visible.any():
        low, high = pixels[visible].min(axis=0), pixels[visible].max(axis=0)
        assert np.all(filled >= low - 1e-5)
        assert np.all(filled <= high + 1e-5)
    else:
        assert np.all(filled == 0.5)


def test_hidden_color_has_no_influence():
    rng = np.random.default_rng(0)
    alpha = (rng.random((30, 41)) > 0.7).astype(np.float32)
    pixels = rng.random((30, 41, 3)).astype(np.float32)
    other = np.where(alpha[..., None] > 0, pixels, rng.random((30, 41, 3))).astype(np.float32)
    assert_array_equal(bled(pixels, alpha), bled(other, alpha))


def test_the_nearest_color_wins_and_the_filling_is_smooth():
    pixels = np.zeros((64, 64, 3), np.float32)
    pixels[:, 0], pixels[:, -1] = (1, 0, 0), (0, 0, 1)
    alpha = np.zeros((64, 64), np.float32)
    alpha[:, [0, -1]] = 1
    filled = bled(pixels, alpha)
    assert np.all(filled[:, 1:10, 0] > 0.7)
    assert np.all(filled[:, -10:-1, 2] > 0.7)
    assert np.abs(np.diff(filled, axis=1)).max() < 0.3
    assert_allclose(filled[32, :, 0], filled[32, ::-1, 2], atol=1e-5)


def test_nothing_visible_is_mid_gray():
    picture = read_picture(np.zeros((3, 5, 4), np.uint8))
    assert np.all(picture.pixels == 0.5)
    assert np.all(picture.alpha == 0)
