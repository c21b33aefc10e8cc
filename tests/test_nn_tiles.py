"""Tiles share a picture out, and see all that their own features depend on."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from impasto.nn.tiles import halved, reach_of, spans_of, tiles_of
from impasto.nn.vgg import VGG, conv_names

LAYERS = {"vgg16": ("relu1_2", "relu3_1", "conv5_1"), "vgg19": ("conv1_1", "conv4_4")}

lengths = st.integers(1, 3000)
sides = st.integers(1, 1200)
networks = st.sampled_from(["vgg16", "vgg19"])


@given(length=lengths, side=sides, network=networks)
def test_cores_share_the_axis_out_in_about_equal_parts(length, side, network):
    spans = spans_of(length, side, LAYERS[network], network)
    covered = [place for span in spans for place in range(*span.core.indices(length))]
    assert covered == list(range(length))
    own = [span.core.stop - span.core.start for span in spans]
    assert max(own) - min(own) < 2 * 16
    assert len(spans) == 1 or max(own) < max(side, 16) + 2 * 16


@given(length=lengths, side=sides, network=networks, layer=st.integers(0, 20))
def test_own_parts_share_the_maps_of_every_layer_out(length, side, network, layer):
    names = LAYERS[network]
    block = int(names[layer % len(names)][4]) - 1
    spans = spans_of(length, side, names, network)
    whole = [place for span in spans for place in range(*span.of_whole(block).indices(10**6))]
    assert whole == list(range(halved(length, block)))
    for span in spans:
        own, padded = span.of_whole(block), span.of_padded(block)
        assert padded.stop - padded.start == own.stop - own.start > 0
        assert padded.start >= 0
        assert padded.stop <= halved(span.computed, block)


def test_halved_sides_are_those_of_the_network(vgg16):
    for height, width in [(1, 37), (3, 5), (17, 64), (33, 31)]:
        maps = vgg16(torch.rand(1, 3, height, width))
        for block in range(5):
            expected = halved(height, block), halved(width, block)
            assert maps[f"relu{block + 1}_1"].shape[-2:] == expected


@pytest.mark.parametrize(
    ("layer", "reach"), [("conv1_1", 1), ("relu1_2", 2), ("conv2_1", 4), ("conv5_1", 58)]
)
def test_known_reaches(layer, reach):
    assert reach_of([layer], "vgg16") == reach


@pytest.mark.parametrize("layer", ["relu1_2", "relu2_2", "relu3_1", "relu4_1"])
def test_the_reach_is_as_far_as_a_gradient_comes(layer):
    # Weights of ones: nothing is cut off or cancels, so every pixel that counts is seen.
    widths = {"1": 64, "2": 128, "3": 256, "4": 512, "5": 512}
    weights, inner = {}, 3
    for name in conv_names("vgg16"):
        outer = widths[name[4]]
        weights[f"{name}.weight"] = torch.full((outer, inner, 3, 3), 1 / (9 * inner))
        weights[f"{name}.bias"] = torch.zeros(outer)
        inner = outer
    network = VGG("vgg16", weights, [layer])
    image = torch.ones(1, 3, 160, 160, requires_grad=True)
    maps = network(image + 2)[layer]
    stride = 160 // maps.shape[-1]
    unit = maps.shape[-1] // 2
    (gradient,) = torch.autograd.grad(maps[0, 0, unit, unit], image)
    seen = gradient[0, 0].sum(0).nonzero()
    reach = reach_of([layer], "vgg16")
    assert int(seen.min()) == unit * stride - reach
    assert int(seen.max()) == (unit + 1) * stride + reach - 1


@pytest.mark.parametrize("size", [(90, 75), (64, 160), (33, 100)])
@pytest.mark.parametrize("pooling", ["average", "max"])
def test_own_parts_of_the_maps_are_those_of_the_whole(vgg16_weights, size, pooling):
    tensors, convention = vgg16_weights
    layers = ("relu1_1", "relu2_2", "relu3_1", "relu4_1")
    network = VGG("vgg16", tensors, layers, convention, pooling)
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(3))
    whole = network(image)
    for tile in tiles_of(size, 24, layers, "vgg16"):
        maps = network(image[(..., *tile.padded)])
        for layer in layers:
            own, expected = maps[layer][(..., *tile.of_padded(layer))], whole[layer]
            torch.testing.assert_close(
                own, expected[(..., *tile.of_whole(layer))], rtol=1e-4, atol=1e-5
            )
