"""Moments as sums, and the distance of normal distributions against its definition."""

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from torch.autograd import gradcheck

from impasto.nn import moments
from impasto.nn.moments import (
    channel_sums,
    gaussian,
    gaussian_distance,
    mean_and_covariance,
    second_moments,
)
from impasto.nn.statistics import STYLE_STATISTICS


def random_maps(channels, height, width, seed=0, dtype=torch.float64):
    random = torch.Generator().manual_seed(seed)
    return torch.randn(1, channels, height, width, generator=random, dtype=dtype)


def random_guide(height, width):
    return torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(9))


def covariance(size, seed):
    random = np.random.default_rng(seed)
    mixing = random.standard_normal((size, size))
    return torch.from_numpy(mixing @ mixing.T / size + 0.1 * np.eye(size))


def moments_of(mean, covariance):
    """Sums of one position's weight that say this mean and covariance."""
    return torch.cat([covariance + torch.outer(mean, mean), mean[:, None]], dim=1)


ONE = torch.ones((), dtype=torch.float64)


def target(mean, covariance):
    return gaussian(moments_of(mean, covariance), ONE)


def distance_by_definition(mean, covariance, other_mean, other):
    """Gelbrich 1990, with scipy's matrix square roots."""
    root = scipy.linalg.sqrtm(other).real
    shared = scipy.linalg.sqrtm(root @ covariance @ root).real
    apart = ((mean - other_mean) ** 2).sum()
    return apart + np.trace(covariance) + np.trace(other) - 2 * np.trace(shared)


def sums_by_definition(features, guide):
    channels, height, width = features.shape[1:]
    single, squares = np.zeros(channels), np.zeros((channels, channels))
    for y, x in np.ndindex(height, width):
        weight = float(guide[0, 0, y, x]) ** 2
        values = features[0, :, y, x].numpy()
        single += weight * values
        squares += weight * np.outer(values, values)
    return single, squares


@pytest.mark.parametrize("piece", [4, 4096])
@pytest.mark.parametrize("guided", [False, True])
def test_sums_are_their_definition(monkeypatch, piece, guided):
    monkeypatch.setattr(moments, "PIECE", piece)
    features, guide = random_maps(3, 4, 5), random_guide(4, 5).double()
    single, squares = sums_by_definition(features, guide if guided else torch.ones(1, 1, 4, 5))
    guide = guide if guided else None
    assert_allclose(
        channel_sums(features, guide), np.stack([single, squares.diagonal()], 1), rtol=1e-12
    )
    assert_allclose(second_moments(features, guide), np.column_stack([squares, single]), rtol=1e-12)


@pytest.mark.parametrize("sums", [channel_sums, second_moments])
@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
def test_gradients_of_sums(monkeypatch, sums, guided, order):
    monkeypatch.setattr(moments, "PIECE", 4)
    guide = random_guide(2, 3) if guided else None
    features = random_maps(3, 2, 3).contiguous(memory_format=order).requires_grad_(True)
    assert gradcheck(lambda each: sums(each, guide), features)


def test_a_small_variance_beside_a_large_mean_is_not_lost():
    noise = random_maps(1, 100, 100, dtype=torch.float32)
    features = 1000 + noise
    single, square = channel_sums(features)[0].double() / 10_000
    assert float(square - single**2) == pytest.approx(float(features.double().var()), abs=0.1)


def test_mean_and_covariance_are_numpys():
    features, guide = random_maps(3, 4, 5), random_guide(4, 5)
    weight = moments.total_weight(features, guide)
    mean, spread = mean_and_covariance(second_moments(features, guide), weight)
    flat, weights = features.flatten(2)[0].numpy(), guide.flatten().double().numpy() ** 2
    assert_allclose(mean, np.average(flat, axis=1, weights=weights), rtol=1e-6)
    assert_allclose(spread, np.cov(flat, aweights=weights, ddof=0), rtol=1e-5)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(1, 6))
def test_the_distance_is_its_definition(seed, size):
    random = np.random.default_rng(seed)
    mean, other_mean = torch.from_numpy(random.standard_normal((2, size)))
    own, other = covariance(size, seed), covariance(size, seed + 1)
    goal = target(other_mean, other)
    floor = float(goal.floor) * np.eye(size)
    expected = distance_by_definition(
        mean.numpy(), own.numpy() + floor, other_mean.numpy(), other.numpy() + floor
    )
    assert float(gaussian_distance(mean, own, goal)) == pytest.approx(expected, rel=1e-8)
    # And the floor is below notice.
    plain = distance_by_definition(mean.numpy(), own.numpy(), other_mean.numpy(), other.numpy())
    assert expected == pytest.approx(plain, rel=0.01)


