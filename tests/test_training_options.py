"""The options of a training, and the learning rate they make."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from impasto.errors import OptionError
from impasto.options.training import TrainOptions
from impasto.training.optimizers import LearningRates, rate_factor


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("steps", 0),
        ("steps", 1.5),
        ("epochs", 0),
        ("batch", 0),
        ("accumulate", 0),
        ("size", 7),
        ("warmup", -1),
        ("workers", -1),
        ("keep", 0),
        ("checkpoint_every", 0),
        ("validate_every", 0),
        ("sheet_every", 0),
        ("log_every", None),
        ("seed", 2**63),
        ("learning_rate", 0.0),
        ("learning_rate", math.inf),
        ("learning_rate", "fast"),
        ("clip", -1.0),
        ("clip", math.nan),
        ("ema", 1.0),
        ("beta2", 1.0),
        ("limit", -1),
        ("hold_out", 0.6),
        ("hold_out", -0.1),
        ("hold_out", math.nan),
        ("decay_from", 1.0),
        ("decay_from", -0.1),
        ("schedule", "step"),
        ("precision", "fp16"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(option, value):
    with pytest.raises(OptionError, match=f"^{option}: expected ") as caught:
        TrainOptions(**{option: value})
    assert repr(value) in str(caught.value)


def test_steps_and_epochs_exclude_each_other():
    with pytest.raises(OptionError, match="steps, epochs: expected only one of the two"):
        TrainOptions(steps=1, epochs=1)


def test_a_batch_must_split_into_its_passes():
    with pytest.raises(OptionError, match=r"batch: expected a multiple of accumulate \(3\), got 4"):
        TrainOptions(batch=4, accumulate=3)


def test_how_many_steps():
    assert TrainOptions().total_steps(100) == 20_000
    assert TrainOptions(steps=7).total_steps(100) == 7
    assert TrainOptions(epochs=2, batch=8).total_steps(100) == 25
    assert TrainOptions(epochs=1, batch=8).total_steps(100) == 13, "the last batch reaches over"


def test_what_decides_the_weights():
    same = ["workers", "keep", "log_every", "device", "precision", "accumulate", "sheet_every"]
    assert not set(same) & set(TrainOptions().decisive())
    other = {"batch", "size", "schedule", "warmup", "clip", "ema", "seed"}
    other |= {"optimizer", "learning_rate", "limit", "hold_out", "beta2"}
    assert set(TrainOptions().decisive()) == other, "at a constant rate a run can be made longer"
    falling = TrainOptions(schedule="linear", epochs=3).decisive()
    assert set(falling) == other | {"steps", "epochs", "decay_from"}


def factors(of=10, **changes):
    return [rate_factor(step, of, TrainOptions(**changes)) for step in range(of)]


def test_a_constant_rate():
    assert factors() == [1.0] * 10


def test_a_linear_fall_from_the_middle_as_cyclegan():
    falling = factors(schedule="linear", decay_from=0.5)
    assert falling == pytest.approx([1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2])


def test_half_a_cosine_after_warming_up():
    rising = factors(of=8, schedule="cosine", warmup=4)
    half = math.sqrt(0.5)
    assert rising == pytest.approx([0.25, 0.5, 0.75, 1, 1, (1 + half) / 2, 0.5, (1 - half) / 2])


@given(
    schedule=st.sampled_from(["constant", "linear", "cosine"]),
    of=st.integers(1, 200),
    warmup=st.integers(0, 250),
    decay_from=st.floats(0, 0.999),
)
def test_a_rate_is_never_zero_rises_then_falls(schedule, of, warmup, decay_from):
    rates = factors(of=of, schedule=schedule, warmup=warmup, decay_from=decay_from)
    assert all(0 < rate <= 1 for rate in rates)
    rising, falling = rates[:warmup], rates[warmup:]
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)


def test_each_group_keeps_its_own_rate():
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(3)]
    groups = [{"params": [parameters[0]]}, {"params": [parameters[1]], "lr": 0.5}]
    optimizers = {
        "a": torch.optim.SGD(groups, lr=0.25),
        "b": torch.optim.SGD([parameters[2]], lr=1.0),
    }
    rates = LearningRates(optimizers)
    for _ in range(2):  # shares of the full rate, not of the last one
        rates.scale(0.5)
    assert [group["lr"] for group in optimizers["a"].param_groups] == [0.125, 0.25]
    assert rates.now() == {"a": 0.125, "b": 0.5}
