"""Painting pictures with ``impasto.paint``: what the result carries, and that it is right."""

import hashlib
import itertools
import json

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from PIL import Image

import impasto
from conftest import photograph_pixels, style_pixels
from impasto.errors import MemoryEstimateError, OptionError, PictureError, RunError
from impasto.files import sha256
from impasto.photograph import Painter
from impasto.recipe import read_recipe
from impasto.samples import sample
from impasto.source import Inputs, open_source
from painting_parts import SHALLOW

FAST = {**SHALLOW, "size": 48, "steps": 3, "coarsest": 24}

MAKE, COPYRIGHT = 0x010F, 0x8298

NOT_MOVED = Inputs(())


def saved(path, pixels, mode="RGB", **keep):
    Image.fromarray(np.rint(pixels * 255).astype(np.uint8)).convert(mode).save(path, **keep)
    return path


@pytest.fixture
def photo(tmp_path):
    return saved(tmp_path / "photo.png", photograph_pixels(60, 80))


@pytest.fixture
def painting_of_style(tmp_path):
    return saved(tmp_path / "style.png", style_pixels(50, 40))


def test_a_painting_has_the_size_and_its_steps(photo, painting_of_style):
    steps = []
    picture = impasto.paint(photo, painting_of_style, on_step=steps.append, **FAST)
    assert (picture.width, picture.height) == (48, 36)
    assert [step.number for step in steps] == [1, 2, 3]
    assert picture.pixels.min() >= 0
    assert picture.pixels.max() <= 1


def test_files_arrays_and_pictures_paint_the_same(photo, painting_of_style):
    ways = [
        (photo, painting_of_style),
        (str(photo), str(painting_of_style)),
        (Image.open(photo), Image.open(painting_of_style)),
        (np.asarray(Image.open(photo)), np.asarray(Image.open(painting_of_style))),
        (impasto.read_picture(photo), impasto.read_picture(painting_of_style)),
    ]
    first, *others = (impasto.paint(*way, **FAST).pixels for way in ways)
    for pixels in others:
        np.testing.assert_array_equal(pixels, first)


def test_options_go_on_top_of_a_preset(photo, painting_of_style):
    picture = impasto.paint(
        photo,
        painting_of_style,
        preset="cs20",
        **{**FAST, "crop_fit": (40, 30)},
        style_layer_weights=(1.0, 2.0),
    )
    assert (picture.width, picture.height) == (40, 30)
    assert picture.manifest["options"]["init"] == "mix"
    assert picture.manifest["options"]["steps"] == 3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"stepz": 3}, "stepz: expected an option such as steps"),
        ({"preset": "quik"}, "did you mean quick"),
        ({"device": "abacus"}, "device: expected auto or a device of this machine .*got 'abacus'"),
        ({"device": "meta"}, "device: expected auto or a device of this machine .*got 'meta'"),
        ({"network": "resnet"}, "network: expected auto, vgg16, vgg19 or the path of"),
        (
            {"style_layers": ("conv1_1", "conv4_4")},
            r"style_layers: expected layers of vgg16 .*; conv4_4 is in VGG-19, .*, got 'conv4_4'",
        ),
    ],
)
def test_what_cannot_be_met_is_named(photo, painting_of_style, wrong, message):
    with pytest.raises(OptionError, match=message):
        impasto.paint(photo, painting_of_style, **{**FAST, **wrong})


def test_a_first_image_that_is_no_file_is_named(photo, painting_of_style):
    with pytest.raises(PictureError, match=r"recolour"):
        impasto.paint(photo, painting_of_style, **{**FAST, "init": "recolour"})


def test_the_first_image_may_be_a_file_of_any_size(tmp_path, photo, painting_of_style):
    first = saved(tmp_path / "first.png", photograph_pixels(90, 120)[:, ::-1])
    options = {**FAST, "init": str(first), "coarsest": 0}
    begun = Painter(open_source(painting_of_style), impasto.PaintOptions(**options))
    begun = begun.begin(begun.settle(open_source(photo)))
    mirrored = Image.open(photo).transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((48, 36))
    expected = np.asarray(mirrored).transpose(2, 0, 1) / 255
    assert np.abs(begun.image[0].numpy() - expected).mean() < 0.02


