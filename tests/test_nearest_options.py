"""The options of painting by nearest neighbors."""

import pytest

from impasto.errors import OptionError
from impasto.options.nearest import NearestOptions

REFUSED = [
    ({"size": -1}, "size: expected a whole number of at least 0, got -1"),
    ({"size": "max"}, "size: expected a whole number of at least 0, got 'max'"),
    ({"steps": 0}, "steps: expected a whole number of at least 1, got 0"),
    ({"content_weight": 1.5}, "content_weight: expected a number from 0 to 1, got 1.5"),
    ({"content_weight": "1"}, "content_weight: expected a number from 0 to 1, got '1'"),
    ({"style_scale": 0}, "style_scale: expected a number from 0.05 to 100, got 0"),
    ({"learning_rate": float("nan")}, "learning_rate: expected a number from 0.01 to 100, got nan"),
    ({"palette_weight": -1}, "palette_weight: expected a number from 0 to 1000, got -1"),
    ({"crop_fit": (0, 5)}, "crop_fit: expected a width and a height of at least 1, got (0, 5)"),
    ({"style_weights": (0.0, 0.0)}, "style_weights: expected weights of 0 or more, one above 0"),
    ({"style_weights": ("1",)}, "style_weights: expected weights of 0 or more, one above 0"),
    ({"pooling": "none"}, "pooling: expected average or max, got 'none'"),
    ({"init": "mix"}, "init: expected recolor or content or noise or style, got 'mix'"),
    ({"rotations": 2}, "rotations: expected False or True, got 2"),
]


@pytest.mark.parametrize(("values", "words"), REFUSED)
def test_values_that_cannot_be(values, words):
    with pytest.raises(OptionError) as caught:
        NearestOptions(**values)
    assert str(caught.value).startswith(words)


def test_json_and_back():
    options = NearestOptions(crop_fit=(30, 20), style_weights=(1.0, 2.0), rotations=True)
    assert NearestOptions.from_json(options.to_json()) == options
    with pytest.raises(OptionError, match="history: expected an option of the method nearest"):
        NearestOptions.from_json({"history": 5})


DEFAULTS = {
    "method": "gatys", "size": 512, "steps": 110, "content_weight": 1.0, "style_loss": "gram",
    "init": "recolor", "optimizer": "lbfgs", "learning_rate": None, "history": 10, "tile": None,
    "keep_color": "none", "feather": 0.0, "style_weights": (), "pooling": "average",
}  # fmt: skip
"""Some options of the command, with defaults that are not those of this method."""


def of(**said):
    return NearestOptions.of({**DEFAULTS, **said}, DEFAULTS)


def test_what_was_not_said_is_this_method_s_default():
    assert of() == of(method="nearest") == NearestOptions()


def test_what_was_said_counts():
    own = of(size=300, steps=50, content_weight=0.5, learning_rate=4.0, style_weights=[0.7, 0.3])
    expected = {"size": 300, "steps": 50, "content_weight": 0.5, "learning_rate": 4.0}
    assert own == NearestOptions(**expected, style_weights=(0.7, 0.3))


def test_what_is_met_elsewhere_or_anyway_is_no_mistake():
    elsewhere = {"keep_color": "luminance", "feather": 3.0, "history": 20}
    assert of(**elsewhere, optimizer="adam", tile=0) == NearestOptions()


@pytest.mark.parametrize(
    ("name", "value"), [("style_loss", "sliced"), ("tile", 512), ("detail", 0.5)]
)
def test_what_it_has_no_use_for_is_refused(name, value):
    with pytest.raises(OptionError, match=f"{name}: expected nothing, as the method nearest has"):
        of(**{name: value})


def test_a_picture_file_as_first_image_keeps_the_photograph_s_colors():
    assert of(init="first.png").init == "content"
    with pytest.raises(OptionError, match="init: expected recolor or content or noise or style"):
        of(init="mix")
