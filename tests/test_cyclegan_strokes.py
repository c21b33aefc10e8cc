"""Strokes of made pictures against those of real ones: mean Gram matrices of two sets."""

import pytest
import torch

from cyclegan_parts import SIDE, batch, images, options, run, sets, task
from impasto.methods.cyclegan.strokes import STROKE_LAYERS, StrokeLoss
from impasto.nn.style import gram_matrix
from impasto.track import read_losses


def features(image):
    """As many maps as VGG gives, each layer's of its own scale."""
    return {
        name: torch.cat([image, image.square() * (number + 1)], dim=1)
        for number, name in enumerate(STROKE_LAYERS)
    }


def test_it_is_that_of_the_mean_gram_matrices():
    made, real = images(3, 3, 8, 8), images(2, 3, 6, 10, seed=1)
    shares = []
    for name in STROKE_LAYERS:
        one, other = (gram_matrix(features(each)[name]).mean(0) for each in (made, real))
        shares.append((one - other).square().sum() / other.square().sum())
    torch.testing.assert_close(StrokeLoss(features)(made, real), torch.stack(shares).mean())


def test_where_things_are_and_which_picture_has_them_is_free():
    real = images(2, 3, 8, 8)
    moved = real.flip(0).roll((2, 3), dims=(2, 3))
    assert float(StrokeLoss(features)(moved, real)) == pytest.approx(0, abs=1e-10)
    assert float(StrokeLoss(features)(real * 0.5, real)) > 0.1


def test_the_made_pictures_learn_and_the_real_ones_do_not():
    made, real = images(1, 3, 8, 8).requires_grad_(), images(1, 3, 8, 8, seed=1).requires_grad_()
    StrokeLoss(features)(made, real).backward()
    assert made.grad.any()
    assert real.grad is None


def test_half_precision_is_not_rounded_further():
    made, real = images(1, 3, 8, 8), images(1, 3, 8, 8, seed=1)
    whole = StrokeLoss(features)(made, real)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(StrokeLoss(features)(made, real), whole, rtol=0, atol=0)


def test_it_is_weighed_in_the_generators_loss():
    given, pictures = task(given=options(gram_weight=3.0)), batch()
    plain = next(given.phases(pictures))
    assert "gram" not in plain.parts
    given.strokes = StrokeLoss(features)
    phase = next(given.phases(pictures))
    parts = phase.parts
    with torch.no_grad():
        made, unmade = given.paint(pictures["photo"]), given.unpaint(pictures["painting"])
        expected = given.strokes(made, pictures["painting"])
        back = given.strokes(unmade, pictures["photo"])
    torch.testing.assert_close(parts["gram/painting"].detach(), expected)
    torch.testing.assert_close(parts["gram/photo"].detach(), back)
    torch.testing.assert_close(
        phase.loss.detach(), plain.loss.detach() + 3 * (expected + back), rtol=1e-5, atol=1e-6
    )


def test_a_training_with_it_tells_it(tmp_path, monkeypatch):
    monkeypatch.setattr("impasto.training.folder.plot_losses", lambda *_: None)
    desk = sets(tmp_path)
    run(desk, desk / "run", options(gram_weight=5.0), steps=2, size=SIDE)
    told = read_losses(desk / "run" / "losses.csv")
    for step in range(2):
        both = told["gram/painting"][step] + told["gram/photo"][step]
        assert both > 0
        assert told["gram"][step] == pytest.approx(both, rel=1e-5)
