"""Options of CycleGAN: what they may be, and what they say when they may not."""

import itertools
import json
import math

import pytest

from impasto.errors import OptionError
from impasto.options.cyclegan import TRAINING, CycleGANOptions
from impasto.training.optimizers import rate_factor

WRONG = {
    "width": (0, "a whole number of at least 1"),
    "blocks": (-1, "a whole number of at least 0"),
    "discriminator_width": (1.5, "a whole number of at least 1"),
    "pool": (-1, "a whole number of at least 0"),
    "cycle_weight": (-1.0, "a number of at least 0"),
    "identity_weight": (math.nan, "a number of at least 0"),
    "gram_weight": (-1.0, "a number of at least 0"),
    "content_weight": (math.inf, "a number of at least 0"),
    "resampling": ("nearest", "smooth or transposed"),
    "adversarial": ("wasserstein", "least-squares or log-likelihood"),
    "zoom": ((0.5, 1.0), "two increasing numbers from 1"),
    "photo_name": ("a/b", "letters, digits, hyphens and dots"),
    "painting_name": ("photo", "another name than the photographs'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_named(name):
    value, expected = WRONG[name]
    with pytest.raises(OptionError) as caught:
        CycleGANOptions(**{name: value})
    assert str(caught.value) == f"{name}: expected {expected}, got {value!r}"


@pytest.mark.parametrize("zoom", [(1.0,), (1.2, 1.1), (1, math.inf), 1.0, ("1", "2")])
def test_zooms_that_are_none(zoom):
    with pytest.raises(OptionError, match="zoom: expected two increasing numbers"):
        CycleGANOptions(zoom=zoom)


def test_they_survive_json():
    given = CycleGANOptions(width=5, zoom=(1.0, 1.5), flip=False, painting_name="monet")
    assert CycleGANOptions.from_json(json.loads(json.dumps(given.to_json()))) == given
    with pytest.raises(OptionError, match="depth: expected an option of impasto train cyclegan"):
        CycleGANOptions.from_json({"depth": 3})


def test_the_paper_is_the_default():
    given = CycleGANOptions()
    assert (given.width, given.blocks, given.discriminator_width) == (64, 9, 64)
    assert (given.cycle_weight, given.identity_weight, given.pool) == (10, 0.5, 50)
    assert (given.adversarial, given.perceptual) == ("least-squares", False)
    assert (TRAINING.batch, TRAINING.learning_rate) == (1, 2e-4)


def test_directions_are_named_by_the_sets():
    given = CycleGANOptions(painting_name="van-gogh")
    assert given.directions == ("photo-to-van-gogh", "van-gogh-to-photo")


def test_the_rate_is_constant_for_half_of_the_run_and_falls_to_nothing():
    rates = [rate_factor(step, 200, TRAINING) for step in range(200)]
    assert rates[:101] == [1.0] * 101
    assert rates[150] == pytest.approx(0.5)
    assert rates[199] == pytest.approx(0.01)
    falls = {round(first - second, 9) for first, second in itertools.pairwise(rates[100:])}
    assert falls == {0.01}, "it does not fall evenly"
