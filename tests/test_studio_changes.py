"""What the page asks for as options of a painting; brushes as masks."""

import numpy as np
import pytest

from impasto.errors import OptionError
from impasto.options.gatys import PaintOptions
from impasto.studio.changes import changed_options, options_of, strength_of
from impasto.studio.intake import KEEP_COLOR, STYLE_COLORS, masks_of
from impasto.studio.looks import Look
from impasto.studio.room import Limits

LIMITS = Limits(side=1024)


def test_the_preset_is_what_nothing_asked_for_means():
    assert options_of({}, 1, LIMITS) == PaintOptions()
    assert options_of({"preset": "quick", "strength": 1, "strokes": 1}, 1, LIMITS).size == 320


def test_strength_is_that_of_every_command_and_earlier_weights_are_shown_as_one():
    begun = options_of({"strength": 2}, 1, LIMITS)
    assert begun == PaintOptions(strength=2)
    assert changed_options(begun, {"strength": 1}, 1) == PaintOptions()
    order = {"preset": "default", "options": begun.to_json()}
    assert strength_of(order) == 2
    order["options"] |= {"strength": 1.0, "style_weight": 9 * PaintOptions().style_weight}
    assert strength_of(order) == pytest.approx(9 ** (1 / 3), abs=0.01)


def test_weights_are_one_a_style():
    assert options_of({"style_weights": [1, 0.5]}, 2, LIMITS).style_weights == (1.0, 0.5)
    assert options_of({"style_weights": [0.7]}, 1, LIMITS).style_weights == ()
    with pytest.raises(OptionError, match="one for each of the 2 styles"):
        options_of({"style_weights": [1]}, 2, LIMITS)
    with pytest.raises(OptionError, match="style_weights"):
        options_of({"style_weights": [0, 0]}, 2, LIMITS)


def test_a_painting_keeps_faces_unless_somebody_moved_the_slider():
    plain, half = Look({"@a": 1.0}), Look({"@a": 1.0}, faces=0.5)
    found = [options_of(asked, 1, LIMITS, look).faces for asked, look in (
        ({}, plain), ({}, half), ({"faces": 0}, plain), ({"faces": 0}, half))]  # fmt: skip
    assert found == [1, 0.5, 0, 0]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"size": 4096}, "size: expected pixels from 32 to 1024"),
        ({"size": 8}, "size"),
        ({"steps": 100000}, "steps: expected at most 2000"),
        ({"strength": 9}, "strength: expected a number from 0 to 2"),
        ({"strength": "nan"}, "strength"),
        ({"strokes": "large"}, "strokes"),
        ({"colors": "sepia"}, "keep_color"),
        ({"size": "large"}, "size: expected a whole number, got 'large'"),
        ({"style_weights": "heavy"}, "style_weights: expected a list of numbers"),
        ({"preset": "cs20"}, "preset"),
        ({"preset": "../x"}, "preset"),
    ],
)
def test_what_cannot_be_is_refused(asked, message):
    with pytest.raises(OptionError, match=message):
        options_of(asked, 1, LIMITS)


def brushed(*strokes):
    """Pixels (20, 30, 4) with rectangles of colors: (rows, columns, color)."""
    pixels = np.zeros((20, 30, 4), np.uint8)
    for rows, columns, color in strokes:
        rgb = [int(color[n : n + 2], 16) for n in (1, 3, 5)]
        pixels[rows, columns] = [*rgb, 255]
    return pixels


def test_what_is_brushed_belongs_to_one_style_and_the_rest_to_all():
    left, right = np.s_[:10], np.s_[15:]
    pixels = brushed((np.s_[:], left, STYLE_COLORS[0]), (np.s_[:], right, STYLE_COLORS[1]))
    (first, second), keep = masks_of(pixels, 2)
    assert keep is None
    assert first.pixels[:, :10].min() == 1
    assert first.pixels[:, 15:].max() == 0
    assert second.pixels[:, :10].max() == 0
    assert second.pixels[:, 10:].min() == 1
    assert first.pixels[:, 10:15].min() == 1


def test_white_stays_photograph():
    masks, keep = masks_of(brushed((np.s_[:5], np.s_[:], KEEP_COLOR)), 1)
    assert masks == []
    assert keep.pixels[:5].min() == 1
    assert keep.pixels[5:].max() == 0


def test_a_color_between_two_brushes_counts_for_the_nearer_one():
    (first, _), _ = masks_of(brushed((np.s_[:], np.s_[:10], "#e05a30")), 2)
    assert first.pixels[:, :10].min() == 1


def test_nothing_brushed_is_no_mask():
    assert masks_of(brushed(), 3) == ([], None)
    assert masks_of(brushed((0, 0, STYLE_COLORS[0])), 3) == ([], None)  # a slip of one pixel
