"""The loss of style networks against the equations of Johnson et al. 2016, written out."""

import numpy as np
import pytest
import torch

from conftest import as_image, photograph_pixels, style_pixels
from impasto.methods.johnson.objective import IDENTITY_WEIGHT, StyleObjective, layers_needed
from impasto.nn.losses import pixel_loss, total_variation_loss
from impasto.nn.vgg import InputConvention
from johnson_parts import shallow, vgg_for

UNIT = 255 * (0.229 + 0.224 + 0.225) / 3
"""The paper's network sees pixels in 0..255; the bundled one sees them divided by 255 std."""

STYLES = (as_image(style_pixels(40, 32)), as_image(style_pixels(32, 48)[:, ::-1, ::-1] * 0.6))
CONTENT = torch.cat([as_image(photograph_pixels(36, 44)), as_image(style_pixels(36, 44))])
PAINTED = (CONTENT * 0.6 + CONTENT.flip(0) * 0.3 + 0.05).contiguous()


@pytest.fixture
def objective(vgg16_weights):
    def build(first=0, styles=STYLES, **changes):
        options = shallow(**changes)
        return StyleObjective(vgg_for(options, vgg16_weights), styles, options, first)

    return build


def losses(loss, *numbers, painted=PAINTED, content=CONTENT):
    with torch.no_grad():
        return {
            k: v.double().numpy() for k, v in loss(painted, content, torch.tensor(numbers)).items()
        }


def maps(loss, image, layer):
    """(C, HW) in float64."""
    with torch.no_grad():
        return loss.network(image[None])[layer][0].double().flatten(1).numpy()


def gram(features):
    """Equation 3 of the paper: divided by C, H and W."""
    return features @ features.T / features.size


def test_paper_content_loss_is_equation_2(objective):
    loss = objective(form="paper")
    for number, got in enumerate(losses(loss, 0, 1)["content"]):
        F, P = (UNIT * maps(loss, each[number], "relu2_1") for each in (PAINTED, CONTENT))
        assert got == pytest.approx(((F - P) ** 2).sum() / P.size, rel=1e-4)


def test_paper_style_loss_is_equation_4_summed_over_the_layers(objective):
    loss = objective(form="paper", style_layer_weights=(0.5, 3.0))
    for number, got in enumerate(losses(loss, 1, 0)["style"]):
        expected = 0.0
        for layer, weight in (("relu1_1", 0.5), ("relu2_1", 3.0)):
            # Features of pixels of 0..255, so Gram matrices of their squares.
            G = UNIT**2 * gram(maps(loss, PAINTED[number], layer))
            A = UNIT**2 * gram(maps(loss, STYLES[1 - number][0], layer))
            expected += weight * ((G - A) ** 2).sum()
        assert got == pytest.approx(expected, rel=1e-4)


def test_the_unit_is_1_for_weights_that_expect_0_to_255(vgg16_weights):
    # The bundled network rewritten as one for pixels in 0..255: the paper's losses must agree.
    tensors, convention = vgg16_weights
    std = torch.tensor(convention.std).view(1, 3, 1, 1)
    rewritten = {n: each * (UNIT if n.endswith("bias") else 1) for n, each in tensors.items()}
    rewritten["conv1_1.weight"] = tensors["conv1_1.weight"].float() * (UNIT / 255 / std)
    mean = tuple(255 * value for value in convention.mean)
    source = InputConvention("RGB", 255.0, mean, (1.0, 1.0, 1.0))
    options = shallow(form="paper")
    ours, theirs = (
        losses(StyleObjective(vgg_for(options, weights), STYLES, options), 0, 1)
        for weights in (vgg16_weights, (rewritten, source))
    )
    for name in ("content", "style"):
        assert theirs[name] == pytest.approx(ours[name], rel=1e-3)


def test_relative_losses_are_distances_divided_by_the_energy_of_the_target(objective):
    loss = objective(form="relative", style_layer_weights=(1.0, 3.0))
    got = losses(loss, 1, 0)
    for number in (0, 1):
        F, P = (maps(loss, each[number], "relu2_1") for each in (PAINTED, CONTENT))
        assert got["content"][number] == pytest.approx(((F - P) ** 2).sum() / (P**2).sum(), 1e-4)
        shares = []
        for layer in ("relu1_1", "relu2_1"):
            G = gram(maps(loss, PAINTED[number], layer))
            A = gram(maps(loss, STYLES[1 - number][0], layer))
            shares.append(((G - A) ** 2).sum() / (A**2).sum())
        expected = (shares[0] + 3 * shares[1]) / 4
        assert got["style"][number] == pytest.approx(expected, rel=1e-4)


def test_several_content_layers_are_averaged(objective):
    alone = [losses(objective(content_layers=(each,)), 0, 0) for each in ("relu1_2", "relu2_2")]
    both = losses(objective(content_layers=("conv1_2", "relu2_2")), 0, 0)
    expected = np.mean([each["content"] for each in alone], axis=0)
    assert both["content"] == pytest.approx(expected, rel=1e-5)


def test_total_variation_and_pixel_loss_are_those_of_each_picture(objective):
    got = losses(objective(), 0, 1)
    for number in (0, 1):
        one, other = PAINTED[number : number + 1], CONTENT[number : number + 1]
        assert got["total_variation"][number] == pytest.approx(float(total_variation_loss(one)))
        assert got["pixel"][number] == pytest.approx(float(pixel_loss(one, other)))