def test_alpha_and_exif_of_a_cut_out_are_kept(tmp_path, painting_of_style):
    alpha = np.zeros((60, 80, 1), np.float32)
    alpha[10:50, 20:60] = 1
    exif = Image.Exif()
    exif[MAKE], exif[COPYRIGHT] = "Camera works", "Jo Painter"
    pixels = np.concatenate([photograph_pixels(60, 80), alpha], axis=2)
    photo = saved(tmp_path / "cut.png", pixels, "RGBA", exif=exif)
    impasto.paint(photo, painting_of_style, **{**FAST, "size": 80}).save(tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as written:
        assert written.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(written)[..., 3:], alpha * 255)
        assert written.getexif()[MAKE] == "Camera works"
        assert written.getexif()[COPYRIGHT] == "Jo Painter"


def test_alpha_follows_a_crop(tmp_path, painting_of_style):
    alpha = np.zeros((20, 60, 1), np.float32)
    alpha[:, 20:40] = 1  # the middle, which is all that the crop leaves
    pixels = np.concatenate([photograph_pixels(20, 60), alpha], axis=2)
    photo = saved(tmp_path / "cut.png", pixels, "RGBA")
    picture = impasto.paint(photo, painting_of_style, **FAST, crop_fit=(16, 16))
    np.testing.assert_allclose(picture.alpha, np.ones((16, 16)), atol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (4, 200), (1, 1)])
def test_small_and_narrow_photographs(height, width):
    picture = impasto.paint(
        photograph_pixels(height, width), style_pixels(20, 20), **{**FAST, "size": 0}
    )
    assert picture.pixels.shape == (height, width, 3)
    assert np.isfinite(list(picture.manifest["scores"].values())).all()


def test_a_grey_photograph_is_painted(tmp_path, painting_of_style):
    photo = saved(tmp_path / "grey.png", photograph_pixels(60, 80), "L")
    picture = impasto.paint(photo, painting_of_style, **FAST, init="recolor")
    assert np.ptp(picture.pixels, axis=2).max() > 0.05


def test_too_large_a_painting_is_refused_before_it_begins(photo, painting_of_style, monkeypatch):
    place = "impasto.photograph.settled.free_memory"
    monkeypatch.setattr(place, lambda device: 2_000_000_000)
    with pytest.raises(MemoryEstimateError, match=r"8000 x 6000 .* --size \d+ would fit"):
        impasto.paint(photo, painting_of_style, **{**FAST, "size": 8000})


def test_a_manifest_says_how_the_picture_was_made(photo, painting_of_style):
    picture = impasto.paint(photo, painting_of_style, **FAST, seed=7)
    manifest = json.loads(json.dumps(picture.manifest))
    assert manifest["impasto"] == impasto.__version__
    assert manifest["command"] == "paint"
    options = impasto.PaintOptions(**FAST, seed=7, tile=0)  # as there is memory for it
    assert impasto.PaintOptions.from_json(manifest["options"]) == options
    assert manifest["inputs"] == {
        "content": {
            "name": "photo.png",
            "path": "",  # the picture may travel
            "sha256": hashlib.sha256(photo.read_bytes()).hexdigest(),
            "size": [80, 60],
        },
        "style": {
            "name": "style.png",
            "path": "",
            "sha256": hashlib.sha256(painting_of_style.read_bytes()).hexdigest(),
            "size": [40, 50],
        },
    }
    assert manifest["network"]["network"] == "vgg16"
    assert manifest["precision"] == "float32"
    assert manifest["device"] == "cpu"
    assert manifest["result"] == {"size": [48, 36], "steps_done": 3}
    assert manifest["losses"].keys() >= {"total", "content", "style", "style/relu1_1"}
    assert manifest["timings"]["optimisation_s"] >= manifest["timings"]["median_step_s"] > 0
    assert manifest["made_with"]["torch"] == torch.__version__
    assert manifest["made_with"]["numpy"] == np.__version__


