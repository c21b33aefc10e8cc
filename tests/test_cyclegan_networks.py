"""Generators and discriminators: their shapes, what they do with sizes, what a pixel sees."""

import pytest
import torch

from cyclegan_parts import RESAMPLINGS, images, tiny
from impasto.methods.cyclegan.network import Discriminator, Generator, instance_norm


def count(network):
    return sum(each.numel() for each in network.parameters())


@pytest.mark.parametrize("resampling", RESAMPLINGS)
def test_the_papers_parameter_counts(resampling):
    # Zhu et al.'s program prints 11.378 M for resnet_9blocks, 7.838 M for resnet_6blocks and
    # 2.765 M for the basic discriminator.
    assert count(Generator(64, 9, resampling)) == 11_378_179
    assert count(Generator(64, 6, resampling)) == 7_837_699
    assert count(Discriminator()) == 2_764_737


def test_the_names_and_shapes_of_a_state():
    shapes = {name: tuple(each.shape) for name, each in Generator(4, 1).state_dict().items()}
    weights = {name: shape for name, shape in shapes.items() if name.endswith("weight")}
    assert weights == {
        "conv1.weight": (4, 3, 7, 7),
        "conv2.weight": (8, 4, 3, 3),
        "conv3.weight": (16, 8, 3, 3),
        "blocks.0.conv1.weight": (16, 16, 3, 3),
        "blocks.0.conv2.weight": (16, 16, 3, 3),
        "conv4.weight": (8, 16, 3, 3),
        "conv5.weight": (4, 8, 3, 3),
        "conv6.weight": (3, 4, 7, 7),
    }
    assert {name.replace("bias", "weight") for name in set(shapes) - set(weights)} == set(weights)
    critic = [tuple(each.weight.shape) for each in Discriminator(4).convs]
    assert critic == [(4, 3, 4, 4), (8, 4, 4, 4), (16, 8, 4, 4), (32, 16, 4, 4), (1, 32, 4, 4)]


def test_the_first_weights():
    torch.manual_seed(0)
    for network in (Generator(32, 2), Discriminator(32)):
        for name, each in network.named_parameters():
            if name.endswith("bias"):
                assert not each.any(), name
            elif each.numel() > 5000:
                assert abs(float(each.detach().std()) - 0.02) < 0.001, name
                assert abs(float(each.detach().mean())) < 0.002, name


def test_biases_before_a_normalization_do_not_learn():
    learning = {name for name, each in Generator(2, 1).named_parameters() if each.requires_grad}
    assert {name for name in learning if name.endswith("bias")} == {"conv6.bias"}
    learning = {name for name, each in Discriminator(2).named_parameters() if each.requires_grad}
    biases = {name for name in learning if name.endswith("bias")}
    assert biases == {"convs.0.bias", "convs.4.bias"}


@pytest.mark.parametrize("resampling", RESAMPLINGS)
@pytest.mark.parametrize("size", [(33, 47), (35, 32), (1, 7), (64, 61)])
def test_odd_sizes_are_padded_and_cropped_back(resampling, size):
    network, image = tiny(resampling), images(2, 3, *size)
    with torch.no_grad():
        made = network(image)
        assert made.shape == image.shape
        assert 0 <= float(made.min()) < float(made.max()) <= 1
        if min(size) >= 32:
            # By hand: mirrored below and on the right up to multiples of 4.
            below, right = (-side % 4 for side in size)
            larger = torch.nn.functional.pad(image, (0, right, 0, below), mode="reflect")
            torch.testing.assert_close(made, network(larger)[..., : size[0], : size[1]])


@pytest.mark.parametrize("resampling", RESAMPLINGS)
def test_pictures_of_a_batch_do_not_know_each_other(resampling):
    network, batch = tiny(resampling), images(3, 3, 32, 40)
    with torch.no_grad():
        alone = torch.cat([network(each) for each in torch.split(batch, 1)])
        torch.testing.assert_close(network(batch), alone, atol=1e-5, rtol=1e-4)