def test_distances_worked_by_hand():
    still, moved = torch.zeros(2).double(), torch.tensor([3.0, 4.0]).double()
    one = torch.eye(2).double()
    assert float(gaussian_distance(moved, one, target(still, one))) == pytest.approx(25, rel=1e-9)
    # Deviations 3 and 1 against 1 and 2: (3 - 1)^2 + (1 - 2)^2.
    own, other = torch.diag(torch.tensor([9.0, 1.0])), torch.diag(torch.tensor([1.0, 4.0]))
    distance = gaussian_distance(still, own.double(), target(still, other.double()))
    assert float(distance) == pytest.approx(5, rel=1e-3)


def test_the_distance_is_symmetric_and_free_of_the_axes():
    own, other, mean = covariance(4, 1), covariance(4, 2), torch.zeros(4).double()
    distance = float(gaussian_distance(mean, own, target(mean, other)))
    assert distance == pytest.approx(
        float(gaussian_distance(mean, other, target(mean, own))), rel=1e-3
    )
    turn = torch.linalg.qr(random_maps(1, 4, 4)[0, 0]).Q
    turned = gaussian_distance(mean, turn @ own @ turn.mT, target(mean, turn @ other @ turn.mT))
    assert float(turned) == pytest.approx(distance, rel=1e-9)


def test_the_gradient_is_1_minus_the_transport_map():
    own, other, mean = covariance(4, 1), covariance(4, 2), torch.zeros(4).double()
    goal = target(mean, other)
    own.requires_grad_(True)
    gaussian_distance(mean, own, goal).backward()
    transport = np.eye(4) - own.grad.numpy()
    floor = float(goal.floor) * np.eye(4)
    moved = transport @ (own.detach().numpy() + floor) @ transport
    assert_allclose(moved, other.numpy() + floor, rtol=1e-8, atol=1e-10)


def test_gradients_of_the_distance():
    goal = target(torch.ones(3).double(), covariance(3, 2))
    mixing, mean = random_maps(1, 3, 3)[0, 0], torch.zeros(3).double()
    arguments = mean.requires_grad_(True), mixing.requires_grad_(True)
    assert gradcheck(lambda m, each: gaussian_distance(m, each @ each.mT, goal), arguments)


@pytest.mark.parametrize("own", ["zero", "rank 1", "equal eigenvalues"])
@pytest.mark.parametrize("other", ["zero", "rank 1", "equal eigenvalues"])
def test_singular_covariances_have_bounded_gradients(own, other):
    line = torch.tensor([1.0, 2.0, 3.0]).double()
    kinds = {
        "zero": torch.zeros(3, 3).double(),
        "rank 1": torch.outer(line, line),
        "equal eigenvalues": torch.eye(3).double(),
    }
    spread, mean = kinds[own].clone().requires_grad_(True), torch.ones(3).double()
    distance = gaussian_distance(mean, spread, target(mean, kinds[other]))
    distance.backward()
    assert float(distance.detach()) >= -1e-9
    # The map stretches by no more than the square root of largest variance over floor.
    assert spread.grad.isfinite().all()
    assert float(spread.grad.abs().max()) < 1e3


def test_fewer_positions_than_channels_lead_to_the_target():
    statistic = STYLE_STATISTICS["wasserstein"]
    goal = statistic.target(random_maps(16, 2, 3, seed=1).relu())
    features = random_maps(16, 3, 2).relu().requires_grad_(True)
    optimizer = torch.optim.LBFGS([features], max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        weight = statistic.measured_weight(features, None)
        loss = statistic.loss(statistic.measure(features, None), weight, goal)
        loss.backward()
        return loss

    first = float(optimizer.step(closure).detach())
    assert float(closure().detach()) < 1e-3 * first


def test_the_loss_is_a_share_of_the_distance_from_black():
    statistic, style = STYLE_STATISTICS["wasserstein"], random_maps(4, 6, 7).relu()
    goal = statistic.target(style)
    black = torch.zeros(1, 4, 6, 7).double()
    loss = statistic.loss(statistic.measure(black, None), torch.tensor(42.0).double(), goal)
    assert float(loss) == pytest.approx(0.8, rel=0.03)
    assert float(goal.energy) == pytest.approx(float(style.square().sum() / 42), rel=1e-12)


def test_a_few_axes_tell_how_far_apart_distributions_are_at_least():
    mean, other_mean = torch.zeros(6).double(), torch.ones(6).double()
    own, other = covariance(6, 1), covariance(6, 2)
    sums = moments_of(other_mean, other)
    whole = float(gaussian_distance(mean, own, gaussian(sums, ONE)))
    few = [gaussian(sums, ONE, most) for most in (1, 3, 6, 9)]
    distances = [float(gaussian_distance(mean, own, each)) for each in few]
    assert 6 < distances[0] < distances[1] < whole
    assert distances[2:] == [pytest.approx(whole)] * 2
    for each in few:
        assert float(gaussian_distance(other_mean, other, each)) == pytest.approx(0, abs=1e-9)


def test_moments_that_are_no_numbers_give_a_distribution_that_is_none():
    moments = torch.full((3, 4), torch.nan, dtype=torch.float64)
    found = gaussian(moments, torch.tensor(1.0))  # and no error of the eigenvectors
    assert found.deviations.isnan().all()
