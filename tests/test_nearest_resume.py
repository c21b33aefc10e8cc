"""A painting that is broken off and taken up again ends with the same bytes."""

import pytest
import torch

from conftest import as_image, photograph_pixels
from impasto.checkpoint import load_checkpoint, save_checkpoint
from impasto.errors import RunError
from impasto.methods.nearest.objective import HeldObjective
from nearest_parts import begin, few

STEPS = 7
"""Three at 16 x 12, two at 32 x 24, two by layer."""


@pytest.fixture(scope="module")
def photograph():
    return as_image(photograph_pixels(24, 32))


@pytest.fixture
def painting(vgg16_weights, photograph, style):
    def build(**changes):
        fixed = {"steps": STEPS, "coarsest": 16, "init": "recolor"}
        return begin(vgg16_weights, photograph, style, few(**{**fixed, **changes}))

    return build


def taken_up(path, old, new):
    """Bring a new painting to the state of an old one, by way of a file."""
    save_checkpoint(path, "painting", {"state": old.state_dict()})
    new.load_state_dict(load_checkpoint(path, "painting", dict)["state"])
    return new


def advance(painting, steps):
    return [dict(painting.advance().losses) for _ in range(steps)]


@pytest.mark.slow
def test_resumed_at_any_step_it_ends_with_the_same_bytes(painting, tmp_path):
    unbroken = painting()
    losses = advance(unbroken, STEPS)
    assert unbroken.steps == [3, 2, 2]
    for done in (2, 3, 6):  # within a stage, between two, within the last pass
        broken = painting()
        advance(broken, done)
        resumed = taken_up(tmp_path / "checkpoint.pt", broken, painting())
        assert resumed.number == done
        assert torch.equal(resumed.image, broken.image)
        assert advance(resumed, STEPS - done) == losses[done:]
        assert resumed.done
        assert torch.equal(resumed.image, unbroken.image), f"resumed after {done} steps"


def test_two_styles_are_resumed_with_the_same_places(vgg16_weights, photograph, style, tmp_path):
    def build():
        styles = style, 1 - style.flip(3)
        return begin(vgg16_weights, photograph, styles, few(steps=STEPS, coarsest=16))

    unbroken, broken = build(), build()
    advance(unbroken, STEPS)
    for steps in (4, 2, 1):  # into the second size, into the last pass, to the end
        broken = taken_up(tmp_path / "checkpoint.pt", broken, build())
        advance(broken, steps)
    assert torch.equal(broken.image, unbroken.image)


def test_resumed_around_a_rollback_it_ends_with_the_same_bytes(painting, tmp_path, monkeypatch):
    whole = HeldObjective.forward

    def begun():
        own = painting(steps=8, coarsest=0)

        def forward(self, image):
            losses = whole(self, image)
            failing = own.number in (2, 3)
            return {**losses, "total": losses["total"] * float("nan")} if failing else losses

        monkeypatch.setattr(HeldObjective, "forward", forward)
        return own

    unbroken = begun()
    advance(unbroken, 8)
    for done in (2, 4):
        first = begun()
        advance(first, done)
        resumed = taken_up(tmp_path / "checkpoint.pt", first, begun())
        advance(resumed, 8 - done)
        assert torch.equal(resumed.image, unbroken.image), f"resumed after {done} steps"


def test_a_saved_state_does_not_move_with_the_painting(painting, tmp_path):
    begun = painting()
    advance(begun, 2)
    save_checkpoint(tmp_path / "checkpoint.pt", "painting", {"state": begun.state_dict()})
    image = begun.image.clone()
    advance(begun, 2)
    resumed = painting()
    resumed.load_state_dict(load_checkpoint(tmp_path / "checkpoint.pt", "painting", dict)["state"])
    assert torch.equal(resumed.image, image)


def test_what_does_not_fit_is_refused_and_changes_nothing(
    painting, vgg16_weights, photograph, style
):
    begun = painting()
    advance(begun, 6)
    shorter = painting(steps=5)
    before = shorter.image.clone()
    with pytest.raises(RunError, match="checkpoint at step 6, but the run has 5"):
        shorter.load_state_dict(begun.state_dict())
    other = begin(
        vgg16_weights, photograph[..., :20].contiguous(), style, few(steps=STEPS, coarsest=16)
    )
    with pytest.raises(RunError, match="of another size or method: use the options it was made"):
        other.load_state_dict(begun.state_dict())
    with pytest.raises(RunError, match="of another size or method"):
        shorter.load_state_dict({"number": 2, "canvas": {"image": before}})
    assert shorter.number == 0
    assert torch.equal(shorter.image, before)
