"""Adversarial, cycle and identity losses against values worked out by hand."""

import math

import pytest
import torch

from cyclegan_parts import batch, images, options
from impasto.methods.cyclegan.objective import (
    Translated,
    critic_loss,
    generator_losses,
    translated,
)
from impasto.nn.losses import (
    ADVERSARIAL_FORMS,
    cycle_consistency_loss,
    discriminator_loss,
    identity_loss,
    least_squares,
    log_likelihood,
)


def scores(*values):
    return torch.tensor(values, dtype=torch.double).view(1, 1, 1, -1)


def test_least_squares_by_hand():
    given = scores(1.5, 0.0, -1.0)
    assert float(least_squares(given, True)) == pytest.approx((0.25 + 1 + 4) / 3)
    assert float(least_squares(given, False)) == pytest.approx((2.25 + 0 + 1) / 3)
    real, made = scores(0.5, 1.0), scores(0.0, 2.0)
    # Half of (0.25 + 0) / 2 + (0 + 4) / 2.
    assert float(discriminator_loss(least_squares, real, made)) == pytest.approx(1.0625)


def test_log_likelihood_by_hand():
    given = scores(0.3, -2.0)
    sigmoid = [1 / (1 + math.exp(-each)) for each in (0.3, -2.0)]
    passing = -sum(math.log(each) for each in sigmoid) / 2
    refused = -sum(math.log(1 - each) for each in sigmoid) / 2
    assert float(log_likelihood(given, True)) == pytest.approx(passing)
    assert float(log_likelihood(given, False)) == pytest.approx(refused)
    assert float(log_likelihood(scores(-1000.0), True)) == pytest.approx(1000)
    assert float(log_likelihood(scores(1000.0), True)) == 0


@pytest.mark.parametrize("form", ADVERSARIAL_FORMS)
@pytest.mark.parametrize("real", [True, False])
def test_adversarial_gradients(form, real):
    given = scores(0.4, -1.2, 2.0).requires_grad_()
    assert torch.autograd.gradcheck(lambda each: ADVERSARIAL_FORMS[form](each, real), given)


@pytest.mark.parametrize("form", ADVERSARIAL_FORMS)
def test_a_generator_gains_by_higher_scores_and_a_discriminator_by_lower(form):
    given = scores(0.2, -0.7).requires_grad_()
    ADVERSARIAL_FORMS[form](given, True).backward()
    assert (given.grad < 0).all()
    given.grad = None
    ADVERSARIAL_FORMS[form](given + 1, False).backward()
    assert (given.grad > 0).all()


@pytest.mark.parametrize("loss", [cycle_consistency_loss, identity_loss])
def test_distances_are_those_of_the_papers_pixels(loss):
    image, other = torch.full((1, 3, 2, 2), 0.25), torch.full((1, 3, 2, 2), 0.5)
    other[:, 0] = 0.25
    # 0.25 of two channels in [0, 1] is 0.5 in [-1, 1].
    assert float(loss(other, image)) == pytest.approx(2 * 0.5 / 3)
    assert float(loss(image, image)) == 0
    paper = ((2 * other - 1) - (2 * image - 1)).abs().mean()
    assert float(loss(other, image)) == pytest.approx(float(paper))


def made_by_hand(kept=True):
    flat = [torch.full((1, 3, 2, 2), value) for value in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)]
    return Translated(*(flat if kept else flat[:4]))


def test_the_generators_losses_by_hand():
    given = {name: torch.full((1, 3, 2, 2), 0.7) for name in ("photo", "painting")}
    said = {"painting": scores(0.5).float(), "photo": scores(-1.0).float()}
    got = generator_losses(made_by_hand(), said, given, options(cycle_weight=3, identity_weight=2))
    expected = {
        "adversarial/painting": 0.25, "adversarial/photo": 4.0, "adversarial": 4.25,
        "cycle/photo": 0.8, "cycle/painting": 0.6, "cycle": 1.4,
        "identity": 0.2 + 0.4, "total": 4.25 + 3 * 1.4 + 2 * 3 * 0.6,
    }  # fmt: skip
    assert {name: float(each) for name, each in got.items()} == pytest.approx(expected)
    without = generator_losses(made_by_hand(kept=False), said, given, options(cycle_weight=3))
    assert float(without["total"]) == pytest.approx(4.25 + 3 * 1.4)
    assert "identity" not in without


def test_which_generator_makes_what():
    given = batch()

    def paint(image):
        return image + 1

    def unpaint(image):
        return image * 2

    for kept in (True, False):
        got = translated(paint, unpaint, given["photo"], given["painting"], kept=kept)
        x, y = given["photo"], given["painting"]
        assert torch.equal(got.painting, x + 1)
        assert torch.equal(got.photo, y * 2)
        assert torch.equal(got.photo_again, (x + 1) * 2)
        assert torch.equal(got.painting_again, y * 2 + 1)
        if kept:
            assert torch.equal(got.painting_kept, y + 1)
            assert torch.equal(got.photo_kept, x * 2)
        else:
            assert got.painting_kept is got.photo_kept is None


@pytest.mark.parametrize("form", ADVERSARIAL_FORMS)
def test_a_critic_loses_on_both_halves_of_what_it_sees(form):
    real, fake = images(2, 3, 4, 4), images(2, 3, 4, 4, seed=1) + 3

    def critic(image):
        return image[:, :1]

    got = critic_loss(critic, real, fake, options(adversarial=form))
    loss = ADVERSARIAL_FORMS[form]
    expected = (loss(real[:, :1], True) + loss(fake[:, :1], False)) / 2
    torch.testing.assert_close(got, expected)
