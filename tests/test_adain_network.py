"""The any-style network: VGG's shape, clean borders, what a pixel depends on."""

import pytest
import torch
from torch.testing import assert_close

from adain_parts import TINY, random_image, unsettled
from impasto.methods.adain.convolutions import VGG, mirrored, slim
from impasto.methods.adain.network import (
    AnyStyleNetwork,
    Decoder,
    Encoder,
    take_over_vgg,
)
from impasto.nn.style import channel_statistics
from impasto.nn.vgg import VGG as LOSS_VGG
from impasto.nn.vgg import InputConvention, conv_names


def image(height, width, seed=0, batch=1):
    return torch.from_numpy(random_image(batch, 3, height, width, seed=seed))


def tiny(**given):
    torch.manual_seed(0)
    return unsettled(AnyStyleNetwork(TINY, 2, **given))


@pytest.fixture
def vgg_encoder(vgg16_weights):
    encoder = Encoder(VGG)
    take_over_vgg(encoder, *vgg16_weights)
    return encoder


def test_the_paper_s_plan_is_vgg_16_up_to_relu4_1():
    names = conv_names("vgg16")
    assert tuple(VGG.convs) == names[: names.index("conv4_1") + 1]
    assert VGG.convs["conv1_1"] == (3, 64)
    assert VGG.convs["conv3_1"] == (128, 256)
    assert VGG.convs["conv4_1"] == (256, 512)
    assert list(slim(8).convs) == [name for name in VGG.convs if "conv1" not in name]
    assert slim(64).convs["conv2_1"] == (12, 128)
    assert slim(64).convs["conv4_1"] == VGG.convs["conv4_1"]
    assert VGG.multiple == slim(3).multiple == 8


@pytest.mark.parametrize("plan", [VGG, slim(8)])
def test_the_decoder_mirrors_the_encoder(plan):
    width = 64 if plan is VGG else 8
    decoder = Decoder(mirrored(plan, width), plan.convs["conv4_1"][1])
    shapes = {name: (conv.in_channels, conv.out_channels) for name, conv in decoder.convs.items()}
    assert shapes == {name: each[::-1] for name, each in plan.convs.items()}
    assert list(shapes) == list(reversed(plan.convs))


def test_state_dict_names():
    names = set(AnyStyleNetwork(slim(2), 3, skips=2).state_dict())
    convs = ["conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv4_1"]
    expected = {f"{part}.convs.{conv}" for part in ("encoder", "decoder") for conv in convs}
    expected |= {"decoder.skips.relu3_1", "decoder.skips.relu2_1"}
    assert names == {f"{each}.{kind}" for each in expected for kind in ("weight", "bias")}


