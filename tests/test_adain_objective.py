"""The loss of any-style networks against the equations of Huang and Belongie 2017, written out."""

import numpy as np
import pytest
import torch

from adain_parts import random_image, shallow
from conftest import as_image, photograph_pixels, style_pixels
from impasto.methods.adain.convolutions import slim
from impasto.methods.adain.network import Encoder
from impasto.methods.adain.objective import AnyStyleObjective, layers_needed
from impasto.methods.adain.task import Adapters
from impasto.nn.losses import tone_loss, total_variation_loss
from impasto.nn.vgg import VGG

CONTENT = torch.cat([as_image(photograph_pixels(32, 40)), as_image(style_pixels(32, 40))])
STYLE = torch.cat([as_image(style_pixels(32, 32)), as_image(photograph_pixels(32, 32))])
PAINTED = (CONTENT * 0.6 + CONTENT.flip(0) * 0.3 + 0.05).contiguous()


@pytest.fixture
def objective(vgg16_weights):
    def build(distilled=(), **changes):
        options = shallow(**changes)
        layers = layers_needed(options, distilled)
        return AnyStyleObjective(VGG("vgg16", vgg16_weights[0], layers, vgg16_weights[1]), options)

    return build


def moments(features):
    flat = features.flatten(1).double().numpy()
    return flat.mean(1), np.sqrt(flat.var(1) + 1e-5)


def far(values, target, form):
    squares = np.square(values - target)
    return squares.mean() if form == "paper" else squares.sum() / np.square(target).sum()


@pytest.mark.parametrize("form", ["relative", "paper"])
def test_losses_by_definition(form, objective):
    given = objective(form=form, gram_weight=0.5, total_variation_weight=3.0)
    losses = given(PAINTED, CONTENT, STYLE)
    painted, content, style = (given.network(each) for each in (PAINTED, CONTENT, STYLE))
    for row in range(2):
        kept = content["relu2_1"][row].double()
        mean, deviation = moments(kept)
        wanted = moments(style["relu2_1"][row])
        target = (kept.flatten(1).numpy() - mean[:, None]) / deviation[:, None]
        target = target * wanted[1][:, None] + wanted[0][:, None]
        expected = far(painted["relu2_1"][row].flatten(1).double().numpy(), target, form)
        assert float(losses["content"][row]) == pytest.approx(expected, rel=1e-3)
        expected = sum(
            far(found, sought, form)
            for name in ("relu1_1", "relu2_1")
            for found, sought in zip(
                moments(painted[name][row]), moments(style[name][row]), strict=True
            )
        )
        assert float(losses["style"][row]) == pytest.approx(expected, rel=1e-3)
        gram = [
            flat @ flat.T / flat.shape[1]
            for flat in (each["relu2_1"][row].flatten(1).double().numpy()
                         for each in (painted, style))
        ]  # fmt: skip
        assert float(losses["gram"][row]) == pytest.approx(far(*gram, form), rel=1e-3)
        smooth = total_variation_loss(PAINTED[row : row + 1])
        assert float(losses["total_variation"][row]) == pytest.approx(float(smooth))
    total = losses["content"] + 10 * losses["style"] + 0.5 * losses["gram"]
    total = total + 3 * losses["total_variation"]
    torch.testing.assert_close(losses["total"], total)


def test_a_picture_in_its_own_style_has_no_loss(objective):
    losses = objective()(CONTENT, CONTENT, CONTENT)
    assert float(losses["total"].max()) < 1e-6
    assert set(losses) == {"content", "style", "total_variation", "total"}


def test_each_picture_is_measured_by_its_own_style(objective):
    given = objective()
    both = given(PAINTED, CONTENT, STYLE)
    for row in range(2):
        alone = given(*(each[row : row + 1] for each in (PAINTED, CONTENT, STYLE)))
        for name, each in alone.items():
            torch.testing.assert_close(each[0], both[name][row], rtol=1e-4, atol=1e-5)


def test_what_a_slim_encoder_tells_is_compared_with_vgg(objective):
    encoder = Encoder(slim(2))
    adapters = Adapters(encoder.plan)
    assert adapters.layers == ("relu2_1", "relu3_1", "relu4_1")
    given = objective(adapters.layers, distill_weight=2.0)
    told = [adapters(encoder(each)) for each in (CONTENT, STYLE)]
    losses = given(PAINTED, CONTENT, STYLE, told)
    seen = [given.network(each) for each in (CONTENT, STYLE)]
    with torch.no_grad():
        expected = np.mean([
            far(tells[name][1].numpy(), wanted[name][1].numpy(), "relative")
            for tells, wanted in zip(told, seen, strict=True) for name in adapters.layers
        ])  # fmt: skip
    assert float(losses["distill"][1].detach()) == pytest.approx(expected, rel=1e-3)
    without = given(PAINTED, CONTENT, STYLE)["total"] + 2 * losses["distill"]
    torch.testing.assert_close(losses["total"], without)
    exact = given(PAINTED, CONTENT, STYLE, [{k: s[k] for k in adapters.layers} for s in seen])
    assert float(exact["distill"].max()) == 0


def test_only_the_picture_gets_a_gradient(objective):
    given = objective(gram_weight=1.0)
    painted, content, style = (
        torch.from_numpy(random_image(1, 3, 16, 16, seed=seed)).requires_grad_()
        for seed in (1, 2, 3)
    )
    given(painted, content, style)["total"].sum().backward()
    assert painted.grad.abs().max() > 0
    assert content.grad is None
    assert style.grad is None


def test_layers_that_nothing_asks_for_are_not_computed():
    assert set(layers_needed(shallow())) == {"relu2_1", "relu1_1"}
    assert "relu3_3" in layers_needed(shallow(gram_weight=1.0, gram_layers=("relu3_3",)))


def test_tones_are_kept_by_their_weight(objective):
    bare, given = objective(), objective(tone_weight=5.0)
    without, losses = bare(PAINTED, CONTENT, STYLE), given(PAINTED, CONTENT, STYLE)
    assert "tone" not in without
    for row in range(2):
        expected = float(tone_loss(PAINTED[row : row + 1], CONTENT[row : row + 1]))
        assert float(losses["tone"][row]) == pytest.approx(expected, rel=1e-5)
        total = float(without["total"][row]) + 5 * expected
        assert float(losses["total"][row]) == pytest.approx(total, rel=1e-5)
