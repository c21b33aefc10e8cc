"""Tiles against one piece: the same losses, gradients and pictures."""

import pytest
import torch

from conftest import as_image, photograph_pixels, style_pixels
from impasto.methods.gatys.memory_plan import Plan
from impasto.methods.gatys.objective import Objective
from impasto.methods.gatys.tiled import TiledObjective
from impasto.methods.subject import Style, Subject
from impasto.nn.resize import size_of
from painting_parts import begin, network_for, shallow, subject_of

MIDDLE = {"content_layers": ("conv3_2",), "style_layers": ("conv1_1", "conv2_1", "conv3_1")}
DEEP = {"content_layers": ("conv4_2",), "style_layers": ("conv1_1", "conv4_1", "conv5_1")}


def relative_error(found, expected):
    return float((found - expected).norm() / expected.norm())


def pair(weights, subject, options, side, keepable=0):
    """Losses and gradients of a spoiled photograph, in one piece and in tiles."""
    network = network_for(options, weights)
    noise = torch.rand(subject.content.shape, generator=torch.Generator().manual_seed(1))
    begun = (subject.content * 0.7 + noise.to(subject.content) * 0.3).contiguous()
    results = []
    for objective in (
        Objective(network, subject, options),
        TiledObjective(network, subject, options, side, keepable),
    ):
        image = begun.clone().requires_grad_(True)
        losses = objective.backward(image)
        results.append((losses, image.grad))
    return results


def assert_same(results, tolerance=1e-4):
    (whole, gradient), (tiled, found) = results
    assert list(tiled) == list(whole)
    for name, loss in whole.items():
        assert float(tiled[name]) == pytest.approx(float(loss.detach()), rel=1e-4), name
    assert relative_error(found, gradient) <= tolerance


def pictures(height, width):
    return as_image(photograph_pixels(height, width)), as_image(style_pixels(56, 50))


def half_mask(height, width, *, left):
    """A soft step across."""
    ramp = torch.linspace(3, -2, width).clamp(0, 1).expand(1, 1, height, width).clone()
    return ramp if left else 1 - ramp


@pytest.mark.parametrize(
    ("size", "side"),
    [
        ((96, 128), 48),
        ((97, 131), 40),
        ((65, 33), 16),
        ((12, 150), 32),
        ((150, 3), 64),
        ((97, 131), 500),
    ],
)
def test_loss_and_gradient_are_those_of_one_piece(vgg16_weights, size, side):
    subject = subject_of(*pictures(*size))
    assert_same(pair(vgg16_weights, subject, shallow(**MIDDLE), side))


def test_what_keeps_odd_edges_and_masks_is_that_of_one_piece(vgg16_weights):
    content, style = pictures(61, 137)
    mask = half_mask(61, 137, left=False)
    subject = Subject(content, (Style(style, mask=mask),), keep=half_mask(61, 137, left=True))
    assert_same(pair(vgg16_weights, subject, shallow(**DEEP, pooling_edge="keep"), 64))


def test_the_deepest_layers_are_exact_and_what_is_kept_changes_nothing(vgg16_weights):
    subject = subject_of(*pictures(60, 139))
    results = [pair(vgg16_weights, subject, shallow(**DEEP), 64, keepable)
               for keepable in (0, 15_000, 10**9)]  # fmt: skip
    assert_same(results[0])
    for _, (losses, gradient) in results:
        assert losses == results[0][1][0]
        assert torch.equal(gradient, results[0][1][1])


@pytest.mark.parametrize("kind", ["gram", "mean-variance", "wasserstein", "sliced", "histogram"])
@pytest.mark.parametrize("masked", [False, True])
def test_every_style_loss_with_two_styles_masks_and_what_is_kept(vgg16_weights, kind, masked):
    content, style = pictures(70, 101)
    other = style.flip(1).contiguous()
    masks = [half_mask(70, 101, left=left) if masked else None for left in (True, False)]
    styles = (Style(style, 0.7, masks[0]), Style(other, 0.3, masks[1]))
    keep = alpha = None
    if masked:
        keep, alpha = torch.zeros(2, 1, 1, 70, 101)
        keep[..., 50:, 60:] = 1
        alpha[..., 4:, :90] = 1
    subject = Subject(content, styles, alpha=alpha, keep=keep)
    options = shallow(**MIDDLE, style_loss=kind)
    assert_same(pair(vgg16_weights, subject, options, 32))


@pytest.mark.parametrize(
    "changes",
    [
        {"content_form": "half-sum", "style_form": "paper"},
        {"content_form": "quarter-mean", "total_variation_weight": 5.0},
        {"pixel_weight": 3.0, "total_variation_weight": 0.5},
        {"pooling": "max"},
        {"style_layer_weights": (0.0, 2.0, 1.0)},
        {"content_layers": ("conv1_1", "conv3_2")},
        {"content_weight": 0.0},
        {"style_weight": 0.0},
    ],
    ids=str,
)
def test_forms_weights_and_poolings(vgg16_weights, changes):
    subject = subject_of(*pictures(70, 101))
    assert_same(pair(vgg16_weights, subject, shallow(**{**MIDDLE, **changes}), 32))


def test_in_float64_nothing_is_left_of_the_difference(vgg16_weights):
    tensors, convention = vgg16_weights
    wide = {name: tensor.double() for name, tensor in tensors.items()}, convention
    content, style = (image.double() for image in pictures(70, 101))
    results = pair(wide, subject_of(content, style), shallow(**MIDDLE), 32)
    assert_same(results, 1e-7)


def test_in_bfloat16_only_rounding_differs(vgg16_weights):
    tensors, convention = vgg16_weights
    half = {name: tensor.bfloat16() for name, tensor in tensors.items()}, convention
    results = pair(half, subject_of(*pictures(96, 128)), shallow(**MIDDLE), 48, 10**9)
    assert relative_error(results[1][1], results[0][1]) < 0.02


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_a_painting_in_tiles_is_the_one_in_one_piece(vgg16_weights, optimizer):
    content, style = pictures(60, 90)
    options = shallow(**MIDDLE, optimizer=optimizer, coarsest=32, steps=5, init="recolor")
    pair = [
        begin(vgg16_weights, content, style, options, plan=plan)
        for plan in (Plan(), Plan(tile=32, keepable=5000))
    ]
    whole, tiled = (painting.run() for painting in pair)
    assert isinstance(pair[1].canvas.objective, TiledObjective)
    assert size_of(tiled) == (60, 90)
    # Adam's first steps are signs of gradients, which rounding may turn where they are nearly 0.
    assert float((whole - tiled).abs().mean()) < 2e-4


def test_a_small_size_of_a_tiled_painting_is_in_one_piece(vgg16_weights):
    options = shallow(**MIDDLE, coarsest=32, steps=5)
    painting = begin(vgg16_weights, *pictures(60, 90), options, plan=Plan(tile=64))
    assert isinstance(painting.canvas.objective, Objective)


def test_gradients_are_added_to_those_there_are(vgg16_weights):
    options = shallow(**MIDDLE)
    content, style = pictures(60, 90)
    objective = TiledObjective(
        network_for(options, vgg16_weights), subject_of(content, style), options, 32, 0
    )
    image = content.clone().requires_grad_(True)
    objective.backward(image)
    once = image.grad.clone()
    objective.backward(image)
    torch.testing.assert_close(image.grad, 2 * once)
