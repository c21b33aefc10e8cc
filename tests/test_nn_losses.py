"""Every loss against slow loops, its gradient against differences, and values worked by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck

from impasto.nn.losses import (
    AFAR,
    CONTENT_FORMS,
    STYLE_FORMS,
    half_sum_squares,
    paper_style_loss,
    pixel_loss,
    quarter_mean_squares,
    relative_squares,
    tone_loss,
    total_variation_loss,
)


def random_maps(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def sum_of_squares(values, target):
    pairs = zip(values.flatten().tolist(), target.flatten().tolist(), strict=True)
    return sum((first - second) ** 2 for first, second in pairs)


def energy(target):
    return sum(value**2 for value in target.flatten().tolist())


DEFINITIONS = {
    half_sum_squares: lambda f, p: sum_of_squares(f, p) / 2,
    quarter_mean_squares: lambda f, p: sum_of_squares(f, p) / (4 * p.numel()),
    relative_squares: lambda f, p: sum_of_squares(f, p) / energy(p),
    pixel_loss: lambda f, p: sum_of_squares(f, p) / p.numel(),
}


@pytest.mark.parametrize("loss", DEFINITIONS, ids=lambda loss: loss.__name__)
def test_loss_is_its_definition(loss):
    values, target = random_maps(2, 3, 4, 5), random_maps(2, 3, 4, 5, seed=1)
    assert float(loss(values, target)) == pytest.approx(DEFINITIONS[loss](values, target), 1e-12)


@pytest.mark.parametrize("loss", DEFINITIONS, ids=lambda loss: loss.__name__)
def test_gradient_of_loss(loss):
    values, target = random_maps(1, 3, 2, 4).requires_grad_(True), random_maps(1, 3, 2, 4, seed=1)
    assert gradcheck(lambda each: loss(each, target), values)


@pytest.mark.parametrize("loss", DEFINITIONS, ids=lambda loss: loss.__name__)
def test_loss_is_0_at_the_target(loss):
    target = random_maps(1, 3, 4, 5)
    assert float(loss(target.clone(), target)) == 0


def test_losses_worked_by_hand():
    values = torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1)
    target = torch.tensor([1.0, 0.0, 2.0]).view(1, 3, 1, 1)
    assert float(half_sum_squares(values, target)) == 2.5
    assert float(quarter_mean_squares(values, target)) == pytest.approx(5 / 12)
    assert float(relative_squares(values, target)) == 1.0
    assert float(pixel_loss(values, target)) == pytest.approx(5 / 3)


def test_tables_of_forms_name_the_functions():
    assert {
        "relative": relative_squares,
        "half-sum": half_sum_squares,
        "quarter-mean": quarter_mean_squares,
    } == CONTENT_FORMS
    assert {"relative": relative_squares, "paper": paper_style_loss} == STYLE_FORMS


@settings(max_examples=25)
@given(scale=st.floats(1e-3, 1e3), seed=st.integers(0, 2**32 - 1))
def test_relative_loss_is_free_of_the_scale_of_the_features(scale, seed):
    values, target = random_maps(1, 2, 3, 3, seed=seed), random_maps(1, 2, 3, 3, seed=seed + 1)
    before = relative_squares(values, target)
    torch.testing.assert_close(relative_squares(values * scale, target * scale), before)


def test_relative_loss_of_black_is_1_and_stays_finite_for_a_black_target():
    maps = random_maps(1, 2, 3, 3)
    assert float(relative_squares(torch.zeros_like(maps), maps)) == pytest.approx(1)
    assert torch.isfinite(relative_squares(maps, torch.zeros_like(maps)))


@pytest.mark.parametrize("loss", [half_sum_squares, quarter_mean_squares, relative_squares])
def test_half_precision_maps_are_summed_in_float32(loss):
    values, target = (random_maps(1, 8, 40, 40, seed=seed).bfloat16() for seed in (0, 1))
    got = loss(values, target)
    assert got.dtype == torch.float32
    assert float(got) == pytest.approx(float(loss(values.double(), target.double())), rel=1e-4)


def paper_style_loss_by_definition(features, style):
    """Gatys et al. 2016, equations 3 and 4, with sums over positions as they stand there."""
    n, m = features.shape[0], features[0].numel()
    flat, painted = features.flatten(1), style.flatten(1)
    total = 0.0
    for i in range(n):
        for j in range(n):
            g = float(flat[i] @ flat[j])
            a = float(painted[i] @ painted[j])
            total += (g - a) ** 2
    return total / (4 * n**2 * m**2)


def test_paper_style_loss_is_equation_4():
    features, style = random_maps(3, 4, 5), random_maps(3, 4, 5, seed=1)
    grams = [torch.einsum("ihw,jhw->ij", each, each)[None] / 20 for each in (features, style)]
    expected = paper_style_loss_by_definition(features, style)
    assert float(paper_style_loss(*grams)) == pytest.approx(expected, rel=1e-12)


def test_paper_style_loss_worked_by_hand():
    gram = torch.tensor([[[2.0, 1.0], [1.0, 3.0]]])
    target = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    assert float(paper_style_loss(gram, target)) == 7 / 16


def test_gradient_of_paper_style_loss():
    gram, target = random_maps(2, 3, 3).requires_grad_(True), random_maps(2, 3, 3, seed=1)
    assert gradcheck(lambda each: paper_style_loss(each, target), gram)


def total_variation_by_definition(image):
    batch, channels, height, width = image.shape
    across, down = [], []
    for b, c, y, x in np.ndindex(batch, channels, height, width):
        here = float(image[b, c, y, x])
        if x + 1 < width:
            across.append((float(image[b, c, y, x + 1]) - here) ** 2)
        if y + 1 < height:
            down.append((float(image[b, c, y + 1, x]) - here) ** 2)
    return sum(sum(each) / len(each) for each in (across, down) if each)


@pytest.mark.parametrize("size", [(4, 5), (1, 6), (6, 1)])
def test_total_variation_is_its_definition(size):
    image = random_maps(2, 3, *size)
    expected = total_variation_by_definition(image)
    assert float(total_variation_loss(image)) == pytest.approx(expected, rel=1e-12)


def test_total_variation_worked_by_hand():
    image = torch.tensor([[0.0, 1.0, 3.0], [2.0, 2.0, 2.0]]).expand(1, 3, 2, 3)
    # Across: 1, 4, 0, 0. Down: 4, 1, 1.
    assert float(total_variation_loss(image)) == pytest.approx(5 / 4 + 2)


def test_total_variation_of_one_pixel_and_of_one_color_is_0():
    assert float(total_variation_loss(torch.rand(1, 3, 1, 1))) == 0
    assert float(total_variation_loss(torch.full((1, 3, 4, 4), 0.7))) == 0


def test_gradient_of_total_variation():
    assert gradcheck(total_variation_loss, random_maps(1, 3, 3, 4).requires_grad_(True))


@settings(max_examples=25)
@given(shift=st.floats(-10, 10), seed=st.integers(0, 2**32 - 1))
def test_total_variation_does_not_see_brightness_or_mirroring(shift, seed):
    image = random_maps(1, 3, 4, 5, seed=seed)
    before = total_variation_loss(image)
    torch.testing.assert_close(total_variation_loss(image + shift), before)
    torch.testing.assert_close(total_variation_loss(image.flip(-1, -2)), before)


def test_tones_are_compared_in_squares_of_eight():
    image, target = random_maps(1, 3, 24, 16), random_maps(1, 3, 24, 16, seed=2)
    squares = (image - target).view(1, 3, 3, AFAR, 2, AFAR).mean((3, 5))
    torch.testing.assert_close(tone_loss(image, target), squares.square().mean())


def test_strokes_within_a_square_are_free():
    target = torch.full((1, 3, 16, 16), 0.5)
    image = target.clone()
    image[..., ::2, :] += 0.25
    image[..., 1::2, :] -= 0.25
    assert float(tone_loss(image, target)) == 0
    assert float(tone_loss(image + 0.5, target)) == 0.25


def test_a_picture_smaller_than_a_square_has_one_tone():
    image, target = torch.zeros(1, 3, 2, 5), torch.zeros(1, 3, 2, 5)
    image[..., 0, :] = 1
    assert float(tone_loss(image, target)) == 0.25
