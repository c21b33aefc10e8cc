"""What ``--vary`` says, read by the types of the options and checked by the options themselves."""

import dataclasses

import pytest

from impasto.errors import ImpastoError, OptionError
from impasto.options.gatys import PaintOptions
from impasto.options.presets import OPTIONS
from impasto.source import Inputs
from impasto.study.grid import (
    Axis,
    Study,
    Variant,
    axis_of,
    changed,
    folder_name,
    value_of,
    value_text,
)


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        ("content_weight", "5", 5.0),
        ("content_weight", "1e-3", 0.001),
        ("steps", "7", 7),
        ("size", "64", 64),
        ("size", "max", "max"),
        ("content_layers", "conv2_2", ("conv2_2",)),
        ("style_layers", "conv1_1+conv2_1", ("conv1_1", "conv2_1")),
        ("style_layer_weights", "0.5+2", (0.5, 2.0)),
        ("style_layer_weights", "none", ()),
        ("crop_fit", "40+30", (40, 30)),
        ("crop_fit", "none", None),
        ("learning_rate", "none", None),
        ("learning_rate", "0.5", 0.5),
        ("tile", "256", 256),
        ("invert_masks", "true", True),
        ("pooling", "max", "max"),
        ("init", "photos/lake.jpg", "photos/lake.jpg"),
    ],
)
def test_texts_become_what_the_option_takes(option, text, value):
    found = value_of(option, text)
    assert found == value
    assert type(found) is type(value)


def test_every_default_is_read_back_from_its_text():
    for field in dataclasses.fields(PaintOptions):
        assert value_of(field.name, value_text(field.default)) == field.default, field.name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("content_weight=5,much", "content_weight: expected a number of at least 0, got 'much'"),
        ("content_weight=-1,5", "content_weight: expected a number of at least 0, got -1.0"),
        ("steps=2.5", "steps: expected a whole number of at least 1, got '2.5'"),
        ("pooling=middle", "pooling: expected average or max, got 'middle'"),
        ("content_layers=conv9_9", "content_layers: expected layers such as conv4_2 or relu4_2"),
        ("style_layers=conv1_1+conv1_1", "style_layers: expected every layer once"),
        ("crop_fit=40", "crop_fit: expected a width and a height of at least 1, got (40,)"),
        ("crop_fit=a+b", "crop_fit: expected a width and a height"),
        ("style_layer_weights=a+b", "style_layer_weights: expected"),
        ("size=max", "size: expected pixels in a study"),
        ("content_weight=nan", "content_weight: expected a number of at least 0, got nan"),
    ],
)
def test_values_are_checked_by_the_options(text, told):
    with pytest.raises(OptionError) as caught:
        study([axis_of(text)])
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("contnt_weight=5", "did you mean content_weight?"),
        ("xyz=5", "(an option of paint), got 'xyz=5'"),
        ("content_weight", "expected NAME=VALUE,VALUE"),
        ("content_weight=", "expected NAME=VALUE,VALUE"),
        ("content_weight=5,,6", "expected NAME=VALUE,VALUE"),
        ("", "expected NAME=VALUE,VALUE"),
    ],
)
def test_what_is_no_option_is_told_with_the_nearest(text, told):
    with pytest.raises(OptionError, match=r"^vary: ") as caught:
        axis_of(text)
    assert told in str(caught.value)


def test_dashes_are_as_good_as_underscores():
    assert axis_of("--content-weight=5, 6") == axis_of("content_weight=5,6")


def study(axes, **options):
    from pathlib import Path

    inputs = Inputs((Path("s.png"),))
    return Study("", Path("a.png"), inputs, PaintOptions(**options), tuple(axes))


def test_the_first_axis_changes_slowest_and_names_say_what_varies():
    cells = study(
        [axis_of("content_weight=5,0.5"), axis_of("content_layers=conv2_2,conv4_2")]
    ).cells
    assert [each.name for each in cells] == [
        "content_weight=5,content_layers=conv2_2",
        "content_weight=5,content_layers=conv4_2",
        "content_weight=0.5,content_layers=conv2_2",
        "content_weight=0.5,content_layers=conv4_2",
    ]
    assert [(each.options.content_weight, each.options.content_layers) for each in cells] == [
        (5.0, ("conv2_2",)),
        (5.0, ("conv4_2",)),
        (0.5, ("conv2_2",)),
        (0.5, ("conv4_2",)),
    ]


def test_what_is_shared_stays_and_three_axes_multiply():
    texts = ("steps=3,4", "seed=1,2", "pooling=average,max")
    cells = study(map(axis_of, texts), size=40).cells
    assert len({each.name for each in cells}) == len(cells) == 8
    assert {each.options.size for each in cells} == {40}


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([], "nothing to vary"),
        (["seed=1", "seed=2"], "vary: expected all values of seed in one place"),
        (["content_weight=5,5.0"], "vary: expected different values of content_weight"),
    ],
)
def test_nothing_or_the_same_twice_is_refused(texts, told):
    with pytest.raises(ImpastoError) as caught:
        study([axis_of(each) for each in texts])
    assert str(caught.value).startswith(told)


def test_combinations_that_cannot_be_are_refused_before_anything_is_painted():
    axes = [axis_of("style_layers=conv1_1,conv1_1+conv2_1"), axis_of("style_layer_weights=1+2")]
    with pytest.raises(OptionError, match=r"^style_layer_weights"):
        study(axes)


def named(*labels):
    return folder_name(["init"] * len(labels), [Variant(each, {}) for each in labels])


def test_folders_have_names_that_every_file_system_takes():
    assert named("noise") == "init=noise"
    paths = [named("a/b.png"), named("a-b.png"), named("a?b.png"), named("ä.png"), named("ö.png")]
    assert len(set(paths)) == 5
    for each in paths:
        assert not set(each) & set('/\\:*?"<>| '), each
    long = named("conv1_1+" * 60)
    assert len(long) < 160
    assert long != named("conv1_1+" * 61)


def test_axes_know_their_options():
    two = Axis("a_b", (Variant("x", {"seed": 1}), Variant("y", {"seed": 2, "steps": 3})))
    assert two.options == ("seed", "steps")
    assert two.title == "a b"
    assert changed(PaintOptions(), [two.variants[1]]).steps == 3


def test_all_kinds_of_options_are_known():
    # A type that values.py does not know would be called with a text and fail in its own way.
    for options in OPTIONS.values():
        for field in dataclasses.fields(options):
            assert isinstance(value_of(field.name, "no such value"), (str, tuple)), field.name
