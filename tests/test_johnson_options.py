"""Options of a style network: what they refuse, and the way through JSON."""

import dataclasses
import json

import pytest
import torch

from impasto.errors import OptionError
from impasto.nn.losses import total_variation_loss
from impasto.options.johnson import (
    PAPER,
    PAPER_TRAINING,
    PRESETS,
    SCRATCH,
    TRAINING,
    JohnsonOptions,
)
from impasto.options.train import JohnsonArguments, usual_training
from impasto.options.training import TrainOptions
from impasto.options.values import filled

NAN, INF = float("nan"), float("inf")

INVALID = [
    ("width", 0, "a whole number of at least 1"),
    ("width", 16.5, "a whole number of at least 1"),
    ("width", "16", "a whole number of at least 1"),
    ("width", None, "a whole number of at least 1"),
    ("width", 2**31, "a whole number of at least 1"),
    ("blocks", -1, "a whole number of at least 0"),
    ("style_size", 31, "a whole number of at least 32"),
    ("style_size", NAN, "a whole number of at least 32"),
    ("grain", -0.01, "a number from 0 to 1"),
    ("grain", 1.5, "a number from 0 to 1"),
    ("grain", NAN, "a number from 0 to 1"),
    ("grain", "some", "a number from 0 to 1"),
    ("layout", "quarter", "half or paper or ghiasi"),
    ("pooling", "median", "average or max"),
    ("form", "gram", "relative or paper"),
    ("content_weight", -0.1, "a number of at least 0"),
    ("style_weight", NAN, "a number of at least 0"),
    ("style_weight", "ten", "a number of at least 0"),
    ("total_variation_weight", INF, "a number of at least 0"),
    ("pixel_weight", None, "a number of at least 0"),
    ("tone_weight", -1, "a number of at least 0"),
    ("light_weight", -1, "a number of at least 0"),
    ("structure_weight", -1, "a number of at least 0"),
    ("grid_weight", -1, "a number of at least 0"),
    ("shift_weight", NAN, "a number of at least 0"),
    ("code_weight", -1, "a number of at least 0"),
    ("content_layers", (), "at least one layer, in a tuple"),
    ("content_layers", "relu3_3", "at least one layer, in a tuple"),
    ("style_layers", (), "at least one layer, in a tuple"),
    ("style_layers", ("relu1_2", "pool4"), "layers such as conv4_2 or relu4_2"),
    ("style_layers", (12,), "layers such as conv4_2 or relu4_2"),
    ("style_layers", ("relu1_2", "conv1_2"), "every layer once"),
    ("style_layer_weights", (1.0, 2.0), "one weight for each of the 4 style layers"),
    ("style_layer_weights", (1, 1, 1, -1), "weights of 0 or more, one above 0"),
    ("style_layer_weights", (0, 0, 0, 0), "weights of 0 or more, one above 0"),
    ("style_layer_weights", (1, 1, NAN, 1), "weights of 0 or more, one above 0"),
    ("style_layer_weights", (1, 1, INF, 1), "weights of 0 or more, one above 0"),
]


@pytest.mark.parametrize(("name", "value", "expected"), INVALID)
def test_a_value_an_option_cannot_have(name, value, expected):
    with pytest.raises(OptionError) as caught:
        dataclasses.replace(SCRATCH, **{name: value})
    assert str(caught.value).startswith(f"{name}: expected {expected}, got ")
    assert "\n" not in str(caught.value)
    assert caught.value.option == name


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"layout": "half", "pretrained": False, "middle": 40},
            "middle: expected 0 with layout half (see --preset scratch), got 40",
        ),
        ({"kernel": 4}, "kernel: expected 1, 3, 5, 7 or 9, got 4"),
        (
            {"width": 16},
            "pretrained: expected layout ghiasi, width 8, 5 blocks and a middle of 32 or more; a"
            " network of another shape starts from random weights (--no-pretrained), got ('ghiasi',"
            " 16, 5, 0)",
        ),
    ],
)
def test_shapes_that_do_not_go(values, expected):
    with pytest.raises(OptionError) as caught:
        JohnsonOptions(**values)
    assert str(caught.value) == expected


def test_a_network_that_nothing_is_asked_of():
    with pytest.raises(OptionError, match="content_weight, style_weight: expected at least one"):
        JohnsonOptions(content_weight=0, style_weight=0.0)
    assert JohnsonOptions(content_weight=0).style_weight > 0


CHANGED = {
    "width": 32, "blocks": 3, "layout": "paper", "identity": False, "grain": 0.1,
    "network": "vgg19", "pooling": "max", "content_layers": ("relu2_2", "conv4_2"),
    "style_layers": ("relu1_1",), "style_layer_weights": (2.0,), "content_weight": 0.5,
    "style_weight": 3.0,
    "total_variation_weight": 0.25, "pixel_weight": 0.125, "form": "paper", "style_size": 256,
    "recolor": True, "tone_weight": 7.0, "light_weight": 3.0, "structure_weight": 2.0,
    "grid_weight": 9.0, "shift_weight": 0.5, "code_weight": 0.7,
    "zoom": (1.5, 2.0), "flip": False,
    "pretrained": False,
}  # fmt: skip

SHAPE = {"middle": 40, "coarse": 96, "kernel": 5}
"""What the layout of CHANGED cannot have."""


