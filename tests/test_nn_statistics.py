"""What all style statistics promise: sums over tiles, guides, gradients, and no surprises."""

import itertools
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck

from impasto.nn.losses import paper_style_loss
from impasto.nn.statistics import STYLE_STATISTICS, Gram
from impasto.nn.style import gram_matrix
from impasto.options.gatys import StyleLoss

every_statistic = pytest.mark.parametrize(
    "statistic", STYLE_STATISTICS.values(), ids=STYLE_STATISTICS
)


def maps(channels, height, width, seed=0, dtype=torch.float64):
    """Features as after a ReLU: correlated, many of them 0."""
    random = torch.Generator().manual_seed(seed)
    mixing = torch.randn(channels, channels, generator=random, dtype=torch.float64)
    values = torch.randn(channels, height * width, generator=random, dtype=torch.float64)
    mixed = (mixing @ values / channels**0.5 + 0.3).relu().view(1, channels, height, width)
    return mixed.to(dtype).contiguous(memory_format=torch.channels_last)


def soft_guide(height, width, seed=5):
    random = torch.Generator().manual_seed(seed)
    return torch.rand(1, 1, height, width, generator=random)


def loss_of(statistic, features, target, guide=None):
    weight = statistic.measured_weight(features, guide)
    return statistic.loss(statistic.measure(features, guide), weight, target)


def gradient_of(statistic, features, target, guide=None):
    features = features.detach().clone().requires_grad_(True)
    loss_of(statistic, features, target, guide).backward()
    return features.grad


def tiles(features, rows=(0, 3, 7), columns=(0, 4, 9)):
    """Uneven pieces that cover 7 x 9 positions."""
    for top, bottom in itertools.pairwise(rows):
        for left, right in itertools.pairwise(columns):
            yield (..., slice(top, bottom), slice(left, right))


def test_the_table_has_the_options_names():
    assert tuple(STYLE_STATISTICS) == get_args(StyleLoss)


@every_statistic
def test_the_loss_is_0_at_the_target_and_not_elsewhere(statistic):
    target = statistic.target(maps(4, 7, 9))
    assert abs(float(loss_of(statistic, maps(4, 7, 9), target))) < 1e-10
    assert float(gradient_of(statistic, maps(4, 7, 9), target).norm()) < 1e-5
    assert float(loss_of(statistic, maps(4, 7, 9, seed=1), target)) > 0.01


@every_statistic
@pytest.mark.parametrize("guided", [False, True])
def test_measures_and_weights_add_up_over_tiles(statistic, guided):
    features, guide = maps(4, 7, 9), soft_guide(7, 9) if guided else None
    pieces = [(features[where], guide[where] if guided else None) for where in tiles(features)]
    measured = sum(statistic.measure(*piece) for piece in pieces)
    torch.testing.assert_close(measured, statistic.measure(features, guide))
    weight = sum(statistic.measured_weight(*piece) for piece in pieces)
    torch.testing.assert_close(weight, statistic.measured_weight(features, guide))


@every_statistic
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_gradient_by_tiles_is_that_of_the_whole(statistic, dtype):
    features, guide = maps(4, 7, 9, dtype=dtype), soft_guide(7, 9)
    target = statistic.target(maps(4, 5, 6, seed=1, dtype=dtype))
    with torch.no_grad():
        parts = [(features[where], guide[where]) for where in tiles(features)]
        measured = sum(statistic.measure(*part) for part in parts)
        weight = sum(statistic.measured_weight(*part) for part in parts)
    measured.requires_grad_(True)
    (slope,) = torch.autograd.grad(statistic.loss(measured, weight, target), measured)
    by_tiles = torch.zeros_like(features)
    for where in tiles(features):
        tile = features[where].detach().requires_grad_(True)
        (statistic.measure(tile, guide[where]) * slope).sum().backward()
        by_tiles[where] = tile.grad
    whole = gradient_of(statistic, features, target, guide)
    error = (by_tiles - whole).norm() / whole.norm()
    assert error < (1e-12 if dtype == torch.float64 else 1e-4)


@every_statistic
def test_a_black_and_white_guide_is_a_crop(statistic):
    features, target = maps(4, 7, 9), statistic.target(maps(4, 5, 6, seed=1))
    guide = torch.zeros(1, 1, 7, 9)
    guide[..., 2:6, 3:8] = 1
    crop = features[..., 2:6, 3:8]
    cropped = loss_of(statistic, crop, target)
    torch.testing.assert_close(loss_of(statistic, features, target, guide), cropped)
    gradient = gradient_of(statistic, features, target, guide)
    torch.testing.assert_close(gradient[..., 2:6, 3:8], gradient_of(statistic, crop, target))
    gradient[..., 2:6, 3:8] = 0
    assert not gradient.any()


@every_statistic
def test_a_style_may_be_guided_too(statistic):
    style, guide = maps(4, 7, 9, seed=1), torch.zeros(1, 1, 7, 9)
    guide[..., :4, 2:] = 1
    features = maps(4, 5, 6)
    guided = loss_of(statistic, features, statistic.target(style, guide))
    cropped = loss_of(statistic, features, statistic.target(style[..., :4, 2:]))
    torch.testing.assert_close(guided, cropped)


