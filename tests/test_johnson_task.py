"""Training a style network: whose turn it is, what learns, what is shown."""

import pytest
import torch

from impasto.methods.johnson.objective import StyleObjective
from impasto.methods.johnson.task import JohnsonTask
from impasto.training.feed import Share
from impasto.training.task import Material
from johnson_parts import bits, one_hot, parameters, random_image, shallow, tiny, vgg_for
from training_parts import Noise, begin, options


class Recorded(StyleObjective):
    """Losses that can be told apart, and the styles that were asked for."""

    def __init__(self, **changes):
        torch.nn.Module.__init__(self)
        self.options = shallow(**changes)
        self.asked, self.contents = [], []

    def forward(self, painted, content, style):
        self.asked += style.tolist()
        self.contents.append(content)
        loss = painted.square().mean((1, 2, 3))
        return {"content": loss, "style": style.float(), "total": loss + style}


def task(styles=3, learned=None, objective=None, shown=4):
    network = tiny(styles)
    pictures = torch.from_numpy(random_image(shown, 3, 16, 24))
    return JohnsonTask(
        network, objective or Recorded(), learning_rate=0.01, shown=pictures, learned=learned
    )


def batch(*positions):
    images = torch.from_numpy(random_image(len(positions), 3, 32, 32))
    return {"content": images, "position": torch.tensor(positions)}


def asked(given, *positions):
    given.objective.asked.clear()
    list(given.phases(batch(*positions)))
    return given.objective.asked


def test_styles_take_turns_by_position():
    given = task(3)
    assert asked(given, 0, 1, 2, 3, 4) == [0, 1, 2, 0, 1]
    assert asked(given, 7, 5, 7) == [1, 2, 1]
    # Those before are not measured: only the ones that are learned have a turn.
    assert asked(task(5, learned=range(3, 5)), 0, 1, 2, 3) == [3, 4, 3, 4]


@pytest.mark.parametrize(("accumulate", "count"), [(1, 1), (1, 2), (2, 1), (2, 2)])
def test_however_a_batch_is_split_a_picture_meets_the_same_style(accumulate, count):
    met = {}
    for index in range(count):
        share = iter(Share(2, 8, accumulate, index, count))
        for _ in range(2 * accumulate):
            positions = next(share)
            met.update(zip(positions, asked(task(3), *positions), strict=True))
    assert met == {position: position % 3 for position in range(16, 32)}


def test_a_picture_is_painted_in_the_style_it_is_measured_by():
    given = task(3)
    pictures = batch(4, 2)
    (phase,) = given.phases(pictures)
    with torch.no_grad():
        weights = torch.eye(3)[[1, 2]]
        painted = given.network(pictures["content"], weights)
    expected = float(painted.square().mean()) + 1.5
    assert float(phase.loss.detach()) == pytest.approx(expected, rel=1e-5)
    assert phase.optimizer == "network"
    assert float(phase.parts["style"]) == 1.5
    assert set(phase.parts) == {"content", "style"}, "the engine adds the total"


def test_the_network_sees_grain_by_position_and_is_measured_by_the_photograph():
    def loss(*positions, grain=0.2):
        given = task(1, objective=Recorded(grain=grain))
        pictures = batch(*[0] * len(positions))
        pictures["content"] = pictures["content"][:1].expand(len(positions), -1, -1, -1)
        pictures["position"] = torch.tensor(positions)
        (phase,) = given.phases(pictures)
        assert torch.equal(given.objective.contents[0], pictures["content"])
        return float(phase.loss.detach())

    # Whatever process or pass a position falls to, its noise is the same.
    assert loss(4, 7) == pytest.approx((loss(4) + loss(7)) / 2, rel=1e-5)
    assert abs(loss(4) / loss(7) - 1) > 1e-4
    assert loss(4, grain=0.0) == loss(7, grain=0.0)


def test_validation_measures_every_style_on_every_picture():
    given = task(3)
    with torch.no_grad():
        got = given.validate({"network": given.network}, batch(0, 0))
    assert given.objective.asked == [0, 0, 1, 1, 2, 2]
    assert float(got["style"]) == 1
    assert float(got["total"]) == pytest.approx(float(got["content"]) + 1)


def test_many_pictures_are_shared_out_over_styles_and_each_gets_eight():
    given = task(3)
    with torch.no_grad():
        given.validate({"network": given.network}, batch(*[0] * 17))
    assert given.objective.asked == [0] * 9 + [1] * 8 + [2] * 9
    given = task(1)
    with torch.no_grad():
        given.validate({"network": given.network}, batch(*[0] * 17))
    assert given.objective.asked == [0] * 17


@pytest.mark.parametrize("learned", [None, range(1, 3)])
def test_a_sheet_has_a_row_of_photographs_and_one_for_each_style_that_is_learned(learned):
    given = task(3, learned)
    with torch.no_grad():
        sheet = given.sheet({"network": given.network})
        numbers = range(3) if learned is None else learned
        # Three of the four photographs.
        assert sheet.shape == (1, 3, (1 + len(numbers)) * 16, 3 * 24)
        row, column = 1 + list(numbers).index(2), 1
        there = sheet[..., row * 16 : row * 16 + 16, column * 24 : column * 24 + 24]
        expected = given.network(given.shown[1:2], one_hot(2, 3)).clamp(0, 1)
    torch.testing.assert_close(there, expected, rtol=1e-4, atol=1e-5)
    assert torch.equal(sheet[..., :16, 24:48], given.shown[1:2])


@pytest.fixture
def objective(vgg16_weights):
    def build(first, count):
        generator = torch.Generator().manual_seed(1)
        styles = [torch.rand(1, 3, 32, 32, generator=generator) for _ in range(count)]
        return StyleObjective(vgg_for(shallow(), vgg16_weights), styles, shallow(), first)

    return build


def after(given, steps=3):
    """Train on small noise with everything that could move weights it should not."""
    training = begin(
        given,
        options(steps=steps, batch=2, ema=0.5, clip=0.1, learning_rate=0.01),
        Material({"content": Noise(4)}, {"content": torch.rand(1, 3, 8, 8)}),
    )
    for _ in range(steps):
        training.advance()
    return training


def test_all_parameters_learn(objective):
    given = task(3, objective=objective(0, 2))
    before = parameters(given.network)
    training = after(given)
    for name, parameter in given.network.named_parameters():
        assert not torch.equal(parameter, before[name]), name
        if name.endswith((".gamma", ".beta")):
            assert (parameter != before[name]).any(1).all(), f"{name}: a style was left out"
    assert list(training.average.twins) == ["network"]


def test_a_style_that_is_added_leaves_everything_else_byte_for_byte(objective):
    given = task(4, range(2, 3), objective(2, 1))
    before = parameters(given.network)
    training = after(given, steps=4)
    for network in (given.network, training.average.twins["network"]):
        for name, parameter in parameters(network).items():
            if name.endswith((".gamma", ".beta")):
                assert not torch.equal(parameter[2], before[name][2]), name
                parameter[2] = before[name][2]
            assert bits({"": parameter}) == bits({"": before[name]}), name


def test_there_is_nothing_else_to_save():
    assert task().state_dict() == {}
    assert set(task().modules) == {"network"}
