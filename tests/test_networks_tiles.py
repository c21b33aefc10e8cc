"""Large pictures in tiles: no seams, one tone, and pieces of bounded size."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from impasto import device
from impasto.errors import MemoryEstimateError, ModelError, OptionError
from impasto.networks import large as tiles
from impasto.networks import pieces
from impasto.networks.network import Network
from impasto.networks.pieces import crop, padded, reflected
from impasto.networks.resolve import Located
from trained_models import reach_of, write_model

FIRST = np.array([1, 0, 0], np.float32)
TILE = 256


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return Network(Located("m", write_model(tmp_path_factory.mktemp("model"))), threads=1)


def scene(height, width):
    """A sky above hills, busier to the right, so that tiles of their own tone would differ."""
    y, x = np.mgrid[:height, :width] / np.array([[[height]], [[width]]])
    hills = (y > 0.6 + 0.1 * np.sin(9 * x)).astype(float)
    light = 0.8 - 0.5 * y - 0.2 * hills + 0.5 * clouds(height, width) * (0.3 + x)
    tint = np.stack([light, light * (0.9 - 0.2 * hills), light * (0.7 + 0.3 * y)], axis=-1)
    return np.clip(tint, 0, 1).astype(np.float32)


def clouds(height, width):
    """Noise in which details are the weaker the finer they are, as in photographs (1/f)."""
    down, right = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)
    noise = np.fft.rfft2(np.random.default_rng(3).normal(0, 1, (height, width)))
    spectrum = noise / np.maximum(np.hypot(down, right), 1 / max(height, width)) ** 1.2
    values = np.fft.irfft2(spectrum, (height, width))
    return (values - values.mean()) / max(np.ptp(values), 1e-9)


def untiled(network, pixels):
    height, width = pixels.shape[:2]
    planes, own = network(padded(pixels, network.card.multiple), FIRST)
    return planes[0, :, :height, :width].transpose(1, 2, 0), own[0]


def test_tiles_under_the_statistics_of_the_whole_are_the_whole(network):
    pixels = scene(403, 610)
    whole, own = untiled(network, pixels)
    tiled = tiles._assembled(network, pixels, FIRST, own, TILE)
    np.testing.assert_allclose(tiled, whole, atol=2e-5)


def test_tiles_see_the_noise_of_their_place(tmp_path):
    network = Network(Located("m", write_model(tmp_path)), threads=1)
    plain, own = untiled(network, scene(403, 610))
    network.card = replace(network.card, grain=0.2)
    whole, own = untiled(network, scene(403, 610))
    tiled = tiles._assembled(network, scene(403, 610), FIRST, own, TILE)
    np.testing.assert_allclose(tiled, whole, atol=2e-5)
    assert np.abs(whole - plain).max() > 0.01


def test_the_reach_is_needed(network, monkeypatch):
    # Or the test above would show nothing.
    pixels = scene(403, 610)
    whole, own = untiled(network, pixels)
    monkeypatch.setattr(pieces, "RAMP", 4)
    monkeypatch.setattr(pieces, "overlap_of", lambda reach, multiple: 8)
    tiled = tiles._assembled(network, pixels, FIRST, own, TILE)
    assert np.abs(tiled - whole).max() > 0.01


def test_difference_to_untiled(network):
    pixels = scene(600, 900)
    whole, _ = untiled(network, pixels)
    tiled = tiles.stylized(network, pixels, FIRST, TILE)[0]
    difference = np.abs(tiled - whole)
    # The picture is 2.9 times the tile's side; levels of 255: 4 on average, 80 at one edge.
    assert difference.mean() < 0.02
    assert difference.max() < 0.4
    near = tiles._of(network, tiles._shrunk(pixels, TILE / 735), FIRST)
    plain = np.abs(tiles._assembled(network, pixels, FIRST, near, TILE) - whole)
    assert difference.mean() < 0.85 * plain.mean()

    class Own:  # each tile by its own statistics would be worse
        largest = 0

        card, channels, name = network.card, network.channels, "m"

        def __call__(self, planes, weights, statistics=None, corner=(0, 0)):
            return network(planes, weights)

    by_own = tiles.stylized(Own(), pixels, FIRST, TILE)[0]
    assert difference.mean() < 0.5 * np.abs(by_own - whole).mean()
    # And no seam is visible.
    for axis, length in ((0, 600), (1, 900)):
        error = np.moveaxis(tiled - whole, axis, 0)
        steps = np.abs(np.diff(error, axis=0)).mean((1, 2))
        spans = pieces.spans(length, TILE, network.card.reach, network.card.multiple)
        overlap = pieces.overlap_of(network.card.reach, network.card.multiple)
        assert len(spans) > 2
        for span in spans[1:]:
            middle = span.start + overlap // 2
            seam = steps[middle - pieces.RAMP : middle + pieces.RAMP]
            around = steps[max(0, middle - 100) : middle + 100]
            assert seam.max() < 1.5 * np.quantile(around, 0.95)


def test_tones_of_tiles_do_not_differ(network):
    # A flat picture has the same statistics everywhere, so each of its tiles must look alike.
    pixels = scene(64, 64)
    tiled = tiles.stylized(network, np.tile(pixels, (8, 12, 1)), FIRST, TILE)[0]
    inner = tiled[64:-64, 64:-64].reshape(6, 64, 10, 64, 3).mean((1, 3))
    assert np.abs(inner - inner.mean((0, 1))).max() < 1e-4


def test_no_piece_is_larger_than_a_tile(network):
    sizes = []

    class Watched:
        largest = 0

        card, channels, name = network.card, network.channels, "m"

        def __call__(self, planes, *rest):
            sizes.append(planes.shape[0] * planes.shape[2] * planes.shape[3])
            return network(planes, *rest)

    result = tiles.stylized(Watched(), scene(700, 1100), FIRST, TILE)[0]
    assert result.shape == (700, 1100, 3)
    assert np.isfinite(result).all()
    assert max(sizes) <= (TILE + 8) ** 2  # a thumbnail may be rounded up
    assert sum(sizes) < 3.5 * 700 * 1100


def test_a_picture_of_a_tile_s_area_is_not_cut(network):
    pixels = scene(128, 500)
    whole, _ = untiled(network, pixels)
    np.testing.assert_array_equal(tiles.stylized(network, pixels, FIRST, TILE)[0], whole)


def test_tiny_odd_and_long_sizes(network):
    for size in ((1, 1), (1, 50), (37, 2), (33, 47), (40, 3000)):
        result = tiles.stylized(network, scene(*size), FIRST, TILE)[0]
        assert result.shape == (*size, 3)
        assert np.isfinite(result).all()


def test_without_statistics_there_are_no_tiles(tmp_path):
    net = Network(Located("m", write_model(tmp_path, statistics=False)), threads=1)
    assert tiles.stylized(net, scene(200, 300), FIRST, TILE)[0].shape == (200, 300, 3)
    with pytest.raises(ModelError, match=r"takes no statistics: give --size 313 or less") as caught:
        tiles.stylized(net, scene(300, 450), FIRST, TILE)[0]
    assert caught.match("or a --tile of 368")
    assert tiles.stylized(net, scene(208, 313), FIRST, TILE)[0].shape == (208, 313, 3)
    assert tiles.stylized(net, scene(300, 450), FIRST, 368)[0].shape == (300, 450, 3)


def test_a_tile_too_small_for_the_reach(network):
    least = 2 * (2 * reach_of(1) + pieces.RAMP)
    with pytest.raises(OptionError, match=f"^tile: expected at least {least} for this model"):
        tiles.stylized(network, scene(300, 300), FIRST, 64)[0]
    assert tiles.stylized(network, scene(300, 300), FIRST, least)[0].shape == (300, 300, 3)


@given(
    st.integers(1, 20_000), st.integers(64, 2048), st.integers(0, 150), st.sampled_from([1, 4, 8])
)
def test_spans_cover_an_axis(length, tile, reach, multiple):
    overlap = pieces.overlap_of(reach, multiple)
    tile = tile // multiple * multiple
    assume(tile >= 2 * overlap)
    found = pieces.spans(length, tile, reach, multiple)
    end = found[-1].stop
    total = np.zeros(end)
    for span in found:
        assert span.start % multiple == 0
        assert 0 < span.stop - span.start == len(span.shares) <= tile
        assert (span.stop - span.start) % multiple == 0
        total[span.start : span.stop] += span.shares
    assert length <= end <= max(length, 32) + multiple
    np.testing.assert_allclose(total, 1, atol=1e-6)
    for left, right in itertools.pairwise(found):
        # Where a tile counts it is further than the reach from its cut ends.
        assert left.shares[left.stop - left.start - reach :].sum() == 0 or reach == 0
        assert right.shares[:reach].sum() == 0


@given(st.integers(1, 9), st.integers(0, 40))
def test_reflection_is_numpy_s(length, beyond):
    values = np.arange(length)
    expected = np.pad(values, (0, beyond), mode="reflect") if length > 1 else np.zeros(1 + beyond)
    np.testing.assert_array_equal(reflected(slice(0, length + beyond), length), expected)


def test_a_crop_reflects_only_what_is_beyond():
    pixels = scene(20, 30)
    inside = crop(pixels, slice(4, 12), slice(8, 16))
    np.testing.assert_array_equal(inside[0].transpose(1, 2, 0), pixels[4:12, 8:16])
    beyond = crop(pixels, slice(16, 24), slice(0, 32))
    assert beyond.shape == (1, 3, 8, 32)
    np.testing.assert_array_equal(beyond[0, :, 4], pixels[18, [*range(30), 28, 27]].T)


def test_extrapolation_goes_on_as_the_statistics_did():
    # Means linear and 1/deviations geometric in the number of halvings: exact.
    def at(halvings):
        return np.array([[1 - 0.2 * halvings, 2 * 0.9**halvings]], np.float32)

    found = tiles.extrapolated(at(1.5), at(2.5), 1.5)
    np.testing.assert_allclose(found, at(0), rtol=1e-6)


def test_what_does_not_fit_is_refused_with_a_tile_that_does(network, monkeypatch):
    monkeypatch.setattr(device, "free_memory", lambda: 200_000_000)
    monkeypatch.setattr(tiles, "free_memory", lambda: 200_000_000)
    large = np.zeros((1200, 1200, 3), np.float32)
    with pytest.raises(MemoryEstimateError, match=r"^1200 x 1200 needs .*: --tile \d+ would fit$"):
        tiles.stylized(network, large, np.ones(1, np.float32), 1536)[0]
