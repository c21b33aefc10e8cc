"""How long the rest takes."""

import math

import torch

from impasto.methods.gatys.footprint import Work
from impasto.methods.gatys.memory_plan import Plan, stage_cost
from impasto.methods.painting import Stage, step_costs
from impasto.options.presets import preset
from impasto.pace import RECENT, Pace

WORK = Work(preset("default"), "vgg16", torch.bfloat16)


def test_the_rest_takes_what_it_costs_at_the_pace_of_what_is_done():
    pace = Pace([1, 1, 4, 4])
    assert math.isnan(pace.left(0, 4))
    pace.note(0, now=10.0)
    pace.note(2, now=13.0)
    assert pace.left(2, 4) == 12.0
    pace.rest()
    pace.note(2, now=500.0)
    assert math.isnan(pace.left(2, 4))
    pace.note(3, now=508.0)
    assert pace.left(3, 4) == 8.0


def test_what_was_long_ago_does_not_count():
    pace = Pace()
    for done in range(100):
        pace.note(done, now=0.1 * done)
    for done in range(100, 111):
        pace.note(done, now=10 + 4 * (done - 100))
    assert pace.each == 4.0
    assert RECENT < 40


def test_a_step_costs_by_its_pixels_and_its_blocks_and_the_first_of_a_stage_twice():
    size = 512, 512
    whole, strokes, small, tiny = (
        stage_cost(stage, WORK, Plan())
        for stage in (
            Stage(size, 1), Stage(size, 1, shallow=True), Stage((256, 256), 1), Stage((128, 128), 1)
        )
    )  # fmt: skip
    assert 0.5 < strokes / whole < 0.6  # measured: .56
    assert 3.8 < whole / small < 4.2  # measured: 4.0
    assert 2.8 < small / tiny < 3.2  # measured: 3.0, and 3.6 with Gram matrices
    order = Stage((256, 256), 2), Stage(size, 2, shallow=True)
    assert step_costs(order, lambda stage: len(stage.label)) == [18, 9, 36, 18]
