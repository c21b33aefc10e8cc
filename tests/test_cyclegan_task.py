"""Two generators against two discriminators: who learns from what, and when."""

import itertools

import pytest
import torch

from cyclegan_parts import SIDE, batch, bits, images, options, seer, task, training
from impasto.methods.cyclegan.objective import critic_loss, generator_losses, translated
from impasto.nn.metrics import channel_distance, channel_moments
from impasto.training.task import Material
from training_parts import begin

GENERATORS = ("paint", "unpaint")
CRITICS = ("painting_critic", "photo_critic")


def moved(given):
    """Names of the modules that have a gradient which is not zero, and of those with any."""
    found = {
        name: [each.grad for each in module.parameters() if each.grad is not None]
        for name, module in given.modules.items()
    }
    some = {name for name, grads in found.items() if any(bool(each.any()) for each in grads)}
    return some, {name for name, grads in found.items() if grads}


def forget(given):
    for module in given.modules.values():
        module.zero_grad()


def test_the_first_phase_reaches_the_generators_alone_and_the_second_the_critics():
    given = task()
    phases = given.phases(batch())
    first = next(phases)
    assert first.optimizer == "generators"
    first.loss.backward()
    assert moved(given) == ({*GENERATORS}, {*GENERATORS})
    forget(given)
    second = next(phases)
    assert second.optimizer == "discriminators"
    second.loss.backward()
    assert moved(given) == ({*CRITICS}, {*CRITICS})
    assert next(phases, None) is None


def test_a_phase_that_was_left_early_does_no_harm():
    given = task()
    broken = given.phases(batch())
    next(broken)
    broken.close()
    _, second = given.phases(batch())
    second.loss.backward()
    assert moved(given)[0] == {*CRITICS}


@pytest.mark.parametrize("name", ["cycle/photo", "cycle/painting"])
def test_the_gradient_of_either_cycle_reaches_both_generators(name):
    given, pictures = task(), batch()
    made = translated(
        given.paint, given.unpaint, pictures["photo"], pictures["painting"], kept=False
    )
    generator_losses(made, given._scores(made), pictures, given.options)[name].backward()
    for module in (given.paint, given.unpaint):
        learning = [each for each in module.parameters() if each.requires_grad]
        assert all(bool(each.grad.any()) for each in learning)


def test_every_parameter_that_should_learn_does_and_biases_before_a_norm_do_not():
    given = task()
    before = {name: bits(dict(each.named_parameters())) for name, each in given.modules.items()}
    whole = begin(given, training(steps=2), material())
    whole.advance()
    for name, module in given.modules.items():
        for part, parameter in module.named_parameters():
            assert (bits(parameter) != before[name][part]) == parameter.requires_grad, (name, part)
    for name in CRITICS:
        still = [
            part for part, each in given.modules[name].named_parameters() if not each.requires_grad
        ]
        assert still == ["convs.1.bias", "convs.2.bias", "convs.3.bias"]
    assert set(whole.average.twins) == {*GENERATORS}


