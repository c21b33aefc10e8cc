"""Training an any-style network: what meets what, what learns, what is shown."""

import pytest
import torch

from adain_parts import random_image, shallow, unsettled
from impasto.methods.adain.method import built
from impasto.methods.adain.objective import AnyStyleObjective, layers_needed
from impasto.methods.adain.task import AdainTask, Adapters
from impasto.nn.color import recolored
from impasto.nn.vgg import VGG
from impasto.training.task import Material
from training_parts import Noise, begin, options


class Recorded(AnyStyleObjective):
    """A simple loss, and what it was asked."""

    def __init__(self, given):
        torch.nn.Module.__init__(self)
        self.options, self.asked = given, []

    def forward(self, painted, content, style, told=()):
        self.asked.append((painted.detach(), content, style, told))
        loss = painted.square().mean((1, 2, 3))
        return {"content": loss, "style": loss, "total": 2 * loss}


def pictures(count, seed=0, side=32):
    return torch.from_numpy(random_image(count, 3, side, side, seed=seed))


def task(objective=None, adapters=False, side=32, **changes):
    given = shallow(**changes)
    torch.manual_seed(0)
    network = unsettled(built(given))
    told = Adapters(network.encoder.plan) if adapters else None
    shown = pictures(5, 1, side), pictures(5, 2, side)
    return AdainTask(network, objective or Recorded(given), told, learning_rate=0.01, shown=shown)


def batch(*positions):
    count = len(positions)
    return {"content": pictures(count, 3), "style": pictures(count, 4),
            "position": torch.tensor(positions)}  # fmt: skip


@pytest.mark.parametrize(("every", "own"), [(0, ()), (4, (0, 2)), (1, (0, 1, 2, 3))])
def test_some_photographs_are_their_own_style(every, own):
    given, seen = task(identity_every=every), batch(4, 5, 8, 11)
    (phase,) = given.phases(seen)
    [(painted, content, style, told)] = given.objective.asked
    assert torch.equal(content, seen["content"])
    for row in range(4):
        assert torch.equal(style[row], seen["content" if row in own else "style"][row])
    with torch.no_grad():
        expected = given.network(content, given.network.code(style))
    torch.testing.assert_close(painted, expected, rtol=1e-4, atol=1e-5)
    assert told == ()
    assert float(phase.loss.detach()) == pytest.approx(2 * float(painted.square().mean()), rel=1e-4)
    assert set(phase.parts) == {"content", "style"}


def test_photographs_are_painted_in_the_colors_of_their_styles():
    given, seen = task(identity_every=4, recolor=True), batch(4, 5)
    list(given.phases(seen))
    [(painted, content, style, _)] = given.objective.asked
    # The first is its own style, in its own colors already.
    torch.testing.assert_close(content[0], seen["content"][0], rtol=0, atol=1e-4)
    torch.testing.assert_close(content[1:], recolored(seen["content"][1:], seen["style"][1:]))
    assert float((content[1] - seen["content"][1]).abs().max()) > 0.01
    with torch.no_grad():
        expected = given.network(content, given.network.code(style))
        given.validate(given.modules, seen)
    torch.testing.assert_close(painted, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        given.objective.asked[1][1][1:], recolored(seen["content"][1:], seen["style"][1:])
    )


def test_many_pairs_are_validated_in_parts_and_all_count():
    given, seen = task(identity_every=0), batch(*range(19))
    with torch.no_grad():
        found = given.validate(given.modules, seen)
    painted, contents, styles = (
        [each[place] for each in given.objective.asked] for place in range(3)
    )
    assert [len(each) for each in painted] == [8, 8, 3]
    assert torch.equal(torch.cat(contents), seen["content"])
    assert torch.equal(torch.cat(styles), seen["style"])
    expected = 2 * float(torch.cat(painted).square().mean())
    assert float(found["total"]) == pytest.approx(expected, rel=1e-5)


def test_a_slim_encoder_tells_of_both_pictures():
    given, seen = task(adapters=True, identity_every=0), batch(1, 2)
    list(given.phases(seen))
    [(*_, told)] = given.objective.asked
    for each, image in zip(told, (seen["content"], seen["style"]), strict=True):
        expected = given.adapters(given.network.encoder(image))
        for name, maps in expected.items():
            torch.testing.assert_close(each[name], maps, rtol=1e-4, atol=1e-5)
    with torch.no_grad():
        given.validate(given.modules, seen)
    assert given.objective.asked[1][3] == ()
    assert set(given.modules) == {"network", "adapters"}
    assert given.averaged == ("network",)


def test_a_sheet_is_a_table_of_photographs_and_styles():
    given = task(side=16 * 2)
    with torch.no_grad():
        sheet = given.sheet(given.modules)
        assert sheet.shape == (1, 3, 5 * 32, 5 * 32)
        code = given.network.code(given.styles[2:3])
        expected = given.network(given.contents[1:2], code).clamp(0, 1)
    assert torch.equal(sheet[..., :32, 32:64], given.contents[:1])
    assert torch.equal(sheet[..., 32:64, :32], given.styles[:1])
    torch.testing.assert_close(sheet[..., 96:128, 64:96], expected, rtol=1e-4, atol=1e-5)


class Doubled(Noise):
    """Noise at a size that the network takes."""

    def __getitem__(self, position):
        item = super().__getitem__(position)
        item.image = item.image.repeat(1, 4, 4)
        return item


@pytest.mark.parametrize("encoder", ["slim", "vgg"])
def test_what_learns(encoder, vgg16_weights):
    given = shallow(identity_every=3, conditional=True)
    adapters = encoder == "slim"
    names = ("relu2_1", "relu3_1", "relu4_1") if adapters else ()
    vgg = VGG("vgg16", vgg16_weights[0], layers_needed(given, names), vgg16_weights[1])
    found = task(AnyStyleObjective(vgg, given), adapters)
    found.network.encoder.requires_grad_(adapters)
    before = {name: each.clone() for name, each in found.network.state_dict().items()}
    streams = {"content": Doubled(4), "style": Doubled(4, seed=2)}
    validation = {"content": pictures(1), "style": pictures(1, 5)}
    running = begin(found, options(steps=2, batch=2, ema=0.5), Material(streams, validation))
    while not running.done:
        losses = running.advance().losses
    assert ("distill" in losses) == adapters
    assert "validation/total" in losses
    for network in (found.network, running.average.twins["network"]):
        for name, each in network.state_dict().items():
            changed = not torch.equal(each, before[name])
            assert changed == (adapters or not name.startswith("encoder")), name


def test_there_is_nothing_else_to_save():
    assert task().state_dict() == {}
    assert set(task().modules) == {"network"}