# Zhu et al.'s program, without its imports: c7s1, two halvings, blocks, two doublings, c7s1.
def reference(network, image):
    from torch import nn

    layers = [nn.ReflectionPad2d(3), network.conv1, norm(network.conv1), nn.ReLU()]
    for conv in (network.conv2, network.conv3):
        layers += [nn.ReflectionPad2d(1), conv, norm(conv), nn.ReLU()]
    maps = nn.Sequential(*layers)(2 * image - 1)
    for pair in network.pairs:
        first, second = pair["conv1"], pair["conv2"]
        found = nn.Sequential(
            nn.ReflectionPad2d(1), first, norm(first), nn.ReLU(),
            nn.ReflectionPad2d(1), second, norm(second),
        )(maps)  # fmt: skip
        maps = maps + found
    layers = []
    for conv in (network.conv4, network.conv5):
        layers += [conv, norm(conv), nn.ReLU()]
    layers += [nn.ReflectionPad2d(3), network.conv6, nn.Tanh()]
    return (nn.Sequential(*layers)(maps) + 1) / 2


def norm(conv):
    return torch.nn.InstanceNorm2d(conv.out_channels)


@pytest.mark.parametrize("batch", [1, 2])
def test_with_transposed_convolutions_it_is_the_papers_network(batch):
    network, image = tiny("transposed"), images(batch, 3, 36, 44)
    with torch.no_grad():
        torch.testing.assert_close(network(image), reference(network, image), atol=1e-5, rtol=1e-4)


def test_a_known_output():
    # Made by this program (impasto 0.1, torch 2.13): a change of the mathematics shows here.
    with torch.no_grad():
        made = tiny("smooth", seed=3)(images(1, 3, 32, 32, seed=4))
    got = [float(made[0, channel, 16, 16]) for channel in range(3)]
    assert got == pytest.approx(KNOWN, abs=2e-4)


KNOWN = [0.27448, 0.36019, 0.98207]


def changed(before, after, place):
    """The farthest a change of one pixel reaches, in pixels."""
    rows, columns = torch.nonzero((after - before).abs()[0].amax(0) > 1e-7, as_tuple=True)
    return max(int((rows - place[0]).abs().max()), int((columns - place[1]).abs().max()))


@pytest.mark.parametrize("resampling", RESAMPLINGS)
def test_the_reach_is_what_a_pixel_depends_on(resampling, monkeypatch):
    # With statistics that do not depend on the picture, as tiles have them.
    monkeypatch.setattr("impasto.methods.cyclegan.network.instance_norm", lambda maps: maps / 3)
    network, image = tiny(resampling, blocks=1), images(1, 3, 96, 96).double()
    network.double()
    reached = []
    with torch.no_grad():
        before = network(image)
        for place in ((48, 48), (49, 50), (51, 51), (50, 49)):
            other = image.clone()
            other[..., place[0], place[1]] = 1 - other[..., place[0], place[1]].round()
            reached.append(changed(before, network(other), place))
    assert max(reached) <= network.reach
    if resampling == "smooth":
        assert max(reached) == network.reach


def test_a_score_judges_a_square_of_70_pixels(monkeypatch):
    monkeypatch.setattr("impasto.methods.cyclegan.network.instance_norm", lambda maps: maps)
    torch.manual_seed(0)
    critic, image = Discriminator(4).double(), images(1, 3, 160, 160).double().requires_grad_()
    scores = critic(image)
    assert scores.shape == (1, 1, 18, 18)
    scores[0, 0, 9, 9].backward()
    rows, columns = torch.nonzero(image.grad[0].abs().amax(0), as_tuple=True)
    assert int(rows.max() - rows.min()) + 1 == int(columns.max() - columns.min()) + 1 == 70


def test_the_smallest_picture_that_is_scored():
    assert Discriminator(2)(images(1, 3, 32, 32)).shape == (1, 1, 2, 2)


@pytest.mark.parametrize("batch", [1, 3])
def test_instance_norm_against_its_definition(batch):
    maps = images(batch, 4, 6, 5) * 3 + 2
    mean = maps.mean((2, 3), keepdim=True)
    deviation = (maps.var((2, 3), correction=0, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(instance_norm(maps), (maps - mean) / deviation)


def test_a_residual_generator_adds_to_the_picture():
    torch.manual_seed(0)
    network, plain = Generator(4, 1, residual=True), Generator(4, 1)
    plain.load_state_dict(network.state_dict())
    picture = torch.rand(1, 3, 40, 44)
    with torch.no_grad():
        added = network(picture) - picture
        torch.testing.assert_close(added, 2 * plain(picture) - 1, rtol=0, atol=1e-6)
    assert float(added.abs().max()) < 0.1, "a fresh one gives nearly the picture itself"