def test_the_losses_of_a_step_by_the_formulas():
    given, pictures = task(given=options(pool=0, identity_weight=0.25)), batch(2)
    x, y = pictures["photo"], pictures["painting"]
    with torch.no_grad():
        made, unmade = given.paint(x), given.unpaint(y)
        adversarial = ((given.painting_critic(made) - 1) ** 2).mean()
        adversarial += ((given.photo_critic(unmade) - 1) ** 2).mean()
        cycle = 2 * (
            (given.unpaint(made) - x).abs().mean() + (given.paint(unmade) - y).abs().mean()
        )
        identity = 2 * ((given.paint(y) - y).abs().mean() + (given.unpaint(x) - x).abs().mean())
        critics = critic_loss(given.painting_critic, y, made, given.options)
        critics += critic_loss(given.photo_critic, x, unmade, given.options)
    first, second = given.phases(pictures)
    expected = adversarial + 10 * cycle + 0.25 * 10 * identity
    torch.testing.assert_close(first.loss.detach(), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(second.loss.detach(), critics, rtol=1e-4, atol=1e-5)
    assert {"adversarial", "cycle", "identity"} <= set(first.parts)
    assert set(second.parts) == {"discriminator", "discriminator/painting", "discriminator/photo"}


@pytest.mark.parametrize("changes", [{"identity_weight": 0.0}, {"cycle_weight": 0.0}])
def test_without_identity_loss_pictures_need_not_pass_the_other_generator(changes):
    given, seen = task(given=options(**changes)), []
    given.paint.register_forward_hook(lambda _, image, __: seen.append(len(image[0])))
    first = next(given.phases(batch()))
    assert "identity" not in first.parts
    assert seen == [1, 1]


def test_critics_see_pictures_of_before_and_the_generators_only_those_of_now():
    given, seen = task(given=options(pool=1)), []
    for number in range(12):
        phases = given.phases(batch(seed=number))
        made = []
        hook = given.paint.register_forward_hook(lambda _, __, result, to=made: to.append(result))
        next(phases)
        hook.remove()
        critic = []
        hook = given.painting_critic.register_forward_pre_hook(
            lambda _, image, to=critic: to.append(image[0])
        )
        next(phases)
        hook.remove()
        real, shown = critic[0].chunk(2)
        assert torch.equal(real, batch(seed=number)["painting"])
        seen.append(bool((shown == made[0][:1]).all()))
    assert seen[0]
    assert 2 <= sum(seen) <= 10, "the pool is without effect"


def test_validation_by_the_formulas():
    given, pictures = (
        task(),
        {"photo": images(3, 3, SIDE, SIDE), "painting": images(2, 3, SIDE, SIDE)},
    )
    with torch.no_grad():
        got = given.validate(given.modules, pictures)
        x, y = pictures["photo"], pictures["painting"]
        made, unmade = given.paint(x), given.unpaint(y)
        cycle = (
            2 * (given.unpaint(made) - x).abs().mean() + 2 * (given.paint(unmade) - y).abs().mean()
        )
    real = {"painting": images(3, 3, SIDE, SIDE, seed=2), "photo": images(3, 3, SIDE, SIDE, seed=1)}
    distances = {
        name: channel_distance(
            channel_moments(seer, torch.split(fake, 1)),
            channel_moments(seer, torch.split(real[name], 1)),
        )
        for name, fake in (("painting", made), ("photo", unmade))
    }
    assert float(got["cycle"]) == pytest.approx(float(cycle), rel=1e-4)
    for name, distance in distances.items():
        assert float(got[f"vgg_channel_distance/{name}"]) == pytest.approx(distance, rel=1e-3)
    total = sum(distances.values()) + 10 * float(cycle)
    assert float(got["total"]) == pytest.approx(total, rel=1e-3)


def test_a_sheet_has_the_way_there_and_back_of_both():
    given = task(count=3)
    with torch.no_grad():
        sheet = given.sheet(given.modules)
        assert sheet.shape == (1, 3, 3 * SIDE, 6 * SIDE)
        x, y = given.shown["photo"][1:2], given.shown["painting"][1:2]
        expected = [x, given.paint(x), given.unpaint(given.paint(x)),
                    y, given.unpaint(y), given.paint(given.unpaint(y))]  # fmt: skip
    for column, picture in enumerate(expected):
        there = sheet[..., SIDE : 2 * SIDE, column * SIDE : (column + 1) * SIDE]
        torch.testing.assert_close(there, picture, atol=1e-5, rtol=1e-4)


def test_a_sheet_of_unequal_sets_has_as_many_rows_as_the_smaller():
    given = task(count=3)
    given.shown["painting"] = given.shown["painting"][:2]
    with torch.no_grad():
        assert given.sheet(given.modules).shape == (1, 3, 2 * SIDE, 6 * SIDE)


class Pictures:
    """Random pictures by position."""

    def __init__(self, length, seed):
        self.length, self.seed = length, seed

    def __len__(self):
        return self.length

    def __getitem__(self, position):
        from training_parts import Item

        chance = torch.Generator().manual_seed(1000 * self.seed + position)
        return Item(torch.randint(0, 256, (3, SIDE, SIDE), generator=chance, dtype=torch.uint8))


def material():
    streams = {"photo": Pictures(7, 1), "painting": Pictures(5, 2)}
    return Material(
        streams, {"photo": images(2, 3, SIDE, SIDE), "painting": images(2, 3, SIDE, SIDE)}
    )


def everything(training):
    """All that a run is, but the times of its steps."""
    return bits(training.state_dict())


@pytest.mark.parametrize("given", [{}, {"batch": 4, "accumulate": 2, "validate_every": 3}])
def test_twenty_steps_end_with_the_same_bytes_wherever_they_were_broken(given, tmp_path):
    from impasto.checkpoint import load_checkpoint, save_checkpoint

    asked = training(steps=20, **given)
    unbroken = begin(task(), asked, material())
    for _ in range(20):
        unbroken.advance()
    for done in (5, 13, 19):
        broken = begin(task(), asked, material())
        for _ in range(done):
            broken.advance()
        save_checkpoint(tmp_path / "one.pt", "training", {"state": broken.state_dict()})
        broken.advance()  # what is lost
        resumed = begin(task(seed=9), asked, material())
        resumed.load_state_dict(load_checkpoint(tmp_path / "one.pt", "training", dict)["state"])
        while not resumed.done:
            resumed.advance()
        assert everything(resumed) == everything(unbroken), f"resumed after {done} steps"


def test_without_the_pools_a_resumed_run_would_end_otherwise():
    # So that the test above can fail: what the pools hold matters.
    ends = []
    for forgetful in (False, True):
        whole = begin(task(), training(steps=14), material())
        for number in itertools.count(1):
            whole.advance()
            if forgetful and number == 8:
                for pool in whole.task.pools.values():
                    pool.images = []
            if whole.done:
                break
        ends.append(bits(whole.task.painting_critic.state_dict()))
    assert ends[0] != ends[1]


def test_bf16_trains_with_finite_losses_and_keeps_float32_weights():
    whole = begin(task(), training(steps=3, precision="bf16"), material())
    for _ in range(3):
        losses = whole.advance().losses
    assert whole.left_out == 0
    assert all(each == each for each in losses.values())
    assert all(each.dtype == torch.float32 for each in whole.task.paint.parameters())
    assert all(each.dtype == torch.float32 for each in whole.task.pools["photo"].images)