def test_a_manifest_holds_the_hash_of_the_weights(photo, painting_of_style):
    from impasto.weights import resolve

    manifest = impasto.paint(photo, painting_of_style, **FAST).manifest
    assert manifest["network"]["sha256"] == sha256(resolve("vgg16").path)


def test_a_manifest_holds_the_scores_of_the_picture(photo, painting_of_style):
    picture = impasto.paint(photo, painting_of_style, **{**FAST, "size": 80})
    scores = impasto.score(photo, painting_of_style, picture)
    assert picture.manifest["scores"] == {
        "style_distance": pytest.approx(scores.style_distance, rel=0.05),
        "content_distance": pytest.approx(scores.content_distance, rel=0.05),
    }


def painted_again(recipe):
    painter = Painter(recipe.inputs.mapped(open_source), recipe.options, recipe.weights)
    return (
        painter.begin(painter.settle(open_source(recipe.content))).run()[0].permute(1, 2, 0).numpy()
    )


@pytest.mark.parametrize("init", ["mix", "recolor", "file"])
@pytest.mark.parametrize("way", ["json", "png"])
def test_a_manifest_makes_the_same_pixels_again(tmp_path, photo, painting_of_style, way, init):
    if init == "file":
        init = str(saved(tmp_path / "first.png", style_pixels(30, 30)))
    picture = impasto.paint(photo, painting_of_style, **FAST, init=init, seed=5)
    path = tmp_path / f"out.{way}"
    if way == "png":
        picture.save(path)
    else:
        path.write_text(json.dumps(picture.manifest), encoding="utf-8")
    recipe = read_recipe(path, None, NOT_MOVED)
    np.testing.assert_array_equal(painted_again(recipe), picture.pixels)


def test_inputs_are_found_where_they_are_now(tmp_path, photo, painting_of_style):
    picture = impasto.paint(photo, painting_of_style, **FAST)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    moved = photo.rename(folder / "renamed.png")
    painting_of_style.rename(folder / "style.png")
    picture.save(folder / "out.png")
    with pytest.raises(PictureError, match=r"photo\.png: the content picture was not found: give"):
        read_recipe(folder / "out.png", None, NOT_MOVED)
    recipe = read_recipe(folder / "out.png", moved, NOT_MOVED)
    assert (recipe.content, *recipe.inputs.styles) == (moved, folder / "style.png")


@pytest.mark.parametrize("role", ["content", "style"])
def test_a_changed_input_is_refused(tmp_path, photo, painting_of_style, role):
    impasto.paint(photo, painting_of_style, **FAST).save(tmp_path / "out.png")
    changed = {"content": photo, "style": painting_of_style}[role]
    saved(changed, np.zeros((20, 20, 3)))
    with pytest.raises(PictureError, match=f"not the {role} picture it was made with"):
        read_recipe(tmp_path / "out.png", None, NOT_MOVED)


def test_the_precision_that_was_used_is_used_again(tmp_path, photo, painting_of_style):
    options = {**FAST, "precision": "auto"}
    impasto.paint(photo, painting_of_style, **options).save(tmp_path / "out.png")
    assert read_recipe(tmp_path / "out.png", None, NOT_MOVED).options.precision in ("bf16", "fp32")


def test_a_picture_without_a_manifest_is_refused(photo):
    with pytest.raises(RunError, match=r"photo\.png: has no manifest of a painting"):
        read_recipe(photo, None, NOT_MOVED)


@pytest.mark.slow
def test_bfloat16_and_float32_paint_the_same_look():
    # The median of some, as any other rounding leads a single painting elsewhere.
    options = {"network": "vgg16", "size": 96, "steps": 16, "coarsest": 64, "init": "recolor"}
    ratios = []
    for content, style in itertools.product(("cat", "coffee"), ("mosaic", "night-swirl")):
        paths = sample("content", content).path, sample("style", style).path
        exact, half = (
            impasto.paint(*paths, **options, precision=each).manifest["scores"]
            for each in ("fp32", "bf16")
        )
        ratios.append([half[name] / value for name, value in exact.items()])
    assert_allclose(np.median(ratios, axis=0), 1, atol=0.1)
