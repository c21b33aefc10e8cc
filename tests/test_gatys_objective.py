"""The objective against the papers' formulas, computed by hand from the features."""

import numpy as np
import pytest
import torch

from conftest import as_image, style_pixels
from impasto.methods.gatys.objective import Objective
from impasto.nn.losses import pixel_loss, total_variation_loss
from impasto.nn.vgg import VGG, InputConvention
from painting_parts import network_for, shallow, subject_of

STD = (0.229 + 0.224 + 0.225) / 3
UNIT = 255 * STD
"""The sources' networks see pixels in 0..255; the bundled one sees them divided by 255 std."""


@pytest.fixture
def image(photograph, style):
    return (photograph * 0.7 + style[..., :48, :1] * 0.3).contiguous()


@pytest.fixture
def objective(vgg16_weights, photograph, style):
    def build(painted=style, **changes):
        options = shallow(**changes)
        network = network_for(options, vgg16_weights)
        return Objective(network, subject_of(photograph, painted), options)

    return build


def flat(maps):
    """(N, M) in float64, as the papers write F."""
    return maps[0].double().flatten(1).numpy()


def content_pair(objective, image, photograph, layer):
    return (flat(objective.network(each)[layer]) for each in (image, photograph))


def test_half_sum_content_loss_is_equation_1(objective, image, photograph):
    loss = objective(content_form="half-sum")
    F, P = (UNIT * each for each in content_pair(loss, image, photograph, "relu2_2"))
    expected = 0.5 * ((F - P) ** 2).sum()
    assert float(loss(image)["content"]) == pytest.approx(expected, rel=1e-5)


def test_quarter_mean_content_loss_is_that_of_cs20(objective, image, photograph):
    loss = objective(content_form="quarter-mean")
    F, P = (UNIT * each for each in content_pair(loss, image, photograph, "relu2_2"))
    expected = ((F - P) ** 2).sum() / (4 * P.size)
    assert float(loss(image)["content"]) == pytest.approx(expected, rel=1e-5)


def test_relative_content_loss_has_no_unit(objective, image, photograph):
    loss = objective(content_form="relative")
    F, P = content_pair(loss, image, photograph, "relu2_2")
    assert float(loss(image)["content"]) == pytest.approx(((F - P) ** 2).sum() / (P**2).sum(), 1e-5)


def test_several_content_layers_are_averaged(objective, image):
    alone = [objective(content_layers=(layer,)) for layer in ("conv1_2", "conv2_2")]
    both = objective(content_layers=("relu1_2", "conv2_2"))(image)["content"]
    expected = sum(float(loss(image)["content"]) for loss in alone) / 2
    assert float(both) == pytest.approx(expected, rel=1e-5)


def paper_style_loss(F, S):
    """Equation 4 with sums over positions; A is brought to the M of the stylized image."""
    N, M = F.shape
    G = F @ F.T
    A = S @ S.T * (M / S.shape[1])
    return ((G - A) ** 2).sum() / (4 * N**2 * M**2)


@pytest.mark.parametrize("size", [(48, 64), (56, 50), (20, 31)])
def test_paper_style_loss_is_equations_4_and_5_for_a_style_of_any_size(objective, image, size):
    painted = as_image(style_pixels(*size))
    weights = (0.5, 1.5)
    loss = objective(painted, style_form="paper", style_layer_weights=weights)
    maps, painted_maps = loss.network(image), loss.network(painted)
    by_layer = [
        paper_style_loss(UNIT * flat(maps[layer]), UNIT * flat(painted_maps[layer]))
        for layer in ("relu1_1", "relu2_1")
    ]
    losses = loss(image)
    assert float(losses["style/relu1_1"]) == pytest.approx(by_layer[0], rel=1e-4)
    assert float(losses["style/relu2_1"]) == pytest.approx(by_layer[1], rel=1e-4)
    assert float(losses["style"]) == pytest.approx(np.dot(weights, by_layer), rel=1e-4)


def test_relative_style_losses_are_averaged_by_their_weights(objective, image, style):
    loss = objective(style_form="relative", style_layer_weights=(1.0, 3.0))
    maps, painted = loss.network(image), loss.network(style)
    shares = []
    for layer in ("relu1_1", "relu2_1"):
        F, S = flat(maps[layer]), flat(painted[layer])
        G, A = F @ F.T / F.shape[1], S @ S.T / S.shape[1]
        shares.append(((G - A) ** 2).sum() / (A**2).sum())
    assert float(loss(image)["style"]) == pytest.approx((shares[0] + 3 * shares[1]) / 4, rel=1e-4)