def test_the_encoder_is_vgg_but_for_the_border(vgg_encoder, vgg16_weights):
    layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    loss = LOSS_VGG("vgg16", vgg16_weights[0], layers, vgg16_weights[1], "average")
    picture = image(96, 96)
    theirs, ours = loss(picture), vgg_encoder(picture)
    assert set(ours) == set(layers)
    for name in layers:
        side = ours[name].shape[-1]
        around = slice(side * 5 // 12, side * 7 // 12)
        assert ours[name].shape == theirs[name].shape
        assert_close(ours[name][..., around, around], theirs[name][..., around, around],
                     rtol=1e-3, atol=1e-3)  # fmt: skip
    assert not any(each.requires_grad for each in vgg_encoder.parameters())


def test_other_input_conventions_are_folded_in(vgg16_weights):
    convention = InputConvention("BGR", 255.0, (103.9, 116.8, 123.7), (1.0, 1.0, 1.0))
    loss = LOSS_VGG("vgg16", vgg16_weights[0], ["relu1_1"], convention)
    encoder = Encoder(VGG)
    take_over_vgg(encoder, vgg16_weights[0], convention)
    picture = image(16, 16)
    inner = slice(1, -1)
    theirs, ours = (each(picture)["relu1_1"][..., inner, inner] for each in (loss, encoder))
    assert_close(ours, theirs, rtol=1e-4, atol=1e-3)


def test_borders_are_clean(vgg_encoder):
    # With zeros around it a picture of one color has a frame in every map.
    flat = torch.tensor([0.8, 0.3, 0.1]).view(1, 3, 1, 1).expand(1, 3, 64, 64).contiguous()
    for maps in vgg_encoder(flat).values():
        assert float(maps.std((2, 3)).max()) < 1e-3 * float(maps.max())
    network = tiny()
    painted = network(flat, network.code(image(32, 32)))
    assert float(painted.std((2, 3)).detach().max()) < 1e-4


@pytest.mark.parametrize("plan", [TINY, slim(2)])
@pytest.mark.parametrize("skips", [0, 1, 2])
def test_shapes(plan, skips):
    network = unsettled(AnyStyleNetwork(plan, 3, skips=skips))
    seen = ["conv2_1", "conv3_1", "conv4_1"][2 - skips :]
    assert network.widths == [plan.convs[name][1] for name in seen]
    assert network.channels == sum(network.widths)
    code = network.code(image(40, 56, batch=2))
    assert code.shape == (2, network.channels, 2)
    assert network(image(32, 48, batch=2), code).shape == (2, 3, 32, 48)


def test_the_code_is_what_the_encoder_s_maps_have():
    network = tiny(skips=2)
    maps, layers = network.encoder(image(48, 32)), ("relu2_1", "relu3_1", "relu4_1")
    expected = torch.cat([channel_statistics(maps[name]) for name in layers], 1)
    assert_close(network.code(image(48, 32)), expected)


def test_no_strength_is_the_picture_s_own_code():
    network, picture = tiny(skips=2), image(32, 48)
    style = network.code(image(40, 40, seed=1) * 0.2)
    own = network(picture, network.code(picture))
    assert_close(network(picture, style, 0.0), own)
    assert float((network(picture, style) - own).detach().abs().mean()) > 0.003


@pytest.mark.parametrize("plan", [TINY, slim(2)])
def test_a_fresh_conditioning_changes_nothing(plan):
    torch.manual_seed(0)
    plain = AnyStyleNetwork(plan, 2, skips=1)
    ours = AnyStyleNetwork(plan, 2, skips=1, conditional=True)
    missing, unexpected = ours.load_state_dict(plain.state_dict(), strict=False)
    parts = {f"conditioning.{name}" for name in ("inner", "outer")}
    assert set(missing) == {f"{each}.{kind}" for each in parts for kind in ("weight", "bias")}
    assert not unexpected
    picture, style = image(32, 48), image(40, 40, seed=1)
    assert torch.equal(ours(picture, ours.code(style)), plain(picture, plain.code(style)))


def test_the_style_sets_the_decoder_s_channels():
    network = tiny(conditional=True)
    conditioning, decoder = network.conditioning, network.decoder
    widths = {name: conv.out_channels for name, conv in decoder.convs.items() if name != "conv1_1"}
    assert decoder.widths == widths
    code = network.code(image(40, 40, seed=1))
    conditions = conditioning(code)
    assert list(conditions) == list(widths)
    maps = {"relu4_1": torch.rand(1, 8, 4, 4)}
    found = maps["relu4_1"]
    for name, conv in decoder.convs.items():
        found = conv(found)
        if name != "conv1_1":
            scale, shift = conditions[name]
            assert scale.shape == shift.shape == (1, widths[name], 1, 1)
            found = torch.relu(found * scale + shift)
            if name.endswith("_1"):
                found = found.repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert_close(decoder(maps, conditions), found)
    other = conditioning(network.code(image(40, 40, seed=2) * 0.3))
    assert any(not torch.equal(other[name][0], each[0]) for name, each in conditions.items())
    # Means before deviations, each in the order of the code.
    flat = torch.cat([code[..., 0], code[..., 1]], dim=1)[..., None, None]
    told = conditioning.outer(torch.relu(conditioning.inner(flat)))
    assert_close(torch.cat([each - at for pair in conditions.values()
                            for each, at in zip(pair, (1, 0), strict=True)], 1), told)  # fmt: skip


def test_no_strength_is_the_picture_s_own_code_for_conditions_too():
    network, picture = tiny(conditional=True), image(32, 48)
    style = network.code(image(40, 40, seed=1) * 0.2)
    own = network(picture, network.code(picture))
    assert_close(network(picture, style, 0.0), own)
    assert float((network(picture, style) - own).detach().abs().mean()) > 0.003


def test_a_fresh_network_paints_gray_without_a_pattern():
    torch.manual_seed(0)
    network = AnyStyleNetwork(slim(4), 4)
    painted = network(image(64, 64), network.code(image(32, 32, seed=1))).detach()
    assert float((painted - 0.5).abs().mean()) < 0.5
    squares = torch.nn.functional.pixel_unshuffle(painted, 2).view(1, 3, 4, 32, 32)
    assert_close(squares, squares[:, :, :1].expand_as(squares))


def test_a_residual_network_paints_on_the_photograph_what_another_paints_on_gray():
    torch.manual_seed(0)
    network, picture = AnyStyleNetwork(slim(4), 4, residual=True), image(64, 64)
    code = network.code(image(32, 32, seed=1))
    painted = network(picture, code).detach()
    plain = AnyStyleNetwork(slim(4), 4)
    plain.load_state_dict(network.state_dict())
    assert_close(painted - picture, plain(picture, code).detach() - 0.5, rtol=0, atol=1e-6)


def test_what_a_pixel_depends_on_is_within_its_reach():
    for plan in (TINY, slim(3)):
        torch.manual_seed(1)
        network = unsettled(AnyStyleNetwork(plan, 3, skips=2)).double()
        network.encoder.pooling = "average"
        picture = torch.rand(1, 3, 160, 160, dtype=torch.float64, requires_grad=True)
        farthest = 0
        for place in range(72, 80):
            # Past the statistics, which depend on everything.
            maps = {name: each * 1.5 for name, each in network.encoder(picture).items()}
            pixel = network.decoder(maps)[0, :, 80, place].sum()
            (slope,) = torch.autograd.grad(pixel, picture)
            seen = slope.abs().sum((0, 1, 2)).nonzero().flatten()
            farthest = max(farthest, place - int(seen.min()), int(seen.max()) - place)
        # ReLUs that are off hide some of it.
        assert network.reach - 8 <= farthest <= network.reach


def test_golden_output():
    # Of this program, version 0.1, with parameters that any program can write down.
    network = AnyStyleNetwork(slim(2), 2, skips=1)
    with torch.no_grad():
        for number, each in enumerate(network.parameters()):
            waves = torch.sin(torch.arange(each.numel(), dtype=torch.float64) * 0.7 + number)
            scale = 1 / each[0].numel() ** 0.5 if each.dim() > 1 else 0.2
            each.copy_((scale * waves).view(each.shape))
    steps = torch.arange(3 * 32 * 32, dtype=torch.float64).view(1, 3, 32, 32)
    picture, style = ((0.5 + 0.5 * torch.sin(steps * pace)).float() for pace in (0.21, 0.33))
    painted = network(picture, network.code(style))[0].detach()
    got = [painted[0, 3, 5], painted[1, 17, 30], painted[2, 31, 0], painted.mean()]
    assert_close(torch.stack(got), torch.tensor(GOLDEN), rtol=1e-3, atol=1e-4)


GOLDEN = (0.9979, 0.6667, 0.1217, 0.4997)
