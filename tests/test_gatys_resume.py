"""A painting that is broken off and taken up again ends with the same bytes."""

import pytest
import torch

from conftest import as_image, photograph_pixels
from impasto.checkpoint import load_checkpoint, save_checkpoint
from impasto.errors import RunError
from impasto.methods.gatys.objective import Objective
from painting_parts import begin, shallow

STEPS = 7
"""Four at 16 x 12, three at 32 x 24: more than the history of L-BFGS holds."""


@pytest.fixture(scope="module")
def photograph():
    return as_image(photograph_pixels(24, 32))


@pytest.fixture
def painting(vgg16_weights, photograph, style):
    def build(**changes):
        fixed = {"steps": STEPS, "coarsest": 16, "init": "mix", "history": 2}
        return begin(vgg16_weights, photograph, style, shallow(**{**fixed, **changes}))

    return build


def taken_up(path, old, new):
    """Bring a new painting to the state of an old one, by way of a file."""
    save_checkpoint(path, "painting", {"state": old.state_dict()})
    new.load_state_dict(load_checkpoint(path, "painting", dict)["state"])
    return new


def advance(painting, steps):
    return [dict(painting.advance().losses) for _ in range(steps)]


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_resumed_at_any_step_it_ends_with_the_same_bytes(painting, tmp_path, optimizer):
    unbroken = painting(optimizer=optimizer)
    losses = advance(unbroken, STEPS)
    assert unbroken.steps[0] in range(2, STEPS - 1)
    for done in range(STEPS + 1):
        broken = painting(optimizer=optimizer)
        advance(broken, done)
        resumed = taken_up(tmp_path / "checkpoint.pt", broken, painting(optimizer=optimizer))
        assert resumed.number == done
        assert torch.equal(resumed.image, broken.image)
        assert advance(resumed, STEPS - done) == losses[done:]
        assert resumed.done
        assert torch.equal(resumed.image, unbroken.image), f"resumed after {done} steps"


def test_resumed_at_every_step_it_ends_with_the_same_bytes(painting, tmp_path):
    unbroken, broken = painting(), painting()
    advance(unbroken, STEPS)
    for _ in range(STEPS):
        broken = taken_up(tmp_path / "checkpoint.pt", broken, painting())
        broken.advance()
    assert torch.equal(broken.image, unbroken.image)


@pytest.mark.parametrize("factor", [float("nan"), 1000.0])
def test_resumed_around_rollbacks_it_ends_with_the_same_bytes(
    painting, tmp_path, monkeypatch, factor
):
    whole = Objective.forward

    def begun():
        own = painting(steps=10, coarsest=0)

        def forward(self, image):
            losses = whole(self, image)
            failing = own.number in (4, 5)
            return {**losses, "total": losses["total"] * factor} if failing else losses

        monkeypatch.setattr(Objective, "forward", forward)
        return own

    unbroken = begun()
    advance(unbroken, 10)
    for done in (4, 5, 7):  # before the failures, between them and after them
        first = begun()
        advance(first, done)
        resumed = taken_up(tmp_path / "checkpoint.pt", first, begun())
        advance(resumed, 10 - done)
        assert isinstance(resumed.canvas.optimizer, torch.optim.Adam)
        assert torch.equal(resumed.image, unbroken.image), f"resumed after {done} steps"


def test_a_saved_state_does_not_move_with_the_painting(painting, tmp_path):
    begun = painting()
    advance(begun, 2)
    save_checkpoint(tmp_path / "checkpoint.pt", "painting", {"state": begun.state_dict()})
    image = begun.image.clone()
    advance(begun, 2)
    kept = load_checkpoint(tmp_path / "checkpoint.pt", "painting", dict)["state"]
    resumed = painting()
    resumed.load_state_dict(kept)
    assert torch.equal(resumed.image, image)


def test_a_checkpoint_of_another_size_is_refused(
    painting, vgg16_weights, photograph, style, tmp_path
):
    begun = painting()
    advance(begun, 2)
    other = begin(
        vgg16_weights, photograph[..., :20].contiguous(), style, shallow(steps=STEPS, coarsest=16)
    )
    with pytest.raises(RunError, match="of another size or method: use the options"):
        taken_up(tmp_path / "checkpoint.pt", begun, other)


def test_a_checkpoint_past_the_last_step_is_refused(painting, tmp_path):
    begun = painting()
    advance(begun, 6)
    with pytest.raises(RunError, match="checkpoint at step 6, but the run has 5"):
        taken_up(tmp_path / "checkpoint.pt", begun, painting(steps=5))


def test_a_refused_checkpoint_leaves_the_painting_as_it_was(painting, tmp_path):
    begun, other = painting(), painting(steps=5)
    advance(begun, 6)
    before = other.image.clone()
    with pytest.raises(RunError):
        taken_up(tmp_path / "checkpoint.pt", begun, other)
    assert other.number == 0
    assert torch.equal(other.image, before)