def test_every_option_goes_through_json():
    names = {each.name for each in dataclasses.fields(JohnsonOptions)}
    assert {*CHANGED, *SHAPE} == names
    options, shaped, default = JohnsonOptions(**CHANGED), JohnsonOptions(**SHAPE), JohnsonOptions()
    assert all(getattr(options, name) != getattr(default, name) for name in CHANGED)
    assert all(getattr(shaped, name) != getattr(default, name) for name in SHAPE)
    for each in (options, shaped, default, SCRATCH):
        assert JohnsonOptions.from_json(json.loads(json.dumps(each.to_json()))) == each


def test_what_json_holds_is_checked():
    with pytest.raises(OptionError, match="widht: expected an option of impasto train johnson"):
        JohnsonOptions.from_json({"widht": 16})
    with pytest.raises(OptionError, match="width: expected a whole number"):
        JohnsonOptions.from_json({"width": 0})
    assert JohnsonOptions.from_json({"width": 8}) == dataclasses.replace(SCRATCH, width=8), (
        "of version 1"
    )


def test_the_training_is_that_of_this_method_where_nothing_is_said():
    # Documented: the schedule falls to nearly 0 and the average is what is exported.
    assert (TRAINING.schedule, TRAINING.ema > 0.9) == ("cosine", True)
    assert TrainOptions(
        steps=1200, size=192, batch=4, learning_rate=1e-3, schedule="cosine", warmup=50, clip=5.0,
        ema=TRAINING.ema,
    ) == TRAINING  # fmt: skip


# Johnson, Alahi and Fei-Fei 2016, section 4.1 and the supplement. The paper has no weights, so they
# are those of train.lua, with the means over Gram matrices of StyleLoss.lua.
PAPER_NETWORK = {
    "width": 32, "blocks": 5, "layout": "paper", "identity": False, "grain": 0.0,
    "network": "vgg16", "pooling": "max", "content_layers": ("relu3_3",),
    "style_layers": ("relu1_2", "relu2_2", "relu3_3", "relu4_3"),
    "style_layer_weights": (1 / 64**2, 1 / 128**2, 1 / 256**2, 1 / 512**2),
    "content_weight": 1.0, "style_weight": 5.0, "pixel_weight": 0.0, "recolor": False,
    "tone_weight": 0.0, "light_weight": 0.0, "structure_weight": 0.0,
    "grid_weight": 0.0, "shift_weight": 0.0, "code_weight": 0.0,
    "form": "paper", "style_size": 256,
    "zoom": (1.0, 1.0), "flip": False, "pretrained": False, "middle": 0, "coarse": 0,
    "kernel": 9,
}  # fmt: skip


def test_the_preset_paper_is_the_paper():
    chosen = usual_training({"preset": "paper"})
    recipe, training = chosen["recipe"], chosen["training"]
    assert {name: getattr(recipe, name) for name in PAPER_NETWORK} == PAPER_NETWORK
    assert set(PAPER_NETWORK) == set(vars(recipe)) - {"total_variation_weight"}
    assert training == TrainOptions(
        epochs=2, batch=4, size=256, learning_rate=1e-3, beta2=0.999, precision="fp32"
    )
    assert (training.schedule, training.warmup, training.clip, training.ema) == (
        "constant",
        0,
        0,
        0,
    )
    # 82,783 pictures of COCO: the paper's 40,000 steps are "roughly two epochs".
    assert training.total_steps(82_783) == pytest.approx(40_000, rel=0.05)


def test_its_total_variation_is_a_millionth_of_the_sum_over_levels_of_255():
    image = torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(1))
    levels = 255 * image.double()
    total = levels.diff(dim=-1).square().sum() + levels.diff(dim=-2).square().sum()
    weight = usual_training({"preset": "paper"})["recipe"].total_variation_weight
    found = weight * float(total_variation_loss(image))
    assert found == pytest.approx(1e-6 * float(total), rel=0.005), "but for the border"


def test_what_is_given_wins_over_a_preset():
    given = {"preset": "paper", "style": ["a.png"], "data": "d", "run_dir": "r", "width": 8}
    arguments = filled(JohnsonArguments, given, usual_training(given))
    assert arguments.recipe == dataclasses.replace(PAPER, width=8)
    assert arguments.training == PAPER_TRAINING
    assert usual_training({"preset": "paper", "steps": "3"})["training"].epochs is None
    assert usual_training({}) == {"recipe": JohnsonOptions(), "training": TRAINING}
    with pytest.raises(
        OptionError, match="preset: expected default or scratch or paper, got 'cs20'"
    ):
        usual_training({"preset": "cs20"})


@pytest.mark.parametrize("words", [["--style-layers", "relu1_1"], ["--style-layers=relu1_1"]])
@pytest.mark.parametrize("preset", ["default", "paper"])
def test_a_preset_weighs_its_own_style_layers_alone(words, preset):
    usual = JohnsonArguments.usual([*words, "--preset", preset, "--data", "d"])["recipe"]
    assert dataclasses.replace(usual, style_layers=("relu1_1",)).style_layer_weights == ()
    own = PRESETS[preset][0]
    same = JohnsonArguments.usual(["--preset", preset, "--style-layers", *own.style_layers])
    assert same["recipe"] == own
