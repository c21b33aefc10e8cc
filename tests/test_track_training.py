"""What TensorBoard reads back of a training."""

import math

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.summary.writer import event_file_writer

from impasto.step import Step
from impasto.track import EventFile, TrainingLog


def step(number, of=10, **losses):
    losses = losses or {"total": float(number), "style/wave": 2.0}
    return Step(number, of, losses, lambda: torch.full((1, 3, 4, 6), number / 10))


def read(folder):
    return EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0}).Reload()


def points(folder, tag):
    return [(event.step, event.value) for event in read(folder).Scalars(tag)]


def log_all(folder, steps, every=4, resume_from=0, **changes):
    seconds = iter(range(0, 1000, 2))
    fixed = {"sheet_every": 5, "batch": 8, "clock": lambda: next(seconds), **changes}
    with EventFile(folder, resume_from) as events:
        log = TrainingLog(events, every=every, **fixed)
        for each in steps:
            log(each, {"network": 0.5 / each.number}, {"total": 0.25} if each.number == 6 else {})


def test_losses_are_means_since_the_last_point(tmp_path):
    log_all(tmp_path, map(step, range(1, 11)))
    assert points(tmp_path, "loss/total") == [(4, 2.5), (8, 6.5), (10, 9.5)]
    assert points(tmp_path, "style/wave") == [(4, 2.0), (8, 2.0), (10, 2.0)]


def test_rates_and_speed(tmp_path):
    log_all(tmp_path, map(step, range(1, 11)))
    assert points(tmp_path, "learning_rate/network") == [(4, 0.125), (8, 0.0625),
                                                         (10, pytest.approx(0.05))]  # fmt: skip
    assert points(tmp_path, "speed/images_per_second") == [(4, 16), (8, 16), (10, 8)]


def test_a_validation_is_logged_at_once(tmp_path):
    log_all(tmp_path, map(step, range(1, 11)))
    assert points(tmp_path, "validation/total") == [(6, 0.25)]


def test_sheets_now_and_then_and_at_the_end(tmp_path):
    log_all(tmp_path, map(step, range(1, 11)), sheet_every=4)
    sheets = read(tmp_path).Images("sheet")
    assert [(sheet.step, sheet.width, sheet.height) for sheet in sheets] == [
        (4, 6, 4),
        (8, 6, 4),
        (10, 6, 4),
    ]


def test_what_is_not_finite_does_not_hide_what_is(tmp_path):
    losses = [1.0, math.nan, 3.0, math.inf, math.nan, math.nan]
    log_all(tmp_path, [step(n, 6, total=loss) for n, loss in enumerate(losses, 1)], every=3)
    (_, first), (_, second) = points(tmp_path, "loss/total")
    assert first == 2.0
    assert math.isnan(second)


def test_a_resumed_log_hides_what_was_after_the_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(event_file_writer._global_uid, "_value", 9)  # as text, 10 is before 9
    log_all(tmp_path, map(step, range(1, 9)), every=1)
    log_all(tmp_path, (step(n, total=-1.0) for n in range(6, 11)), every=1, resume_from=5)
    assert points(tmp_path, "loss/total") == [
        *((number, number) for number in range(1, 6)),
        *((number, -1.0) for number in range(6, 11)),
    ]
