"""Tiles whose maps are those of the whole, and guides for masks."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from impasto.nn.statistics import STYLE_STATISTICS
from impasto.nn.tiles import guides, halved, reach_of, spans_of, tiles_of
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


@given(
    length=lengths,
    side=sides,
    network=networks,
    layer=st.integers(0, 20),
    edge=st.sampled_from(["drop", "keep"]),
)
def test_own_parts_share_the_maps_of_every_layer_out(length, side, network, layer, edge):
    names = LAYERS[network]
    block = int(names[layer % len(names)][4]) - 1
    spans = spans_of(length, side, names, network, edge)
    whole = [place for span in spans for place in range(*span.of_whole(block).indices(10**6))]
    assert whole == list(range(halved(length, block, edge)))
    for span in spans:
        own, padded = span.of_whole(block), span.of_padded(block)
        assert padded.stop - padded.start == own.stop - own.start > 0
        assert padded.start >= 0
        assert padded.stop <= halved(span.computed, block, edge)


@pytest.mark.parametrize("edge", ["drop", "keep"])
def test_halved_sides_are_those_of_the_network(vgg16_weights, edge):
    tensors, convention = vgg16_weights
    network = VGG("vgg16", tensors, EVERY_LAYER, convention, pooling_edge=edge)
    for height, width in [(1, 37), (3, 5), (17, 64), (33, 31)]:
        maps = network(torch.rand(1, 3, height, width))
        for block in range(5):
            expected = halved(height, block, edge), halved(width, block, edge)
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
@pytest.mark.parametrize("edge", ["drop", "keep"])
def test_own_parts_of_the_maps_are_those_of_the_whole(vgg16_weights, size, pooling, edge):
    tensors, convention = vgg16_weights
    layers = ("relu1_1", "relu2_2", "relu3_1", "relu4_1")
    network = VGG("vgg16", tensors, layers, convention, pooling, edge)
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(3))
    whole = network(image)
    for tile in tiles_of(size, 24, layers, "vgg16", edge):
        maps = network(image[(..., *tile.padded)])
        for layer in layers:
            own, expected = maps[layer][(..., *tile.of_padded(layer))], whole[layer]
            torch.testing.assert_close(
                own, expected[(..., *tile.of_whole(layer))], rtol=1e-4, atol=1e-5
            )


EVERY_LAYER = [name.replace("conv", "relu") for name in conv_names("vgg16")]


def soft_mask(height, width, seed=0):
    return torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(seed))


def left_part(height, width, columns):
    mask = torch.zeros(1, 1, height, width)
    mask[..., :columns] = 1
    return mask


@pytest.mark.parametrize("size", [(48, 64), (37, 50), (5, 3)])
def test_guides_have_the_sizes_of_the_maps(vgg16, size):
    features = vgg16(torch.rand(1, 3, *size))
    found = guides(soft_mask(*size), EVERY_LAYER, "vgg16")
    assert list(found) == EVERY_LAYER
    for name, maps in features.items():
        assert found[name].shape == (1, 1, *maps.shape[-2:]), name


def test_layers_go_by_either_name_and_must_exist():
    found = guides(soft_mask(8, 8), ["conv2_1", "relu4_1"], "vgg19")
    assert list(found) == ["relu2_1", "relu4_1"]
    with pytest.raises(ValueError, match="vgg16 has no layer 'relu3_4'"):
        guides(soft_mask(8, 8), ["relu3_4"], "vgg16")


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_an_even_mask_stays_as_it_is(value):
    for guide in guides(torch.full((1, 1, 37, 50), value), EVERY_LAYER, "vgg16").values():
        torch.testing.assert_close(guide, torch.full_like(guide, value))


def test_erosion_worked_by_hand():
    # After one convolution a unit at the edge sees 2/3 inside: 1 - 2 (1 - 2/3).
    guide = guides(left_part(4, 6, 3), ["relu1_1"], "vgg16")["relu1_1"]
    assert_allclose(guide[0, 0], np.tile([1, 1, 1 / 3, 0, 0, 0], (4, 1)), atol=1e-6)


def pooled_by_definition(values):
    height, width = (max(1, side // 2) for side in values.shape)
    return np.array(
        [[values[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].mean() for x in range(width)]
         for y in range(height)]
    )  # fmt: skip


def blurred_by_definition(values):
    height, width = values.shape
    result = np.empty_like(values)
    for y, x in np.ndindex(height, width):
        result[y, x] = values[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].mean()
    return result


def guide_by_definition(mask):
    """Of relu2_2: two convolutions, pooling, two convolutions."""
    inside = pooled_by_definition(mask)
    seen = pooled_by_definition(blurred_by_definition(blurred_by_definition(mask)))
    seen = blurred_by_definition(blurred_by_definition(seen))
    return np.maximum(0, np.minimum(inside, 2 * seen - inside))


@pytest.mark.parametrize("size", [(12, 16), (13, 11)])
def test_guides_are_their_definition(size):
    mask = soft_mask(*size).double()
    expected = guide_by_definition(mask[0, 0].numpy())
    assert_allclose(guides(mask, ["relu2_2"], "vgg16")["relu2_2"][0, 0], expected, atol=1e-12)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), height=st.integers(1, 40), width=st.integers(1, 40))
def test_guides_stay_within_the_mask_and_do_not_overlap(seed, height, width):
    mask = (soft_mask(height, width, seed) > 0.5).float()
    for own, other in zip(
        guides(mask, ["relu1_2", "relu3_1"], "vgg16").values(),
        guides(1 - mask, ["relu1_2", "relu3_1"], "vgg16").values(),
        strict=True,
    ):
        assert own.min() >= 0
        assert (own + other).max() <= 1 + 1e-6


def test_deeper_layers_keep_a_wider_margin():
    found = guides(left_part(256, 256, 128), EVERY_LAYER, "vgg16")
    margins = []
    for name, guide in found.items():
        stride = 2 ** (int(name[4]) - 1)
        margins.append(128 - stride * float(guide[0, 0, guide.shape[2] // 2].sum()))
        assert guide[..., guide.shape[-1] // 2 :].max() == 0, "nothing beyond the edge"
        assert guide[..., 0].min() > 0.999, "the picture's border is no edge"
    assert margins == sorted(margins)
    assert margins[0] < 1 < 15 < margins[-1] < 40


def test_a_gentle_slope_is_not_eroded():
    slope = torch.linspace(0, 1, 256).expand(1, 1, 256, 256).contiguous()
    guide = guides(slope, ["relu3_1"], "vgg16")["relu3_1"]
    plain = torch.nn.functional.avg_pool2d(slope, 4)
    torch.testing.assert_close(guide[..., 6:-6], plain[..., 6:-6], atol=1e-5, rtol=0.0)


def test_a_narrow_mask_stays_whole_where_erosion_would_leave_nothing():
    mask = torch.zeros(1, 1, 128, 128)
    mask[..., 64:68] = 1
    found = guides(mask, EVERY_LAYER, "vgg16")
    assert 0.2 < float(found["relu1_2"].sum() / mask.sum()) < 0.9, "eroded while it can be"
    assert float(found["relu4_1"].sum()) == pytest.approx(float(mask.sum()) / 64)
    assert all(guide.max() > 0 for guide in found.values())


@pytest.mark.parametrize("place", [(-1, slice(None)), (slice(None), -1)])
def test_a_mask_where_the_pooling_leaves_out_pixels_is_not_lost(place):
    mask = torch.zeros(1, 1, 33, 33)
    mask[(..., *place)] = 1
    for guide in guides(mask, EVERY_LAYER, "vgg16").values():
        assert guide.max() > 0


def test_guided_statistics_see_less_of_what_is_outside(vgg16):
    """What lies beyond the mask changes: how much of it leaks in, with erosion and without."""
    random = torch.Generator().manual_seed(0)
    image, other = (torch.rand(1, 3, 96, 96, generator=random) for _ in range(2))
    mask = left_part(96, 96, 48)
    mixed = image * mask + other * (1 - mask)
    layers = ["relu2_2", "relu3_3", "relu4_1"]
    found = guides(mask, layers, "vgg16")
    before, after = vgg16(image), vgg16(mixed)
    gram = STYLE_STATISTICS["gram"]
    for name in layers:
        plain = torch.nn.functional.adaptive_avg_pool2d(mask, before[name].shape[-2:])
        leaks = []
        for guide in (found[name], plain):
            own, changed = (gram.target(maps[name], guide) for maps in (before, after))
            leaks.append(float((own - changed).norm() / own.norm()))
        assert leaks[0] < 0.5 * leaks[1], name