@every_statistic
def test_how_strong_an_even_guide_is_does_not_matter(statistic):
    features, target = maps(4, 7, 9), statistic.target(maps(4, 5, 6, seed=1))
    even = torch.full((1, 1, 7, 9), 0.25)
    expected = loss_of(statistic, features, target)
    torch.testing.assert_close(loss_of(statistic, features, target, even), expected)


@every_statistic
def test_guides_count_by_their_squares(statistic):
    features, target = maps(4, 3, 4), statistic.target(maps(4, 5, 6, seed=1))
    guide = torch.full((1, 1, 3, 4), 0.5)
    guide[..., :1, :] = 1
    repeated = torch.cat([features[..., :1, :]] * 4 + [features[..., 1:, :]], dim=2)
    expected = loss_of(statistic, repeated, target)
    torch.testing.assert_close(loss_of(statistic, features, target, guide), expected)


@every_statistic
@pytest.mark.parametrize("guided", [False, True])
def test_gradients_are_those_of_differences(statistic, guided):
    target = statistic.target(maps(3, 4, 3, seed=1))
    guide = soft_guide(2, 3) + 0.1 if guided else None
    # Away from 0, where a sign is a bin's edge.
    features = (maps(3, 2, 3) + 0.1).requires_grad_(True)
    assert gradcheck(lambda each: loss_of(statistic, each, target, guide), features)


FLAT = {
    "black": lambda: torch.zeros(1, 4, 7, 9),
    "constant": lambda: torch.tensor([3.0, 0.0, 1.0, 0.1]).view(1, 4, 1, 1).expand(1, 4, 7, 9),
    "one position": lambda: maps(4, 1, 1, dtype=torch.float32),
    "textured": lambda: maps(4, 7, 9, dtype=torch.float32),
}


@every_statistic
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_flat_maps_have_finite_losses_and_gradients(statistic, dtype):
    for painted, style in itertools.product(FLAT, FLAT):
        features, target = FLAT[painted]().to(dtype), statistic.target(FLAT[style]().to(dtype))
        assert loss_of(statistic, features, target).isfinite(), (painted, style)
        gradient = gradient_of(statistic, features, target)
        assert gradient.isfinite().all(), (painted, style)
        if style != "black":  # relative to black, everything is far
            assert float(gradient.double().norm()) < 1e4, (painted, style)


@every_statistic
def test_a_black_guide_asks_for_nothing(statistic):
    features, target = maps(4, 7, 9), statistic.target(maps(4, 5, 6, seed=1))
    nowhere = torch.zeros(1, 1, 7, 9)
    assert loss_of(statistic, features, target, nowhere).isfinite()
    assert not gradient_of(statistic, features, target, nowhere).any()


@every_statistic
def test_a_style_that_was_measured_nowhere_is_finite(statistic):
    target = statistic.target(maps(4, 5, 6), torch.zeros(1, 1, 5, 6))
    features = maps(4, 7, 9)
    assert loss_of(statistic, features, target).isfinite()
    assert gradient_of(statistic, features, target).isfinite().all()


@every_statistic
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_not_hidden_and_no_error(statistic, value):
    """The painting takes such a step back, if it hears of it."""
    features, target = maps(4, 7, 9), statistic.target(maps(4, 5, 6, seed=1))
    features[0, 1, 2, 3] = value
    assert not loss_of(statistic, features, target).isfinite()


@every_statistic
@pytest.mark.parametrize("guided", [False, True])
def test_half_precision_is_measured_in_float32(statistic, guided):
    # More positions than one piece holds; a sum in bfloat16 would stop growing at 256.
    half = maps(8, 90, 70, dtype=torch.bfloat16)
    style = maps(8, 60, 80, seed=1, dtype=torch.bfloat16)
    guide = (soft_guide(90, 70) > 0.4).float() if guided else None
    target, exact = statistic.target(style), statistic.target(style.double())
    loss = loss_of(statistic, half, target, guide)
    assert loss.dtype == torch.float32
    expected = loss_of(statistic, half.double(), exact, guide)
    torch.testing.assert_close(loss.double(), expected, rtol=1e-3, atol=0.0)
    gradient = gradient_of(statistic, half, target, guide)
    assert gradient.dtype == torch.bfloat16
    whole = gradient_of(statistic, half.double(), exact, guide)
    assert (gradient.double() - whole).norm() / whole.norm() < 0.02


@every_statistic
def test_the_order_in_memory_does_not_matter(statistic):
    features, target = maps(4, 7, 9), statistic.target(maps(4, 5, 6, seed=1))
    plain = features.contiguous()
    expected = loss_of(statistic, features, target)
    torch.testing.assert_close(loss_of(statistic, plain, target), expected)
    gradient = gradient_of(statistic, features, target)
    torch.testing.assert_close(gradient_of(statistic, plain, target), gradient)