@pytest.mark.parametrize("form", ["relative", "paper"])
def test_total_is_the_weighted_sum(objective, form):
    weights = {"content": 0.5, "style": 20.0, "total_variation": 7.0, "pixel": 3.0}
    given = {f"{name}_weight": weight for name, weight in weights.items()}
    got = losses(objective(form=form, **given), 0, 1)
    assert set(got) == {*weights, "total"}
    expected = sum(weight * got[name] for name, weight in weights.items())
    assert got["total"] == pytest.approx(expected, rel=1e-5)


def test_each_picture_is_measured_against_its_own_style(objective):
    loss = objective()
    straight, crossed = losses(loss, 0, 1), losses(loss, 1, 0)
    swapped = losses(loss, 1, 0, painted=PAINTED.flip(0), content=CONTENT.flip(0))
    assert swapped["style"] == pytest.approx(straight["style"][::-1], rel=1e-4)
    assert np.abs(crossed["style"] / straight["style"] - 1).min() > 0.01
    for number in (0, 1):
        itself = STYLES[number]
        got = losses(loss, number, painted=itself, content=itself)
        assert got["style"] == pytest.approx(0, abs=1e-9)
        assert got["content"] == 0


def test_the_number_past_the_last_style_is_the_photograph(objective):
    loss = objective(style_weight=20.0, total_variation_weight=7.0, pixel_weight=3.0)
    got = losses(loss, 2, 0)
    assert [got[name][0] for name in ("content", "style", "total_variation")] == [0, 0, 0]
    assert got["total"][0] == pytest.approx(IDENTITY_WEIGHT * got["pixel"][0], rel=1e-5)
    # Its neighbor is none the worse, and the photograph itself is what is wanted.
    assert got["style"][1] == pytest.approx(losses(loss, 1, 0)["style"][1], rel=1e-5)
    loss.network = None  # which takes most of the time, and is not needed for photographs
    perfect = losses(loss, 2, 2, painted=CONTENT)
    assert perfect["total"].tolist() == [0, 0]


def test_added_styles_are_counted_from_the_first_of_them(objective):
    whole, added = losses(objective(), 0, 1), losses(objective(first=5), 5, 6)
    for name, values in whole.items():
        assert added[name] == pytest.approx(values, rel=1e-6), name
    assert losses(objective(first=5), 7, 7)["style"].tolist() == [0, 0]


@pytest.mark.parametrize("packed", [True, False])
def test_gram_matrices_and_distances_are_not_rounded_in_half_precision(
    objective, packed, monkeypatch
):
    # Convolutions with packed weights are out of autocast's sight; those of a GPU are not.
    monkeypatch.setattr("impasto.nn.frozen._HAS_PACKING", packed)
    loss = objective()
    expected = losses(loss, 0, 1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        got = loss(PAINTED, CONTENT, torch.tensor([0, 1]))
        half = loss(PAINTED.bfloat16(), CONTENT, torch.tensor([0, 1]))
    for name, values in got.items():
        assert values.dtype == torch.float32
        assert values.numpy() == pytest.approx(expected[name], rel=1e-6), name
        assert half[name].dtype == torch.float32


def test_half_precision_features_give_nearly_the_same(vgg16_weights, objective):
    tensors, convention = vgg16_weights
    options = shallow()
    half = {name: each.bfloat16() for name, each in tensors.items()}
    loss = StyleObjective(vgg_for(options, (half, convention)), STYLES, options)
    assert all(each.dtype == torch.float32 for each in loss.targets.values())
    got, expected = losses(loss, 0, 1), losses(objective(), 0, 1)
    assert got["style"] == pytest.approx(expected["style"], rel=0.05)
    assert got["content"] == pytest.approx(expected["content"], rel=0.05)


def test_the_gradient_reaches_the_painted_picture_only(objective):
    loss, painted = objective(), PAINTED.clone().requires_grad_(True)
    content = CONTENT.clone().requires_grad_(True)
    loss(painted, content, torch.tensor([0, 1]))["total"].sum().backward()
    assert float(painted.grad.abs().min(0).values.max()) > 0
    assert not any(each.requires_grad for each in (*loss.targets.values(), *loss.parameters()))
    # One picture's loss does not see the other picture.
    one = PAINTED.clone().requires_grad_(True)
    loss(one, CONTENT, torch.tensor([0, 1]))["total"][0].backward()
    assert float(one.grad[1].abs().max()) == 0


def test_the_gradient_is_that_of_the_definition(objective):
    loss = objective(style_weight=5.0, total_variation_weight=0.1, pixel_weight=2.0)
    painted = PAINTED[:1].clone().requires_grad_(True)
    total = loss(painted, CONTENT[:1], torch.tensor([1]))["total"].sum()
    (got,) = torch.autograd.grad(total, painted)
    found, kept, taken = (loss.network(each) for each in (painted, CONTENT[:1], STYLES[1]))
    F, P = found["relu2_1"], kept["relu2_1"]
    expected = (F - P).square().sum() / P.square().sum() + 0.1 * total_variation_loss(painted)
    expected = expected + 2 * pixel_loss(painted, CONTENT[:1])
    for layer in ("relu1_1", "relu2_1"):
        G, A = (
            torch.einsum("bihw,bjhw->bij", each[layer], each[layer]) / each[layer][0, 0].numel()
            for each in (found, taken)
        )
        expected = expected + 5 / 2 * (G - A).square().sum() / A.square().sum()
    (wanted,) = torch.autograd.grad(expected, painted)
    torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-6 * float(wanted.abs().max()))


def test_layers_of_both_kinds_are_asked_of_the_network():
    options = shallow(content_layers=("conv2_2",), style_layers=("relu1_1",))
    assert layers_needed(options) == ("conv2_2", "relu1_1")
