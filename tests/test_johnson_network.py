"""The style network: what it is made of, what it gives, how far it sees."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from impasto.methods.johnson.network import LEAST, OVERSHOOT, StyleNetwork
from impasto.nn.blocks import ConditionalInstanceNorm
from impasto.nn.resize import reflected
from impasto.nn.vgg import VGG
from johnson_parts import LAYOUTS, one_hot, random_image, tiny


def picture(height, width, batch=1, seed=0):
    return torch.from_numpy(random_image(batch, 3, height, width, seed=seed))


def painted(network, image, number=0):
    with torch.no_grad():
        return network(image, one_hot(number, network.styles, len(image)))


def test_the_names_of_the_parameters_are_those_that_files_hold():
    end = ["weight", "bias"]
    expected = []
    for number in (1, 2, 3):
        expected += [f"conv{number}.{each}" for each in end]
        expected += [f"norm{number}.gamma", f"norm{number}.beta"]
    for block in (0, 1):
        for number in (1, 2):
            expected += [f"blocks.{block}.conv{number}.{each}" for each in end]
            expected += [f"blocks.{block}.norm{number}.{each}" for each in ("gamma", "beta")]
    for number in (4, 5):
        expected += [f"conv{number}.{each}" for each in end]
        expected += [f"norm{number}.gamma", f"norm{number}.beta"]
    expected += ["conv6.weight", "conv6.bias"]
    for layout in LAYOUTS:
        names = list(StyleNetwork(3, 2, 2, layout).state_dict())
        assert sorted(names) == sorted(expected)


@pytest.mark.parametrize(
    ("layout", "conv1", "conv6"), [("half", (4, 12, 3, 3), (12, 4, 3, 3)),
                                   ("paper", (4, 3, 9, 9), (3, 4, 9, 9))]
)  # fmt: skip
def test_shapes_of_the_ends_and_the_middle(layout, conv1, conv6):
    shapes = {name: tuple(each.shape) for name, each in tiny(3, layout, 4).named_parameters()}
    assert (shapes["conv1.weight"], shapes["conv6.weight"]) == (conv1, conv6)
    assert shapes["blocks.0.conv2.weight"] == (16, 16, 3, 3)
    assert shapes["norm2.gamma"] == (3, 8)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [(1, 1), (3, 50), (31, 33), (37, 45), (64, 40)])
def test_the_result_has_the_size_of_the_picture(layout, size):
    result = painted(tiny(layout=layout), picture(*size))
    assert result.shape == (1, 3, *size)
    assert bool(result.isfinite().all())


# Mean, deviation and four pixels of a seeded network's picture, by impasto 0.1 with torch 2.13.0:
# python -c "import conftest, test_johnson_network as t; print(t.golden('half'), t.golden('paper'))"
GOLDEN = {
    "half": [
        0.454057, 0.221901,
        0.913717, 0.392999, 0.364701, 0.095789, 0.298288, 0.335683,
        0.584181, 0.375768, 0.238137, 0.431536, 0.432150, 0.431140,
    ],
    "paper": [
        0.607557, 0.315718,
        1.037406, 0.585790, 0.934967, 1.012436, 0.372566, 0.821936,
        0.828002, 0.141338, 0.460531, 1.021904, 0.045154, 0.767950,
    ],
}  # fmt: skip


def golden(layout):
    result = painted(tiny(3, layout, 4, 2, seed=5), picture(41, 38, seed=6), 1)[0].double()
    places = result[:, [0, 20, 40, 7], [0, 17, 37, 30]].T
    return [result.mean().item(), result.std().item(), *places.flatten().tolist()]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_picture_is_the_one_it_always_was(layout):
    assert_allclose(golden(layout), GOLDEN[layout], rtol=2e-4)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_picture_does_not_depend_on_its_neighbors_in_the_batch(layout):
    network = tiny(3, layout)
    batch = picture(33, 47, batch=3)
    weights = torch.tensor([[1.0, 0, 0], [0, 0.4, 0.6], [0, 0, 1]])
    with torch.no_grad():
        together = network(batch, weights)
        alone = [network(batch[n : n + 1], weights[n : n + 1]) for n in range(3)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-4, atol=1e-5)


def test_styles_differ_and_a_blend_is_neither():
    network = tiny(2)
    image = picture(40, 40)
    first, second = painted(network, image, 0), painted(network, image, 1)
    with torch.no_grad():
        blend = network(image, torch.tensor([[0.5, 0.5]]))
    for one, other in ((first, second), (first, blend), (second, blend)):
        assert float((one - other).abs().mean()) > 0.01


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_fresh_network_draws_no_pattern_of_two_pixels(layout):
    torch.manual_seed(0)
    network = StyleNetwork(1, 4, 1, layout)
    image = picture(40, 48)
    result = painted(network, image)
    if layout == "half":  # the four pixels of a place begin alike, and the margin is even
        squares = result.unfold(2, 2, 2).unfold(3, 2, 2).flatten(-2)
        assert float((squares - squares[..., :1]).abs().max()) < 1e-6
        assert float(result.std()) > 0.01, "all is flat"
    # Gray, so that training does not begin in the flat ends of the tanh.
    assert abs(float(result.mean()) - 0.5) < 0.2
    assert float(result.std()) < 0.3


def test_the_tanh_reaches_past_black_and_white_by_a_tenth():
    network = tiny()
    with torch.no_grad():
        network.conv6.weight.mul_(1e4)
    result = painted(network, picture(40, 40))
    assert float(result.max()) == pytest.approx(0.5 + OVERSHOOT / 2)
    assert float(result.min()) == pytest.approx(0.5 - OVERSHOOT / 2)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [(20, 64), (33, 45), (47, 1)])
def test_whoever_pads_to_the_multiple_beforehand_gets_the_same_picture(layout, size):
    # So does impasto.networks, which hands the exported network padded pictures only.
    network, image = tiny(layout=layout), picture(*size)
    below, right = (max(-(-side // network.multiple) * network.multiple, LEAST) for side in size)
    padded = reflected(image, (0, right - size[1], 0, below - size[0]))
    assert not any(side % network.multiple for side in padded.shape[2:])
    again = painted(network, padded)[..., : size[0], : size[1]]
    torch.testing.assert_close(again, painted(network, image), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_multiple_is_the_least_that_leaves_no_padding(layout):
    network = tiny(layout=layout)
    assert network.multiple == {"half": 8, "paper": 4}[layout]


def positive_without_statistics(layout, blocks):
    """A network in which every pixel raises all that depend on it, and none fades away."""
    network = StyleNetwork(1, 2, blocks, layout).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(parameter.abs() * 0.05 + 1e-3)
    return network


@pytest.mark.parametrize("blocks", [0, 2])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_reach_is_how_far_a_pixel_sees(layout, blocks, monkeypatch):
    monkeypatch.setattr(ConditionalInstanceNorm, "forward", lambda _norm, maps, _weights: maps)
    network = positive_without_statistics(layout, blocks)
    middle, side = network.reach + 16, 2 * network.reach + 48
    image = torch.full((1, 3, side, 40), 0.5, dtype=torch.float64, requires_grad=True)
    result = network(image, torch.ones(1, 1, dtype=torch.float64))
    farthest = 0
    for row in range(middle, middle + network.multiple):
        (seen,) = torch.autograd.grad(result[..., row, :].sum(), image, retain_graph=True)
        rows = seen.abs().sum((0, 1, 3)).nonzero().flatten()
        farthest = max(farthest, row - int(rows[0]), int(rows[-1]) - row)
    assert farthest == network.reach


@settings(max_examples=60)
@given(
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    sides=st.tuples(*[st.integers(0, 25)] * 4),
)
def test_reflected_is_the_padding_of_numpy(height, width, sides):
    left, right, top, bottom = sides
    image = torch.arange(2.0 * height * width).view(1, 2, height, width)
    # Shorter sides than the padding are mirrored again and again by both.
    expected = np.pad(image, ((0, 0), (0, 0), (top, bottom), (left, right)), mode="reflect")
    assert_array_equal(reflected(image, sides), expected)


def test_reflected_carries_gradients_to_every_copy():
    image = torch.ones(1, 1, 3, 3, requires_grad=True)
    reflected(image, (1, 1, 1, 1)).sum().backward()
    # The outermost pixels are the mirror, their neighbors inside are seen twice.
    assert image.grad[0, 0].tolist() == [[1, 3, 1], [3, 9, 3], [1, 3, 1]]


def test_what_sees_the_losses_is_no_part_of_it():
    assert not any(isinstance(each, VGG) for each in tiny().modules())