@every_statistic
@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_statistics_forget_places(statistic, seed):
    features, target = maps(4, 4, 5, seed=seed), statistic.target(maps(4, 5, 6, seed=1))
    order = torch.randperm(20, generator=torch.Generator().manual_seed(seed))
    moved = features.flatten(2)[..., order].view_as(features)
    expected = loss_of(statistic, features, target)
    torch.testing.assert_close(loss_of(statistic, moved, target), expected)


@every_statistic
@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1), down=st.integers(1, 3), across=st.integers(1, 3))
def test_the_sizes_of_picture_and_style_do_not_matter(statistic, seed, down, across):
    features, style = maps(4, 3, 4, seed=seed), maps(4, 5, 2, seed=seed + 1)
    expected = loss_of(statistic, features, statistic.target(style))
    repeated = features.repeat(1, 1, down, across)
    got = loss_of(statistic, repeated, statistic.target(style.repeat(1, 1, across, down)))
    torch.testing.assert_close(got, expected)


@every_statistic
@pytest.mark.parametrize("scale", [2.0**-6, 2.0**9])
def test_the_scale_of_the_features_does_not_matter(statistic, scale):
    features, style = maps(4, 7, 9) * 10, maps(4, 5, 6, seed=1) * 10
    expected = loss_of(statistic, features, statistic.target(style))
    got = loss_of(statistic, features * scale, statistic.target(style * scale))
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=0.0)


@pytest.mark.parametrize("name", STYLE_STATISTICS)
def test_what_features_cost_that_are_too_large_by_a_hundredth(name):
    statistic, features = STYLE_STATISTICS[name], maps(4, 30, 40) * 10
    loss = loss_of(statistic, features * 1.01, statistic.target(features))
    assert float(loss) == pytest.approx(0.8e-4 if name == "wasserstein" else 4e-4, rel=0.06)


@every_statistic
def test_following_the_gradient_leads_to_the_target(statistic):
    target = statistic.target(maps(4, 12, 10, seed=1))
    features = maps(4, 12, 10).contiguous().requires_grad_(True)
    first = float(loss_of(statistic, features, target).detach())
    optimizer = torch.optim.LBFGS([features], max_iter=60, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = loss_of(statistic, features, target)
        loss.backward()
        return loss

    optimizer.step(closure)
    assert float(closure().detach()) < 0.01 * first


def test_guided_gram_matrices_are_those_of_gatys_2017():
    features, guide = maps(3, 4, 5), soft_guide(4, 5)
    normalized = guide.double() / guide.double().square().sum().sqrt()
    expected = torch.zeros(3, 3, dtype=torch.float64)
    for y in range(4):
        for x in range(5):
            guided = features[0, :, y, x] * normalized[0, 0, y, x]
            expected += torch.outer(guided, guided)
    torch.testing.assert_close(STYLE_STATISTICS["gram"].target(features, guide)[0], expected)


def test_the_plain_gram_matrix_is_as_it_was_to_the_last_bit():
    features = maps(8, 45, 70, dtype=torch.float32)
    gram = STYLE_STATISTICS["gram"]
    assert torch.equal(gram.target(features), gram_matrix(features))


def test_gram_takes_another_form_and_a_unit():
    features, style = maps(3, 4, 5), maps(3, 4, 5, seed=1)
    statistic = Gram(paper_style_loss, unit=3.0)
    expected = paper_style_loss(gram_matrix(features) * 9, gram_matrix(style) * 9)
    torch.testing.assert_close(loss_of(statistic, features, statistic.target(style)), expected)


def mean_variance_by_definition(features, style):
    """Sum (m - n)^2 + (s - t)^2 over sum n^2 + t^2, times 4, in loops."""
    above = below = 0.0
    floor = 1e-5 * float(style.square().mean())
    for own, wanted in zip(features[0], style[0], strict=True):
        pairs = []
        for values in (own.flatten().tolist(), wanted.flatten().tolist()):
            mean = sum(values) / len(values)
            variance = sum((value - mean) ** 2 for value in values) / len(values)
            pairs.append((mean, (variance + floor) ** 0.5))
        above += sum((one - other) ** 2 for one, other in zip(*pairs, strict=True))
        below += sum(other**2 for other in pairs[1])
    return 4 * above / below


def test_mean_variance_is_its_definition():
    features, style = maps(3, 4, 5), maps(3, 5, 6, seed=1)
    statistic = STYLE_STATISTICS["mean-variance"]
    got = loss_of(statistic, features, statistic.target(style))
    assert float(got) == pytest.approx(mean_variance_by_definition(features, style), rel=1e-10)


def test_mean_variance_worked_by_hand():
    # Mean 2 and deviation 1 against mean 1 and deviation 0: 4 (1 + 1) / 1, up to the floor.
    features = torch.tensor([1.0, 3.0]).view(1, 1, 1, 2)
    statistic = STYLE_STATISTICS["mean-variance"]
    loss = loss_of(statistic, features, statistic.target(torch.ones(1, 1, 2, 2)))
    assert float(loss) == pytest.approx(8, rel=0.01)
