"""One update: accumulation, phases, clipping, and steps that are not finite."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from impasto.errors import RunError
from impasto.training.update import WeightAverage, average_gradients, clipped_if_finite
from training_parts import Alone, Rivals, begin, material, options, weights

NAN = float("nan")


def advance(training, steps):
    return [training.advance() for _ in range(steps)]


def sgd(parameters, lr):
    return torch.optim.SGD(parameters, lr=lr)


def test_it_learns():
    training = begin(Alone(), options(steps=40))
    losses = [step.losses["total"] for step in advance(training, 40)]
    assert losses[-1] < 0.3 * losses[0]


def test_one_step_by_definition():
    training = begin(Alone(optimizer=sgd, rate=0.1), options(batch=3))
    network = Alone().modules["network"]
    pictures = [training.material.streams["content"][position].image for position in range(3)]
    images = torch.stack(pictures).float() / 255
    loss = (network(images) - (1 - images)).square().mean()
    loss.backward()
    expected = torch.cat([(each - 0.1 * each.grad).flatten() for each in network.parameters()])
    step = training.advance()
    assert step.losses["total"] == step.losses["plain"] == pytest.approx(loss.item())
    torch.testing.assert_close(weights(training), expected)


@pytest.mark.parametrize("accumulate", [2, 3, 6])
def test_accumulated_passes_are_one_batch(accumulate):
    whole = begin(Alone(optimizer=sgd, rate=0.1), options(batch=6))
    split = begin(Alone(optimizer=sgd, rate=0.1), options(batch=6, accumulate=accumulate))
    for one, other in zip(advance(whole, 4), advance(split, 4), strict=True):
        assert other.losses == pytest.approx(one.losses)
    torch.testing.assert_close(weights(split), weights(whole))


def test_each_phase_of_all_passes_before_the_next_phase():
    order = []

    class Watched(Alone):
        def phases(self, batch):
            for name in ("first", "second"):
                order.append((name, batch["position"].tolist()))
                yield next(Alone.phases(self, batch))

        def optimizers(self):
            optimizers = super().optimizers()
            optimizers["network"].register_step_post_hook(lambda *_: order.append("step"))
            return optimizers

    begin(Watched(), options(batch=2, accumulate=2)).advance()
    first, second = ([(name, [0]), (name, [1]), "step"] for name in ("first", "second"))
    assert order == first + second


def test_rivals_each_move_only_themselves():
    task = Rivals()
    training = begin(task)
    before = {
        name: torch.cat([p.detach().flatten() for p in module.parameters()])
        for name, module in task.modules.items()
    }
    phases = task.phases({"content": torch.rand(2, 3, 8, 8), "style": torch.rand(2, 3, 8, 8)})
    phase = next(phases)
    phase.loss.backward()
    assert all(each.grad is None for each in task.modules["discriminator"].parameters())
    step = training.advance()
    assert step.losses["total"] == pytest.approx(
        step.losses["generator"] + step.losses["discriminator"]
    )
    for name, module in task.modules.items():
        after = torch.cat([p.detach().flatten() for p in module.parameters()])
        assert not torch.equal(after, before[name])


def test_a_long_gradient_is_shortened():
    training = begin(Alone(optimizer=sgd, rate=1.0), options(clip=0.01))
    before = weights(training)
    training.advance()
    assert float((weights(training) - before).norm()) == pytest.approx(0.01, rel=1e-3)


def test_a_short_gradient_is_left_alone():
    free, clipped = (begin(Alone(optimizer=sgd), options(clip=clip)) for clip in (0.0, 1e6))
    advance(free, 2)
    advance(clipped, 2)
    assert torch.equal(weights(free), weights(clipped))


@pytest.mark.parametrize("value", [NAN, math.inf, -math.inf])
def test_a_gradient_that_is_not_finite_is_found(value):
    parameters = [nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(2))]
    parameters[0].grad = torch.ones(3)
    parameters[1].grad = torch.tensor([1.0, value])
    assert not clipped_if_finite(parameters, torch.tensor(1.0), 0.0)
    parameters[1].grad = torch.ones(2)
    assert not clipped_if_finite(parameters, torch.tensor(value), 0.0)
    assert clipped_if_finite(parameters, torch.tensor(1.0), 0.0)


def spoiled(at, factor=NAN):
    return lambda number, loss: loss * factor if number in at else loss


@pytest.mark.parametrize("factor", [NAN, math.inf])
def test_a_step_that_is_not_finite_changes_nothing_but_its_number(factor):
    training = begin(Alone(spoil=spoiled([3], factor)), options(ema=0.5, schedule="linear"))
    advance(training, 2)
    state = training.optimizers["network"].state_dict()["state"]
    moments = [each.clone() for entry in state.values() for each in entry.values()]
    before = weights(training)
    step = training.advance()
    assert "the loss or gradient of network was not finite: step left out (1 so far)" in step.note
    assert not math.isfinite(step.losses["total"])
    assert torch.equal(weights(training), before)
    state = training.optimizers["network"].state_dict()["state"]
    after = [each for entry in state.values() for each in entry.values()]
    assert all(map(torch.equal, after, moments))
    assert (training.number, training.left_out) == (3, 1)
    step = training.advance()
    assert not step.note
    assert not torch.equal(weights(training), before)
    assert training.rates.now() == {"network": pytest.approx(0.01 * 0.5)}, "the schedule moved on"


def test_the_phases_after_a_bad_one_are_left_out():
    task = Rivals()
    training = begin(task)
    task.spoil = lambda name, loss: loss * NAN if name == "generator" else loss
    before = weights(training)
    step = training.advance()
    assert "of generator was not finite" in step.note
    assert torch.equal(weights(training), before)
    assert not task.pool, "what a bad network made does not get into the pool"


def test_the_phases_before_a_bad_one_stay():
    task = Rivals()
    training = begin(task, options(ema=0.5))
    task.spoil = lambda name, loss: loss * NAN if name == "discriminator" else loss
    before = {name: each.state_dict() for name, each in task.modules.items()}
    before = {name: {k: v.clone() for k, v in each.items()} for name, each in before.items()}
    twin = weights(SimpleNamespace(task=SimpleNamespace(modules={}), average=training.average))
    assert "of discriminator was not finite" in training.advance().note
    weight = "0.weight"
    assert not torch.equal(
        task.modules["generator"].state_dict()[weight], before["generator"][weight]
    )
    for name, each in task.modules["discriminator"].state_dict().items():
        assert torch.equal(each, before["discriminator"][name])
    now = weights(SimpleNamespace(task=SimpleNamespace(modules={}), average=training.average))
    assert torch.equal(now, twin)


def test_twenty_in_a_row_end_the_training():
    training = begin(Alone(spoil=spoiled(range(3, 99))), options(steps=50))
    advance(training, 2 + 19)
    with pytest.raises(RunError, match=r"20 steps in a row, up to step 22: .*lower learning rate"):
        training.advance()


def test_nineteen_in_a_row_do_not():
    bad = [*range(1, 20), *range(21, 40)]
    training = begin(Alone(spoil=spoiled(bad)), options(steps=40))
    advance(training, 40)
    assert training.left_out == 38


class Two:
    """Two processes of which this is one: a mean with what the other one sends."""

    count, device = 2, torch.device("cpu")

    def __init__(self, other):
        self.other = other

    def mean(self, tensor):
        return (tensor + self.other) / 2


def test_gradients_are_averaged_over_processes():
    parameters = [nn.Parameter(torch.zeros(2, 1)), nn.Parameter(torch.zeros(1)),
                  nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))]  # fmt: skip
    parameters[0].grad = torch.tensor([[1.0], [2.0]])
    parameters[1].grad = torch.tensor([8.0])
    # The other uses the first and the third, nobody the fourth.
    other = torch.tensor([1.0, 0.0, 1.0, 0.0, 3.0, 4.0, 0.0, 6.0, 0.0])
    average_gradients(parameters, Two(other))
    assert parameters[0].grad.tolist() == [[2.0], [3.0]]
    assert parameters[1].grad.tolist() == [4.0]
    assert parameters[2].grad.tolist() == [3.0]
    assert parameters[3].grad is None


def test_the_average_by_definition():
    module = nn.BatchNorm1d(1)
    average = WeightAverage({"one": module}, ["one"], 0.25)
    twin = average.twins["one"]
    expected = 1.0
    for number, value in enumerate([5.0, -2.0, 7.0, 1.0], start=1):
        nn.init.constant_(module.weight, value)
        module.running_mean.fill_(value)
        average.update()
        decay = min(0.25, (1 + number) / (10 + number))
        expected = decay * expected + (1 - decay) * value
        assert twin.weight.item() == pytest.approx(expected)
        assert twin.running_mean.item() == value
    assert not twin.training
    assert not twin.weight.requires_grad
    assert module.weight.requires_grad


def test_without_decay_there_are_no_twins():
    training = begin(Alone(), options(ema=0.0))
    assert training.shown == training.task.modules
    averaged = begin(Alone(), options(ema=0.9))
    assert averaged.shown["network"] is not averaged.task.modules["network"]
    advance(averaged, 3)
    names = material().validation
    assert averaged.validate()["total"] == pytest.approx(
        averaged.task.loss(averaged.shown, names["content"] / 255).item()
    )
