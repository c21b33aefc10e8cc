"""Histograms in bins of floating point, distances of distributions, projections, remapping."""

import numpy as np
import pytest
import scipy.optimize
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from torch.autograd import gradcheck

from impasto.nn import moments
from impasto.nn.histograms import (
    BINS,
    bins_of,
    histograms,
    quantiles,
    random_directions,
    transport_distance,
)
from impasto.nn.statistics import STYLE_STATISTICS, HistogramGram, Sliced


def random_maps(channels, height, width, seed=0, dtype=torch.float64):
    random = torch.Generator().manual_seed(seed)
    return torch.randn(1, channels, height, width, generator=random, dtype=dtype)


def in_a_row(*values):
    return torch.tensor(values, dtype=torch.float64).view(1, 1, 1, -1)


def weight_of(values, guide=None):
    return moments.total_weight(values, guide)


def distance(own, other, guide=None):
    target = quantiles(histograms(other), weight_of(other))
    return transport_distance(histograms(own, None, guide), weight_of(own, guide), target)


def least_cost(own, other):
    """The cheapest of all ways to move some values to as many others, a mean of squares."""
    costs = np.subtract.outer(own, other) ** 2
    rows, columns = scipy.optimize.linear_sum_assignment(costs)
    return costs[rows, columns].mean()


def spread_out(count, seed):
    """Values of either sign, each alone in its bin."""
    random = np.random.default_rng(seed)
    sizes = 1.1 ** random.choice(np.arange(-40, 40), count, replace=False)
    return sizes * random.choice([-1, 1], count)


@given(st.lists(st.floats(-(2.0**19), 2.0**19, width=32), min_size=2, max_size=50))
def test_bins_rise_with_the_values_and_are_narrow(values):
    ordered = torch.tensor(sorted(values)) + 0.0  # which makes -0 a 0
    found = bins_of(ordered)
    assert (found.diff() >= 0).all()
    assert found.min() >= 0
    assert found.max() < BINS
    for number in set(found.tolist()):
        low, *_, high = [*ordered[found == number].tolist()] * 2
        assert high - low <= max(abs(low) / 32, abs(high) / 32, 2.0**-19)


def test_bins_of_zero_large_and_small_values():
    found = bins_of(torch.tensor([-1e30, -1.0, -1e-30, 0.0, 1e-30, 1.0, 1e30])).tolist()
    half = BINS // 2
    assert found == [0, half - 1 - 20 * 32, half - 1, half, half, half + 20 * 32, BINS - 1]


@pytest.mark.parametrize("piece", [4, 4096])
@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize("projected", [False, True])
def test_histograms_are_their_definition(monkeypatch, piece, guided, projected):
    monkeypatch.setattr(moments, "PIECE", piece)
    features = random_maps(3, 4, 5)
    guide = torch.rand(1, 1, 4, 5, generator=torch.Generator().manual_seed(1)).double()
    directions = random_directions(3, 5, 0) if projected else None
    expected = np.zeros((2, 5 if projected else 3, BINS))
    for y, x in np.ndindex(4, 5):
        weight = float(guide[0, 0, y, x]) ** 2 if guided else 1.0
        values = features[0, :, y, x]
        if projected:
            values = directions.T @ values
        for row, value in enumerate(values):
            number = int(bins_of(value))
            expected[0, row, number] += weight
            expected[1, row, number] += weight * float(value)
    got = histograms(features, directions, guide if guided else None)
    assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize("projected", [False, True])
@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
def test_gradients_of_histograms(monkeypatch, guided, projected, order):
    monkeypatch.setattr(moments, "PIECE", 4)
    features = random_maps(3, 2, 3).contiguous(memory_format=order).requires_grad_(True)
    guide = torch.rand(1, 1, 2, 3, generator=torch.Generator().manual_seed(1))
    directions = random_directions(3, 2, 0) if projected else None
    coefficients = random_maps(2, 3, BINS)[0][:, : 2 if projected else 3]

    def total(each):
        sums = histograms(each, directions, guide if guided else None)
        return (sums * coefficients)[1].sum()

    assert gradcheck(total, features)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 12))
def test_the_distance_is_the_least_cost_of_all_pairings(seed, count):
    own, other = spread_out(count, seed), spread_out(count, seed + 1)
    got = distance(in_a_row(*own), in_a_row(*other))
    assert float(got) == pytest.approx(least_cost(own, other), rel=1e-9)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), times=st.integers(2, 4))
def test_the_number_of_values_may_differ(seed, times):
    own, other = spread_out(3 * times, seed), spread_out(3, seed + 1)
    got = distance(in_a_row(*own), in_a_row(*other))
    assert float(got) == pytest.approx(least_cost(own, np.repeat(other, times)), rel=1e-9)


