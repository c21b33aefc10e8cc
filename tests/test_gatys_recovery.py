"""Losses that are not finite, or run away, cost a step and never the picture."""

import pytest
import torch

from impasto.errors import ResultError
from impasto.methods.gatys.objective import Objective
from impasto.nn.lbfgs import LeanLBFGS
from painting_parts import begin, shallow

NAN = float("nan")


@pytest.fixture
def painting(vgg16_weights, photograph, style):
    def build(**changes):
        return begin(vgg16_weights, photograph, style, shallow(**changes))

    return build


@pytest.fixture
def spoil(monkeypatch):
    """Make the calls of some numbers, from 0, give a loss changed by a function."""
    whole = Objective.forward
    calls = []

    def install(numbers, change):
        def forward(self, image):
            losses = whole(self, image)
            calls.append(len(calls))
            if calls[-1] in numbers:
                losses["total"] = change(losses["total"], image)
            return losses

        monkeypatch.setattr(Objective, "forward", forward)

    return install


def nan_loss(total, image):
    return total * NAN


def infinite_loss(total, image):
    return total + float("inf")


def nan_gradient(total, image):
    # The value stays finite; the slope of the root at 0 does not.
    return total + (image - image.detach()).abs().sum().sqrt() * 0


def runaway_loss(total, image):
    return total * 1000


@pytest.mark.parametrize("change", [nan_loss, infinite_loss, nan_gradient])
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_a_failed_step_goes_back_to_the_last_good_picture(painting, spoil, change, optimizer):
    spoil({3}, change)
    begun = painting(steps=8, optimizer=optimizer)
    for _ in range(2):
        begun.advance()
    good = begun.image.clone()  # the picture before the step whose loss is then good
    assert begun.advance().note == ""
    failed = begun.advance()
    assert failed.note.startswith("the loss or its gradient was not finite: back to the last good")
    assert torch.equal(begun.image, good)
    rest = [begun.advance() for _ in range(4)]
    assert {step.note for step in rest} == {""}
    assert rest[-1].losses["total"] < rest[0].losses["total"]
    assert torch.isfinite(begun.image).all()


def test_lbfgs_first_shrinks_its_step_and_then_gives_way_to_adam(painting, spoil):
    spoil({2, 3, 4}, nan_loss)
    notes = [step.note for step in run(painting(steps=8, learning_rate=0.8)) if step.note]
    assert [note.partition(", then ")[2] for note in notes] == [
        "L-BFGS with learning rate 0.2",
        f"Adam with learning rate {2 / 255 / 16:.3g}",
        f"Adam with learning rate {2 / 255 / 64:.3g}",
    ]


def test_adam_shrinks_its_step(painting, spoil):
    spoil({2}, nan_loss)
    (note,) = (
        step.note for step in run(painting(optimizer="adam", learning_rate=4.0)) if step.note
    )
    assert note.endswith(f"Adam with learning rate {1 / 255:.3g}")


@pytest.mark.parametrize("change", [nan_loss, nan_gradient])
@pytest.mark.parametrize(("init", "steps", "told"), [("content", 1, "its only step"),
    ("noise", 6, "6 steps in a row"), ("content", 40, "10 steps in a row")])  # fmt: skip
def test_a_painting_that_never_takes_a_step_is_an_error(painting, spoil, change, init, steps, told):
    spoil(range(1000), change)
    begun = painting(init=init, steps=steps, coarsest=32)
    with pytest.raises(ResultError, match=f"painting failed in {told}"):
        run(begun)
    assert begun.number == begun.failures.count == min(steps, 10)
    assert torch.isfinite(begun.image).all()


@pytest.mark.parametrize("steps", [2, 40])
def test_steps_that_the_next_one_undoes_paint_nothing(painting, spoil, steps):
    spoil(range(1, 1000, 2), nan_loss)
    begun = painting(steps=steps, coarsest=0)
    with pytest.raises(ResultError, match="painting failed"):
        run(begun)
    assert begun.number == begun.failures.count


def test_a_picture_that_no_loss_changes_is_an_error(painting, spoil):
    spoil(range(1000), lambda total, image: total * 0)
    with pytest.raises(ResultError, match="every gradient was zero"):
        run(painting(steps=2))


def test_one_color_in_one_color_is_painted(vgg16_weights, photograph, style):
    flat = torch.full_like(photograph, 0.5)
    run(begin(vgg16_weights, flat, flat, shallow(steps=2)))


def test_failing_at_the_end_keeps_the_last_good_picture(painting, spoil):
    spoil(range(3, 1000), nan_loss)
    begun = painting(steps=30)
    with pytest.raises(ResultError):
        run(begun)
    assert (begun.number, begun.failures.count) == (12, 10)  # the third step is undone, too
    assert torch.isfinite(begun.image).all()


def test_a_runaway_loss_is_undone(painting, spoil):
    spoil({3}, runaway_loss)
    steps = run(painting(steps=7))
    assert [step.number for step in steps if step.note] == [4]
    assert steps[3].note.startswith("the loss diverged: back to the last good picture")
    assert steps[-1].losses["total"] < steps[0].losses["total"]


def test_a_loss_a_few_times_the_first_is_no_failure(painting, spoil):
    spoil({3}, lambda total, image: total * 20)
    assert not any(step.note for step in run(painting(steps=5)))


@pytest.mark.parametrize("value", [NAN, float("inf")])
def test_a_last_step_into_nothing_gives_the_picture_before(painting, value):
    begun = painting(steps=3)
    begun.advance()
    good = begun.canvas.last_good[0].clone()
    with torch.no_grad():
        begun.canvas.parts[0][0, 0, 5, 5] = value
    assert torch.equal(begun.image, good.clamp(0, 1))


def test_the_next_size_begins_from_a_finite_picture(painting, spoil):
    begun = painting(steps=5, coarsest=32)
    for _ in range(begun.steps[0]):
        begun.advance()
    with torch.no_grad():
        begun.canvas.parts[0].fill_(NAN)
    steps = run(begun)
    assert {step.note for step in steps} == {""}
    assert torch.isfinite(begun.image).all()


def test_each_size_has_rollbacks_of_its_own(painting, spoil):
    spoil({0, 1}, nan_loss)
    begun = painting(steps=6, coarsest=32)
    notes = [step.note for step in run(begun)]
    assert "Adam" in notes[1]
    assert isinstance(begun.canvas.optimizer, LeanLBFGS)
    assert begun.canvas.rollbacks == 0


def test_a_picture_too_large_for_a_whole_history_is_painted(painting, spoil, monkeypatch):
    monkeypatch.setattr("impasto.methods.canvas.LEAN_FROM", 1)
    spoil({4}, nan_loss)
    begun = painting(steps=8)
    steps = run(begun)
    assert isinstance(begun.canvas.optimizer, LeanLBFGS)
    assert [step.number for step in steps if step.note] == [5]
    assert steps[-1].losses["total"] < steps[0].losses["total"]


def run(begun):
    steps = []
    begun.run(steps.append)
    return steps
