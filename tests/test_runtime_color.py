"""The photograph's colors under the result's luma."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.runtime.color import LUMA, color_kept


def kept(result, photograph):
    changed = result.copy()
    color_kept(changed, photograph)
    return changed


def pictures(seed, height=300, width=7):
    random = np.random.default_rng(seed)
    return [random.random((height, width, 3), np.float32) for _ in range(2)]


@given(st.integers(0, 10_000))
def test_luma_is_the_result_s_and_hue_the_photograph_s(seed):
    result, photograph = pictures(seed, 5)
    found = kept(result, photograph)
    assert found.min() >= 0
    assert found.max() <= 1
    np.testing.assert_allclose(found @ LUMA, result @ LUMA, atol=1e-5)
    chroma = found - (found @ LUMA)[..., None]
    wanted = photograph - (photograph @ LUMA)[..., None]
    np.testing.assert_allclose(np.cross(chroma, wanted), 0, atol=1e-5)  # the same direction
    assert ((chroma * wanted).sum(-1) >= -1e-6).all()
    assert (np.linalg.norm(chroma, axis=-1) <= np.linalg.norm(wanted, axis=-1) + 1e-5).all()


def test_it_is_gatys_s_where_nothing_is_out_of_range():
    # Y of the result, I and Q of the photograph, with the matrices of YIQ.
    to_yiq = np.array(
        [[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]]
    )
    result, photograph = (0.4 + 0.2 * each for each in pictures(1))
    yiq = photograph @ to_yiq.T
    yiq[..., 0] = result @ to_yiq[0]
    expected = yiq @ np.linalg.inv(to_yiq).T
    assert expected.min() > 0
    assert expected.max() < 1
    np.testing.assert_allclose(kept(result, photograph), expected, atol=2e-4)


def test_the_photograph_with_its_own_luma_is_itself():
    _, photograph = pictures(2)
    np.testing.assert_allclose(kept(photograph, photograph), photograph, atol=1e-6)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_black_and_white_have_no_color(level):
    _, photograph = pictures(3)
    found = kept(np.full_like(photograph, level), photograph)
    np.testing.assert_allclose(found, level, atol=1e-6)


def test_red_stays_red():
    red = np.array([[[0.9, 0.1, 0.1]]], np.float32)
    blue = np.array([[[0.1, 0.1, 0.6]]], np.float32)
    found = kept(blue, red)[0, 0]
    assert found[0] > 2 * found[1]
    assert found[1] == pytest.approx(found[2])