def test_distances_worked_by_hand():
    assert float(distance(in_a_row(1, 2), in_a_row(3, 5))) == pytest.approx((4 + 9) / 2)
    assert float(distance(in_a_row(7, 1), in_a_row(2))) == pytest.approx((25 + 1) / 2)
    # Guides of 1 and 1/2 weigh 4 to 1.
    guide = torch.tensor([1.0, 0.5]).view(1, 1, 1, 2)
    assert float(distance(in_a_row(1, 8), in_a_row(2), guide)) == pytest.approx((4 * 1 + 36) / 5)
    # Equal values move as one, to the mean.
    assert float(distance(in_a_row(1, 1), in_a_row(2, 4))) == pytest.approx(4)


def test_many_values_to_a_bin_are_nearly_exact():
    own, other = random_maps(1, 60, 70), 2 * random_maps(1, 60, 70, seed=1) + 0.5
    exact = (own.flatten().sort().values - other.flatten().sort().values).square().mean()
    assert float(distance(own, other)) == pytest.approx(float(exact), rel=2e-3)


@pytest.mark.parametrize("shift", [0.1, 3.0])
def test_a_shift_costs_its_square(shift):
    values = random_maps(1, 60, 70) + 2
    assert float(distance(values + shift, values)) == pytest.approx(shift**2, rel=0.01)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_each_value_is_drawn_to_its_partner(seed):
    own, other = spread_out(9, seed), spread_out(9, seed + 1)
    values = in_a_row(*own).requires_grad_(True)
    distance(values, in_a_row(*other)).backward()
    partners = np.sort(other)[own.argsort().argsort()]
    assert_allclose(values.grad.flatten(), 2 * (own - partners) / 9, rtol=1e-9, atol=1e-9)


def test_directions_are_unit_vectors_that_look_everywhere():
    directions = random_directions(5, 20_000, 3)
    assert directions.shape == (5, 20_000)
    torch.testing.assert_close(directions.norm(dim=0), torch.ones(20_000).double())
    assert_allclose(directions @ directions.mT / 20_000, np.eye(5) / 5, atol=0.01)
    assert torch.equal(directions, random_directions.__wrapped__(5, 20_000, 3))
    assert not torch.equal(directions, random_directions(5, 20_000, 4))


def loss_of(statistic, features, style):
    weight = statistic.measured_weight(features, None)
    return statistic.loss(statistic.measure(features, None), weight, statistic.target(style))


def sliced_by_definition(features, style, directions):
    """Heitz et al. 2021: sorted projections, position by position, relative, times 4."""
    above = below = 0.0
    for direction in directions.mT.numpy():
        own, other = (np.sort(direction @ each.flatten(2)[0].numpy()) for each in (features, style))
        above += ((own - other) ** 2).mean()
        below += (other**2).mean()
    return 4 * above / below


def test_sliced_is_its_definition():
    features, style = random_maps(6, 20, 30).relu(), (2 * random_maps(6, 30, 20, seed=1)).relu()
    expected = sliced_by_definition(features, style, random_directions(6, 6, 0))
    assert float(loss_of(Sliced(), features, style)) == pytest.approx(expected, rel=3e-3)


def test_sliced_takes_as_many_directions_as_channels_up_to_a_bound():
    assert STYLE_STATISTICS["sliced"].measure(random_maps(6, 2, 2), None).shape == (2, 6, BINS)
    assert Sliced(most=4).measure(random_maps(6, 2, 2), None).shape == (2, 4, BINS)
    features = random_maps(6, 20, 30)
    assert not torch.equal(Sliced(seed=1).measure(features, None), Sliced().measure(features, None))


def remapped(values, style):
    """Values with the histogram of others: rank by rank."""
    result = np.empty_like(values)
    result[np.argsort(values)] = np.sort(style)
    return result


def histogram_by_definition(features, style):
    """Risser et al. 2017: the mean of relative (F - R(F))^2, times 4, and of Gram matrices."""
    above = below = 0.0
    for own, other in zip(features.flatten(2)[0].numpy(), style.flatten(2)[0].numpy(), strict=True):
        above += ((own - remapped(own, other)) ** 2).mean()
        below += (other**2).mean()
    own, other = (each.flatten(2)[0].numpy() for each in (features, style))
    grams = own @ own.T / own.shape[1], other @ other.T / other.shape[1]
    correlations = ((grams[0] - grams[1]) ** 2).sum() / (grams[1] ** 2).sum()
    return (4 * above / below + correlations) / 2


def test_histogram_is_its_definition():
    features, style = random_maps(4, 20, 30).exp(), random_maps(4, 30, 20, seed=1).exp()
    expected = histogram_by_definition(features, style)
    assert float(loss_of(HistogramGram(), features, style)) == pytest.approx(expected, rel=0.01)


def test_histograms_tell_apart_what_gram_matrices_do_not():
    # The same mean square, other values.
    features, style = in_a_row(1, 7), in_a_row(5, 5)
    assert float(loss_of(STYLE_STATISTICS["gram"], features, style)) == 0
    # Half of 4 times (16 + 4) / 2, over 25.
    assert float(loss_of(STYLE_STATISTICS["histogram"], features, style)) == pytest.approx(0.8)
