"""The photograph's colors kept: under the result's luma, and as a palette."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.pixels.kept_color import LUMA, color_kept, faded, luminance_kept, luminance_matched
from impasto.pixels.palette import color_moments

PALETTES = ["histogram", "covariance"]
WAYS = ["luminance", *PALETTES]


def kept(result, photograph, how="luminance", *given):
    changed = result.copy()
    color_kept(changed, photograph, how, *given)
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


def scenes(seed=0, height=61, width=47):
    """A warm result and a cool photograph whose colors keep away from the ends."""
    random = np.random.default_rng(seed)
    even, uneven = random.normal(0, 1, (2, height, width, 3)).clip(-2, 2)
    warm = np.array([0.6, 0.45, 0.35]) + even @ np.diag([0.05, 0.04, 0.03])
    cool = np.array([0.35, 0.45, 0.6]) + uneven**3 @ np.diag([0.010, 0.015, 0.018])
    return [each.clip(0.02, 0.98).astype(np.float32) for each in (warm, cool)]


@pytest.mark.parametrize("how", WAYS)
def test_strength_is_a_straight_way(how):
    result, photograph = scenes()
    whole = kept(result, photograph, how)
    np.testing.assert_array_equal(kept(result, photograph, how, 0.0), result)
    half = kept(result, photograph, how, 0.5)
    np.testing.assert_allclose(half, (result + whole) / 2, atol=1e-5)
    np.testing.assert_array_equal(kept(result, photograph, "none"), result)


@pytest.mark.parametrize("how", WAYS)
def test_of_its_own_photograph_nothing_changes(how):
    result, _ = scenes()
    np.testing.assert_allclose(kept(result, result, how), result, atol=2e-3)


@pytest.mark.parametrize("how", PALETTES)
def test_mean_and_covariance_become_the_photograph_s(how):
    result, photograph = scenes()
    found, wanted = color_moments(kept(result, photograph, how)), color_moments(photograph)
    tolerance = 1e-5 if how == "covariance" else 4e-3
    np.testing.assert_allclose(found[0], wanted[0], atol=tolerance)
    np.testing.assert_allclose(found[1], wanted[1], atol=tolerance, rtol=0.05)


def test_histograms_become_the_photograph_s():
    result, photograph = scenes()
    axes = np.linalg.eigh(color_moments(photograph)[1])[1]
    shares = np.linspace(0.02, 0.98, 49)
    wanted = np.quantile(photograph.reshape(-1, 3) @ axes, shares, axis=0)

    def distance(picture):
        found = np.quantile(picture.reshape(-1, 3) @ axes, shares, axis=0)
        return np.abs(found - wanted).max()

    assert distance(kept(result, photograph, "histogram")) < 0.025
    assert distance(kept(result, photograph, "covariance")) > 0.05


def test_moments_are_numpys_with_and_without_weights():
    result, _ = scenes(height=300)
    weights = np.random.default_rng(1).random(result.shape[:2], np.float32)
    for shares in (None, weights):
        mean, covariance = color_moments(result, shares)
        flat = result.reshape(-1, 3).astype(np.float64).T
        counts = None if shares is None else shares.reshape(-1).astype(np.float64)
        np.testing.assert_allclose(mean, np.average(flat, axis=1, weights=counts), rtol=1e-6)
        expected = np.cov(flat, aweights=counts, ddof=0)
        np.testing.assert_allclose(covariance, expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("how", WAYS)
def test_a_gray_photograph_makes_the_result_gray(how):
    result, photograph = scenes()
    gray = np.repeat(photograph[..., :1], 3, axis=2)
    found = kept(result, gray, how)
    assert np.ptp(found, axis=2).max() < 2 / 255
    assert found.std() > 0.01


@pytest.mark.parametrize("how", PALETTES)
def test_noise_of_a_gray_result_is_not_blown_up(how):
    result, photograph = scenes()
    random = np.random.default_rng(3)
    gray = np.repeat(result[..., :1], 3, axis=2)
    noise = random.uniform(-1, 1, gray.shape).astype(np.float32) / 255
    clean, noisy = kept(gray, photograph, how), kept(gray + noise, photograph, how)
    assert (noisy - clean).std() < 12 * noise.std()


@pytest.mark.parametrize("how", WAYS)
def test_flat_pictures_stay_flat(how):
    flat = np.full((9, 7, 3), 0.3, np.float32)
    _, photograph = scenes(height=9, width=7)
    found = kept(flat, np.full_like(flat, (0.6, 0.4, 0.2)), how)
    np.testing.assert_allclose(found - found[:1, :1], 0, atol=1e-6)
    assert np.isfinite(kept(flat, photograph, how)).all()
    assert np.isfinite(kept(photograph, flat, how)).all()


@pytest.mark.parametrize("how", WAYS)
def test_red_and_blue_are_not_exchanged(how):
    random = np.random.default_rng(0)
    light = random.uniform(0.3, 1, (40, 30, 1))
    red = (light * [0.9, 0.3, 0.2]).astype(np.float32)
    blue = (light[::-1] * [0.2, 0.3, 0.9]).astype(np.float32)
    found = kept(blue, red, how)
    assert (found[..., 0] > found[..., 2]).mean() > 0.95
    assert (found[..., 1] < found[..., 0]).mean() > 0.95


@pytest.mark.parametrize("how", PALETTES)
def test_what_is_transparent_does_not_speak(how):
    result, photograph = scenes()
    alpha = np.ones(photograph.shape[:2], np.float32)
    alpha[:, 20:] = 0
    spoiled = photograph.copy()
    spoiled[:, 20:] = (1, 0, 1)
    left = kept(result[:, :20], photograph[:, :20], how)
    np.testing.assert_allclose(kept(result, spoiled, how, 1.0, alpha)[:, :20], left, atol=5e-3)


@pytest.mark.parametrize("how", WAYS)
def test_views_of_tensors_are_changed_where_they_lie(how):
    result, photograph = scenes(height=300)
    planes = np.ascontiguousarray(result.transpose(2, 0, 1))
    color_kept(planes.transpose(1, 2, 0), photograph, how)
    np.testing.assert_allclose(planes.transpose(1, 2, 0), kept(result, photograph, how), atol=1e-6)


def test_a_style_in_luminance_has_the_photograph_s_light():
    style, photograph = scenes()
    luminance_matched(style, photograph)
    assert np.ptp(style, axis=2).max() < 1e-6
    found, wanted = style @ LUMA, photograph @ LUMA
    assert found.mean() == pytest.approx(wanted.mean(), abs=1e-4)
    assert found.std() == pytest.approx(wanted.std(), abs=1e-3)


def test_a_style_in_half_luminance_has_half_its_colors():
    style, photograph = scenes()
    half = style.copy()
    luminance_matched(half, photograph, 0.5)
    chroma = [each - (each @ LUMA)[..., None] for each in (style, half)]
    np.testing.assert_allclose(chroma[1], chroma[0] / 2, atol=1e-5)
    style_after = style.copy()
    luminance_matched(style_after, photograph, 0.0)
    np.testing.assert_allclose(style_after, style, atol=1e-6)


def test_fading_ends_in_gray_of_the_same_luma():
    _, photograph = scenes()
    gray, same = photograph.copy(), photograph.copy()
    faded(gray)
    faded(same, 0.0)
    assert np.ptp(gray, axis=2).max() < 1e-6
    np.testing.assert_allclose(gray @ LUMA, photograph @ LUMA, atol=1e-6)
    np.testing.assert_allclose(same, photograph, atol=1e-6)


def test_own_colors_and_the_photograph_s_may_add_up():
    # The result of faded styles has already lost the part that the photograph's colors take.
    result, photograph = scenes()
    found = result.copy()
    luminance_kept(found, photograph, 0.5, own=1.0)
    chroma = [each - (each @ LUMA)[..., None] for each in (result, photograph, found)]
    np.testing.assert_allclose(chroma[2], chroma[0] + chroma[1] / 2, atol=1e-5)
