"""The options of painting by nearest neighbors."""

import pytest

import impasto
from impasto.errors import OptionError
from impasto.options.gatys import PaintOptions
from impasto.options.nearest import NearestOptions
from impasto.options.presets import PRESETS, preset, with_changes

REFUSED = [
    ({"size": -1}, "size: expected a whole number of at least 0, or max, got -1"),
    (
        {"size": "max"},
        "size: expected a number of pixels, as the method nearest does not plan its memory, got",
    ),
    ({"steps": 0}, "steps: expected a whole number of at least 1, got 0"),
    ({"content_weight": 1.5}, "content_weight: expected a number from 0 to 1, got 1.5"),
    ({"content_weight": "1"}, "content_weight: expected a number from 0 to 1, got '1'"),
    ({"style_scale": 0}, "style_scale: expected a number of at least 0.05, got 0"),
    ({"learning_rate": float("nan")}, "learning_rate: expected a number from 0.01 to 100, got nan"),
    ({"palette_weight": -1}, "palette_weight: expected a number from 0 to 1000, got -1"),
    ({"crop_fit": (0, 5)}, "crop_fit: expected a width and a height of at least 1, got (0, 5)"),
    ({"style_weights": (0.0, 0.0)}, "style_weights: expected weights of 0 or more, one above 0"),
    ({"style_weights": ("1",)}, "style_weights: expected weights of 0 or more, one above 0"),
    ({"pooling": "none"}, "pooling: expected average or max, got 'none'"),
    ({"init": "mix"}, "init: expected recolor, content, noise, style or a picture file, got 'mix'"),
    ({"tile": 512}, "tile: expected nothing or 0, as the method nearest paints in one piece"),
    ({"method": "gatys"}, "method: expected nearest, as these are its options, got 'gatys'"),
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
    assert PaintOptions.from_json(options.to_json()) == options
    with pytest.raises(OptionError, match="history: expected an option of the method nearest"):
        NearestOptions.from_json({"version": 2, "history": 5})


def test_the_public_options_are_those_of_the_method():
    options = impasto.PaintOptions(method="nearest", content_weight=1, rotations=True)
    assert options == NearestOptions(content_weight=1, rotations=True)
    assert isinstance(impasto.PaintOptions(method="gatys"), impasto.PaintOptions)
    with pytest.raises(TypeError, match="history"):
        impasto.PaintOptions(method="nearest", history=5)


@pytest.mark.parametrize(
    ("name", "value"), [("content_weight", 1.0), ("pooling", "average"), ("steps", 110),
                        ("coarsest", 128), ("rotations", True), ("palette_weight", 1.0)]
)  # fmt: skip
def test_a_value_counts_though_it_is_the_default_of_another_method(name, value):
    assert getattr(preset("default", method="nearest", **{name: value}), name) == value
    usual = preset("default", method="nearest")
    assert getattr(with_changes(usual, {name: value}), name) == value


@pytest.mark.parametrize("name", PRESETS["nearest"])
def test_presets_of_nearest(name):
    assert preset(name, method="nearest") == NearestOptions(**PRESETS["nearest"][name])
    assert list(PRESETS["nearest"]) == ["quick", "default", "fine"]


@pytest.mark.parametrize("name", ["cs20", "blog", "gatys"])
def test_presets_of_the_sources_are_of_gatys_alone(name):
    with pytest.raises(OptionError) as caught:
        preset(name, method="nearest")
    assert str(caught.value) == (
        f"preset: expected one of quick, default, fine with the method nearest, got {name!r}"
    )


def test_what_it_has_no_use_for_is_refused():
    with pytest.raises(OptionError, match="style_loss: expected nothing, as the method nearest"):
        preset("default", method="nearest", style_loss="sliced")
    with pytest.raises(OptionError, match="rotations: expected nothing, as the method gatys has"):
        preset("default", rotations=True)
    with pytest.raises(OptionError, match="method: expected gatys or nearest, got 'johnson'"):
        preset("default", method="johnson")


def test_another_method_begins_from_its_own_defaults():
    fine = preset("fine", content_weight=0.5)
    assert with_changes(fine, {"method": "nearest", "rotations": True}) == NearestOptions(
        size=768, steps=340, content_weight=0.5, rotations=True
    )
    assert with_changes(NearestOptions(), {"method": "gatys"}) == PaintOptions()
    with pytest.raises(OptionError, match="detail: expected nothing, as the method nearest has"):
        with_changes(preset("default", detail=0.5), {"method": "nearest"})
