"""Strokes and shapes of made pictures, as VGG sees them."""

import pytest
import torch

from cyclegan_parts import SIDE, batch, images, options, run, sets, task
from impasto.methods.cyclegan.objective import (
    CONTENT_LAYER,
    GRAM_LAYERS,
    PerceptualLosses,
    Translated,
)
from impasto.nn.style import gram_matrix
from impasto.track import read_losses


def features(image):
    """As many maps as VGG gives, each layer's of its own scale."""
    return {
        name: torch.cat([image, image.square() * (number + 1)], dim=1)
        for number, name in enumerate(GRAM_LAYERS)
    }


def made_of(painting, photo):
    return Translated(painting, photo, photo_again=painting, painting_again=photo)


def real(count=2):
    return {"photo": images(count, 3, 8, 8), "painting": images(count, 3, 8, 8, seed=1)}


def test_the_losses_are_those_of_their_formulas():
    given, made = real(), made_of(images(2, 3, 8, 8, seed=2), images(2, 3, 8, 8, seed=3))
    got = PerceptualLosses(features)(made, given)
    for name, source, picture in (
        ("painting", "photo", made.painting), ("photo", "painting", made.photo),
    ):  # fmt: skip
        shares = []
        for layer in GRAM_LAYERS:
            one, other = (
                gram_matrix(features(each)[layer]).mean(0) for each in (picture, given[name])
            )
            shares.append((one - other).square().sum() / other.square().sum())
        torch.testing.assert_close(got[f"gram/{name}"], torch.stack(shares).mean())
        shape, wanted = (features(each)[CONTENT_LAYER] for each in (picture, given[source]))
        expected = (shape - wanted).square().sum() / wanted.square().sum()
        torch.testing.assert_close(got[f"content/{name}"], expected)
    for kind in ("gram", "content"):
        both = got[f"{kind}/painting"] + got[f"{kind}/photo"]
        torch.testing.assert_close(got[kind], both)


def test_with_a_pool_each_picture_is_compared_with_the_real_one_most_like_its_source():
    dark, bright = (torch.full((1, 3, 8, 8), level) for level in (0.1, 0.8))
    made = made_of(bright, dark)
    losses = PerceptualLosses(features, 3)
    losses(made, {"photo": dark, "painting": 0.5 * bright})
    got = losses(made, {"photo": bright, "painting": 0.5 * dark})
    # The brighter photograph was given now, the brighter painting a step before.
    wanted = features(0.5 * bright)
    shares = []
    for layer in GRAM_LAYERS:
        one, other = (gram_matrix(each[layer]) for each in (features(bright), wanted))
        energy = one.square().sum() + other.square().sum()
        shares.append(2 * (one - other).square().sum() / energy)
    torch.testing.assert_close(got["gram/painting"], torch.stack(shares).mean())


def test_strokes_are_free_of_their_places_and_shapes_are_not():
    given = real()
    moved = given["painting"].flip(0).roll((2, 3), dims=(2, 3))
    got = PerceptualLosses(features)(made_of(moved, given["photo"]), given)
    assert float(got["gram"]) == pytest.approx(0, abs=1e-10)
    same = PerceptualLosses(features)(made_of(given["photo"], given["painting"]), given)
    assert float(same["content"]) == 0
    assert float(got["content"]) > 0.05
    assert float(same["gram"]) > 1e-4


def test_made_pictures_learn_and_real_ones_do_not():
    given = {name: each.requires_grad_() for name, each in real().items()}
    made = made_of(*(images(2, 3, 8, 8, seed=each).requires_grad_() for each in (2, 3)))
    losses = PerceptualLosses(features)(made, given)
    (losses["gram"] + losses["content"]).backward()
    assert made.painting.grad.any()
    assert made.photo.grad.any()
    assert given["photo"].grad is given["painting"].grad is None


def test_half_precision_is_not_rounded_further():
    given, made = real(), made_of(images(2, 3, 8, 8, seed=2), images(2, 3, 8, 8, seed=3))
    whole = PerceptualLosses(features)(made, given)
    with torch.autocast("cpu", torch.bfloat16):
        again = PerceptualLosses(features)(made, given)
    assert all(torch.equal(again[name], each) for name, each in whole.items())


def test_they_are_weighed_in_the_generators_loss():
    given, pictures = task(given=options(gram_weight=3.0, content_weight=0.5)), batch()
    plain = next(given.phases(pictures))
    assert not {"gram", "content"} & set(plain.parts)
    given.perceptual = PerceptualLosses(features)
    phase = next(given.phases(pictures))
    with torch.no_grad():
        made = made_of(given.paint(pictures["photo"]), given.unpaint(pictures["painting"]))
        seen = given.perceptual(made, pictures)
    for name, each in seen.items():
        torch.testing.assert_close(phase.parts[name].detach(), each)
    expected = plain.loss.detach() + 3 * seen["gram"] + 0.5 * seen["content"]
    torch.testing.assert_close(phase.loss.detach(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("weight", ["gram_weight", "content_weight"])
def test_a_training_with_either_tells_both(weight, tmp_path):
    desk = sets(tmp_path)
    run(desk, desk / "run", options(**{weight: 5.0}), steps=2, size=SIDE)
    told = read_losses(desk / "run" / "losses.csv")
    for kind in ("gram", "content"):
        for step in range(2):
            both = told[f"{kind}/painting"][step] + told[f"{kind}/photo"][step]
            assert both > 0
            assert told[kind][step] == pytest.approx(both, rel=1e-5)
