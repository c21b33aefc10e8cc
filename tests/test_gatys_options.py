"""Options of a painting: what they refuse, the presets, and the way through JSON."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.errors import OptionError
from impasto.options.gatys import INITS, STYLE_LAYERS, PaintOptions
from impasto.options.paint import usual_recipe
from impasto.options.presets import PRESETS, preset, with_changes

NAN, INF = float("nan"), float("inf")

INVALID = [
    ("size", -1, "a whole number of at least 0, or max"),
    ("size", NAN, "a whole number of at least 0, or max"),
    ("size", INF, "a whole number of at least 0, or max"),
    ("steps", 0, "a whole number of at least 1"),
    ("coarsest", -5, "a whole number of at least 0"),
    ("history", 0, "a whole number of at least 1"),
    ("seed", -1, "a whole number of at least 0"),
    ("style_scale", 0.0, "a number of at least 0.05"),
    ("style_scale", NAN, "a number of at least 0.05"),
    ("content_weight", -0.1, "a number of at least 0"),
    ("content_weight", INF, "a number of at least 0"),
    ("style_weight", NAN, "a number of at least 0"),
    ("total_variation_weight", -1.0, "a number of at least 0"),
    ("pixel_weight", INF, "a number of at least 0"),
    ("size", "512", "a whole number of at least 0, or max"),
    ("size", 512.5, "a whole number of at least 0, or max"),
    ("steps", None, "a whole number of at least 1"),
    ("seed", 2**63, "a whole number of at least 0"),
    ("style_weight", "ten", "a number of at least 0"),
    ("style_scale", None, "a number of at least 0.05"),
    ("noise_ratio", "much", "a number from 0 to 1"),
    ("learning_rate", "fast", "a number from 0.000001 to 1000"),
    ("crop_fit", (10.5, 10), "a width and a height of at least 1"),
    ("style_layers", "conv4_2", "at least one layer, in a tuple"),
    ("content_layers", ("conv4_2", "relu4_2"), "every layer once"),
    ("size", "large", "a whole number of at least 0, or max"),
    ("size", None, "a whole number of at least 0, or max"),
    ("style_size", -1, "a whole number of at least 0"),
    ("style_size", 64.0, "a whole number of at least 0"),
    ("tile", 64, "0, or pixels from 128"),
    ("tile", -1, "0, or pixels from 128"),
    ("tile", 256.0, "0, or pixels from 128"),
    ("tile", "256", "0, or pixels from 128"),
    ("feather", -0.5, "a number of at least 0"),
    ("feather", INF, "a number of at least 0"),
    ("color_strength", -0.01, "a number from 0 to 1"),
    ("color_strength", 1.5, "a number from 0 to 1"),
    ("color_strength", NAN, "a number from 0 to 1"),
    ("keep_color", "hue", "none or luminance or histogram or covariance"),
    ("keep_color", True, "none or luminance or histogram or covariance"),
    ("color_stage", "during", "before or after"),
    ("style_loss", "gramm", "gram or mean-variance or wasserstein or sliced or histogram"),
    ("method", "johnson", "gatys or nearest"),
    ("invert_masks", "yes", "False or True"),
    ("invert_masks", None, "False or True"),
    ("style_weights", (0.7, -0.3), "weights of 0 or more, one above 0"),
    ("style_weights", (0.0, 0.0), "weights of 0 or more, one above 0"),
    ("style_weights", (NAN,), "weights of 0 or more, one above 0"),
    ("style_weights", (1.0, INF), "weights of 0 or more, one above 0"),
    ("style_weights", ("much",), "weights of 0 or more, one above 0"),
    ("style_weights", 0.5, "weights of 0 or more, one above 0"),
    ("style_weights", None, "weights of 0 or more, one above 0"),
    ("noise_ratio", 1.01, "a number from 0 to 1"),
    ("noise_ratio", -0.01, "a number from 0 to 1"),
    ("noise_ratio", NAN, "a number from 0 to 1"),
    ("crop_fit", (0, 10), "a width and a height of at least 1"),
    ("crop_fit", (10,), "a width and a height of at least 1"),
    ("crop_fit", (1, 2, 3), "a width and a height of at least 1"),
    ("learning_rate", 0.0, "a number from 0.000001 to 1000"),
    ("learning_rate", -1.0, "a number from 0.000001 to 1000"),
    ("learning_rate", NAN, "a number from 0.000001 to 1000"),
    ("learning_rate", INF, "a number from 0.000001 to 1000"),
    ("pooling", "median", "average or max"),
    ("content_form", "sum", "relative or half-sum or quarter-mean"),
    ("style_form", "gram", "relative or paper"),
    ("style_form", "paper", "relative, or the style loss gram"),
    ("optimizer", "sgd", "lbfgs or adam"),
    ("precision", "fp16", "auto or bf16 or fp32"),
    ("content_layers", (), "at least one layer, in a tuple"),
    ("style_layers", (), "at least one layer, in a tuple"),
    ("content_layers", ("pool4",), "layers such as conv4_2 or relu4_2"),
    ("style_layers", ("conv1_1", "conv6_1"), "layers such as conv4_2 or relu4_2"),
]


@pytest.mark.parametrize(("option", "value", "expected"), INVALID)
def test_an_invalid_value_is_named_with_what_was_expected(option, value, expected):
    with pytest.raises(OptionError) as caught:
        PaintOptions(**{option: value})
    assert caught.value.option == option
    bad = value[-1] if expected.startswith("layers such as") else value
    assert str(caught.value) == f"{option}: expected {expected}, got {bad!r}"


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((1.0,), "one weight for each of the 2 style layers"),
        ((1.0, 2.0, 3.0), "one weight for each of the 2 style layers"),
        ((1.0, -1.0), "weights of 0 or more, one above 0"),
        ((0.0, 0.0), "weights of 0 or more, one above 0"),
        ((1.0, NAN), "weights of 0 or more, one above 0"),
        ((1.0, INF), "weights of 0 or more, one above 0"),
    ],
)
def test_invalid_weights_of_style_layers(weights, expected):
    with pytest.raises(OptionError) as caught:
        PaintOptions(style_layers=("conv1_1", "conv2_1"), style_layer_weights=weights)
    assert str(caught.value) == f"style_layer_weights: expected {expected}, got {weights!r}"


def test_a_painting_of_neither_content_nor_style_is_refused():
    with pytest.raises(OptionError, match="content_weight, style_weight: expected at least one"):
        PaintOptions(content_weight=0.0, style_weight=0.0)
    assert PaintOptions(content_weight=0.0).style_weight > 0


def test_options_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PaintOptions().size = 3


weights = st.floats(0, 1e6)
valid = st.fixed_dictionaries(
    {},
    optional={
        "size": st.integers(0, 10_000) | st.just("max"),
        "style_size": st.integers(0, 10_000),
        "style_weights": st.just(()) | st.tuples(st.floats(0.1, 9), st.floats(0, 9)),
        "style_loss": st.just("gram"),
        "keep_color": st.sampled_from(["none", "luminance", "histogram", "covariance"]),
        "color_stage": st.sampled_from(["before", "after"]),
        "color_strength": st.floats(0, 1),
        "invert_masks": st.booleans(),
        "feather": st.floats(0, 500),
        "tile": st.none() | st.just(0) | st.integers(128, 4096),
        "crop_fit": st.none() | st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
        "style_scale": st.floats(0.05, 20),
        "steps": st.integers(1, 10_000),
        "coarsest": st.integers(0, 2000),
        "pooling": st.sampled_from(["average", "max"]),
        "content_layers": st.sampled_from([("conv4_2",), ("relu3_1", "conv5_2")]),
        "style_layers": st.just(("conv1_1", "relu3_1")),
        "content_weight": weights.filter(bool),
        "style_weight": weights,
        "total_variation_weight": weights,
        "pixel_weight": weights,
        "content_form": st.sampled_from(["relative", "half-sum", "quarter-mean"]),
        "style_form": st.sampled_from(["relative", "paper"]),
        "init": st.sampled_from([*INITS, "Bild größer.png"]),
        "noise_ratio": st.floats(0, 1),
        "optimizer": st.sampled_from(["lbfgs", "adam"]),
        "learning_rate": st.none() | st.floats(1e-6, 100),
        "history": st.integers(1, 100),
        "seed": st.integers(0, 2**63 - 1),
    },
)


def fitting(values):
    sized = values.get("size") != "max" or not values.get("crop_fit")
    return sized and (values.get("style_form") != "paper" or "style_loss" in values)


@given(values=valid.filter(fitting))
def test_options_come_back_from_json(values):
    options = PaintOptions(**values)
    assert PaintOptions.from_json(json.loads(json.dumps(options.to_json()))) == options


def test_json_names_every_option():
    names = {each.name for each in dataclasses.fields(PaintOptions)}
    assert set(PaintOptions().to_json()) == {"version", *names}


def test_an_unknown_name_in_json_is_refused():
    with pytest.raises(OptionError, match="stepz: expected an option of impasto paint, got 3"):
        PaintOptions.from_json({"stepz": 3})


def test_invalid_values_in_json_are_refused():
    with pytest.raises(OptionError, match="steps: expected a whole number of at least 1, got 0"):
        PaintOptions.from_json({"steps": 0})


# style_transfer.py of Stanford CS20 2018, assignment 2: its constants, the image size and steps
# of its last lines, and the values its handout gives for the blanks.
CS20 = {
    "crop_fit": (333, 250),
    "content_layers": ("conv4_2",),
    "style_layers": ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
    "style_layer_weights": (0.5, 1.0, 1.5, 3.0, 4.0),
    "content_weight": 0.01,
    "style_weight": 1.0,
    "content_form": "quarter-mean",
    "style_form": "paper",
    "pooling": "average",
    "pooling_edge": "keep",
    "precision": "fp32",
    "init": "mix",
    "noise_ratio": 0.6,
    "mix_around": "black",
    "optimizer": "adam",
    "learning_rate": 2.0,
    "steps": 300,
    "coarsest": 0,
    "total_variation_weight": 0.0,
    "pixel_weight": 0.0,
}

BLOG = {**CS20, "crop_fit": (666, 500), "mix_around": "mean"}

# Gatys, Ecker and Bethge 2016, section 2 and the caption of figure 2: L-BFGS from white noise,
# average pooling, five layers of a fifth each, alpha / beta = 1e-3.
GATYS = {
    "content_layers": ("conv4_2",),
    "style_layers": ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
    "style_layer_weights": (0.2,) * 5,
    "content_form": "half-sum",
    "style_form": "paper",
    "pooling": "average",
    "pooling_edge": "keep",
    "precision": "fp32",
    "init": "noise",
    "optimizer": "lbfgs",
    "coarsest": 0,
    "total_variation_weight": 0.0,
    "pixel_weight": 0.0,
    "crop_fit": None,
}


@pytest.mark.parametrize(
    ("name", "source"),
    [("cs20", CS20), ("blog", BLOG), ("gatys", GATYS)],
)
def test_a_preset_of_a_source_has_the_settings_of_the_source(name, source):
    options = preset(name)
    assert {option: getattr(options, option) for option in source} == source


def test_gatys_weighs_content_to_style_as_1_to_1000():
    options = preset("gatys")
    assert options.content_weight / options.style_weight == pytest.approx(1e-3)


def test_the_default_preset_is_the_default_options():
    assert preset("default") == PaintOptions()


@pytest.mark.parametrize("name", PRESETS["gatys"])
def test_any_option_can_be_changed_on_top_of_a_preset(name):
    changes = {
        "size": 77,
        "crop_fit": (5, 6),
        "steps": 3,
        "coarsest": 9,
        "style_layer_weights": (1.0, 2.0, 3.0, 4.0, 5.0),
        "content_weight": 8.0,
        "optimizer": "adam",
        "init": "style",
        "history": 4,
        "precision": "bf16",
    }
    for option, value in changes.items():
        changed = preset(name, **{option: value})
        assert changed == dataclasses.replace(preset(name), **{option: value})
        assert getattr(changed, option) == value


@pytest.mark.parametrize("name", ["default", "fine", "cs20"])
def test_other_style_layers_do_not_keep_the_weights_of_a_preset(name):
    layers = ("conv1_1", "conv2_1")
    for options in (preset(name, style_layers=layers),
                    with_changes(preset(name), {"style_layers": layers})):  # fmt: skip
        assert (options.style_layers, options.style_layer_weights) == (layers, ())
    weights = (3.0, 1.0)
    changed = preset(name, style_layers=layers, style_layer_weights=weights)
    assert changed.style_layer_weights == weights
    with pytest.raises(OptionError, match="one weight for each of the 5 style layers"):
        with_changes(changed, {"style_layers": STYLE_LAYERS})


@pytest.mark.parametrize("name", ["fine", "cs20"])
def test_the_layers_of_a_preset_keep_its_weights(name):
    usual = preset(name)
    words = ["--preset", name, "--style-layers", *usual.style_layers, "--seed", "1"]
    for options in (preset(name, style_layers=STYLE_LAYERS), usual_recipe(words)):
        assert options == usual
    assert usual_recipe([*words[:-3], "--seed", "1"]).style_layer_weights == ()


@pytest.mark.parametrize(("name", "near"), [("cs-20", "cs20"), ("quik", "quick"), ("fin", "fine")])
def test_an_unknown_preset_suggests_the_nearest(name, near):
    with pytest.raises(OptionError) as caught:
        preset(name)
    known = ", ".join(PRESETS["gatys"])
    assert str(caught.value) == (
        f"preset: expected one of {known} (did you mean {near}?), got {name!r}"
    )


def test_a_preset_like_no_other_has_no_suggestion():
    with pytest.raises(OptionError, match="got 'zzz'") as caught:
        preset("zzz")
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    ("option", "near"),
    [("step", "steps"), ("style_wieght", "style_weight"), ("optimiser", "optimizer")],
)
def test_an_unknown_option_suggests_the_nearest(option, near):
    with pytest.raises(OptionError) as caught:
        preset("default", **{option: 1})
    assert str(caught.value) == f"{option}: expected an option such as {near}, got 1"


def test_an_option_like_no_other_names_them_all():
    with pytest.raises(
        OptionError, match=r"zzz: expected one of method, size, crop_fit, .*precision"
    ):
        preset("default", zzz=1)