def test_all_style_layers_weigh_alike_without_weights(objective, image):
    equal = objective(style_form="relative", style_layer_weights=(2.0, 2.0))(image)
    assert float(objective(style_form="relative")(image)["style"]) == pytest.approx(
        float(equal["style"]), rel=1e-6
    )


def test_the_unit_is_1_for_weights_that_expect_0_to_255(vgg16_weights, photograph, style, image):
    # The bundled network rewritten as one for pixels in 0..255: the paper's losses must agree.
    tensors, convention = vgg16_weights
    std = torch.tensor(convention.std).view(1, 3, 1, 1)
    rewritten = {
        name: each * (UNIT if name.endswith("bias") else 1) for name, each in tensors.items()
    }
    rewritten["conv1_1.weight"] = tensors["conv1_1.weight"] * (STD / std)
    mean = tuple(255 * value for value in convention.mean)
    source = InputConvention("RGB", 255.0, mean, (1.0, 1.0, 1.0))
    options = shallow(content_form="half-sum", style_form="paper")
    subject = subject_of(photograph, style)
    ours = Objective(network_for(options, vgg16_weights), subject, options)
    theirs = Objective(VGG("vgg16", rewritten, ours.network.layers, source), subject, options)
    for (name, loss), other in zip(ours(image).items(), theirs(image).values(), strict=True):
        assert float(loss) == pytest.approx(float(other), rel=1e-4), name


@pytest.mark.parametrize(
    "extra",
    [{}, {"total_variation_weight": 7.0}, {"total_variation_weight": 7.0, "pixel_weight": 3.0}],
)
def test_total_is_the_weighted_sum(objective, image, photograph, extra):
    losses = objective(content_weight=0.5, style_weight=20.0, **extra)(image)
    expected = 0.5 * losses["content"] + 20 * losses["style"]
    if "total_variation_weight" in extra:
        assert torch.equal(losses["total_variation"], total_variation_loss(image))
        expected += 7 * losses["total_variation"]
    if "pixel_weight" in extra:
        assert torch.equal(losses["pixel"], pixel_loss(image, photograph))
        expected += 3 * losses["pixel"]
    torch.testing.assert_close(losses["total"], expected)
    names = {"total", "content", "style", "style/relu1_1", "style/relu2_1"}
    names |= {name.removesuffix("_weight") for name in extra}
    assert set(losses) == names


def test_the_content_itself_has_content_loss_0_and_the_style_itself_style_loss_0(
    objective, photograph, style
):
    assert float(objective()(photograph)["content"]) == 0
    assert float(objective(painted=photograph)(photograph)["style"]) == 0


def test_the_gradient_is_that_of_the_definition(vgg16_weights, photograph, style, image):
    options = shallow(
        content_weight=2.0, style_weight=5.0, total_variation_weight=0.1, style_form="relative"
    )
    network = network_for(options, vgg16_weights)
    image = image.clone().requires_grad_(True)
    (got,) = torch.autograd.grad(
        Objective(network, subject_of(photograph, style), options)(image)["total"], image
    )
    maps, kept, taken = network(image), network(photograph), network(style)
    F, P = maps["relu2_2"], kept["relu2_2"]
    total = 2 * (F - P).square().sum() / P.square().sum() + 0.1 * total_variation_loss(image)
    for layer in ("relu1_1", "relu2_1"):
        G, A = (
            torch.einsum("bihw,bjhw->bij", each[layer], each[layer]) / each[layer][0, 0].numel()
            for each in (maps, taken)
        )
        total = total + 5 / 2 * (G - A).square().sum() / A.square().sum()
    (expected,) = torch.autograd.grad(total, image)
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=1e-6 * float(expected.abs().max()))


def test_targets_carry_no_gradient(objective):
    loss = objective()
    [(_, styles)] = loss.regions.regions[0].styles
    targets = [*loss.content.targets.values(), *styles.values()]
    assert not any(each.requires_grad for each in targets)


def test_swapped_channels_change_every_style_loss(objective, image):
    losses, swapped = (objective()(each) for each in (image, image.flip(1)))
    for layer in ("style/relu1_1", "style/relu2_1"):
        assert abs(float(losses[layer] / swapped[layer]) - 1) > 0.02
