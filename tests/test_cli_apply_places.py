"""``impasto apply``: masks, regions that stay photographic, and colors kept."""

import dataclasses
import logging

import numpy as np
import pytest
from PIL import Image

from cli_pictures import impasto, listing, pixels, write_photograph
from impasto.image import read_manifest, read_picture
from impasto.networks.model import load_model
from impasto.pixels.kept_color import LUMA
from trained_models import NETWORK, write_assets, write_model

BOTH = ("--model", NETWORK, "--style-weights", "the-scream,great-wave")
HALVES = ("--masks", "left.png", "right.png")
LEFT, RIGHT = np.s_[:, :20], np.s_[:, 28:]


@pytest.fixture(autouse=True)
def assets(tmp_path, monkeypatch):
    monkeypatch.setattr("impasto.networks.bundled.ASSETS", write_assets(tmp_path / "assets"))


@pytest.fixture
def folder(tmp_path):
    desk = tmp_path / "desk"
    write_photograph(desk / "a.png")
    left = np.zeros((36, 48), np.uint8)
    left[:, :24] = 255
    for name, levels in {"left": left, "right": 255 - left, "black": 0 * left,
                         "white": left | 255}.items():  # fmt: skip
        Image.fromarray(levels).save(desk / f"{name}.png")
    return desk


def apply(*arguments, at):
    model = () if "--model" in arguments else ("--model", "the-scream")
    return impasto("apply", "a.png", *model, "--json", "--threads", 1, *arguments, at=at)


def applied(folder, *arguments):
    outcome = apply(*arguments, "-o", "out.png", "--overwrite", at=folder)
    assert outcome.code == 0, outcome.err
    return pixels(folder / "out.png").astype(int)


def of_style(folder, name):
    return np.asarray(load_model(name, threads=1)(folder / "a.png"), int)


def test_each_style_goes_where_its_mask_is(folder):
    found = applied(folder, *BOTH, *HALVES)
    # In the order in which they are named, which is not the network's.
    np.testing.assert_allclose(found[LEFT], of_style(folder, "the-scream")[LEFT], atol=1)
    np.testing.assert_allclose(found[RIGHT], of_style(folder, "great-wave")[RIGHT], atol=1)


def test_shares_decide_where_masks_overlap(folder):
    blend = ("--model", NETWORK, "--style-weights", "the-scream:3,great-wave:1")
    found = applied(folder, *blend, "--masks", "white.png", "white.png")
    expected = 0.75 * of_style(folder, "the-scream") + 0.25 * of_style(folder, "great-wave")
    np.testing.assert_allclose(found, expected, atol=1.6)


def test_where_no_mask_is_the_photograph_stays(folder):
    found = applied(folder, "--masks", "left.png")
    np.testing.assert_allclose(found[RIGHT], pixels(folder / "a.png")[RIGHT], atol=1)
    np.testing.assert_allclose(found[LEFT], of_style(folder, "the-scream")[LEFT], atol=1)


def test_what_the_content_mask_covers_stays_photographic(folder):
    for given in (("right.png",), ("left.png", "--invert-masks")):
        found = applied(folder, "--content-mask", *given)
        np.testing.assert_allclose(found[RIGHT], pixels(folder / "a.png")[RIGHT], atol=1)
        np.testing.assert_allclose(found[LEFT], of_style(folder, "the-scream")[LEFT], atol=1)


def test_feathered_masks_pass_gently(folder):
    hard = applied(folder, "--content-mask", "left.png")
    soft = applied(folder, "--content-mask", "left.png", "--feather", 4)
    photograph, styled = pixels(folder / "a.png").astype(int), of_style(folder, "the-scream")
    middle = np.s_[:, 22:26]
    share = np.abs(soft - photograph)[middle].mean() / np.abs(styled - photograph)[middle].mean()
    assert 0.3 < share < 0.7
    assert np.abs(soft - hard)[:, :8].max() <= 2


def test_a_mask_is_brought_to_the_size_of_the_result(folder):
    write_model(folder / "x.onnx", styles=("x",))
    found = applied(folder, "--model", "x.onnx", "--masks", "left.png", "--size", 96)
    photograph = Image.open(folder / "a.png").resize((96, 72), Image.Resampling.LANCZOS)
    np.testing.assert_allclose(found[:, 60:], np.asarray(photograph)[:, 60:], atol=1)


def test_masks_from_python(folder):
    model = load_model(NETWORK, threads=1)
    left = np.asarray(Image.open(folder / "left.png"))
    found = model(folder / "a.png", style_weights="the-scream,great-wave", masks=[left, 255 - left])
    np.testing.assert_allclose(np.asarray(found, int), applied(folder, *BOTH, *HALVES), atol=1)
    kept = model(folder / "a.png", style_weights="great-wave", content_mask=left, feather=1)
    np.testing.assert_allclose(np.asarray(kept)[LEFT], pixels(folder / "a.png")[LEFT], atol=1)


def test_a_mask_of_another_shape_is_stretched_with_a_notice(folder, caplog):
    Image.open(folder / "left.png").resize((20, 20)).save(folder / "square.png")
    with caplog.at_level(logging.WARNING, "impasto"):
        found = applied(folder, "--content-mask", "square.png")
    told = "square.png: 20 x 20 differs in shape from the picture (48 x 36) and is stretched"
    assert told in caplog.messages
    np.testing.assert_allclose(found[LEFT], pixels(folder / "a.png")[LEFT], atol=8)


BAD = {
    "--masks left.png": "--masks: expected one for each of 2 styles, got 1",
    "--masks left.png right.png white.png": "--masks: expected one for each of 2 styles, got 3",
    "--masks left.png none.png": "none.png: no such file",
    "--masks left.png text.png": "text.png: is damaged or no picture that impasto reads",
    "--masks left.png black.png": "black.png: the mask is all black, so it would have no effect",
    "--content-mask white.png": "white.png: the mask is all white, so nothing would be painted",
    "--content-mask black.png --invert-masks": "black.png: the mask is all black and is inverted",
    "--masks left.png left.png --content-mask left.png": "masks: together they leave nothing",
    "--feather 3": "--feather: expected masks or content_mask with it, got 3.0",
    "--feather -1 --masks a": "--feather: expected a number of at least 0, got -1.0",
    "--masks": "--masks: expected a value (see impasto apply --help)",
    "--color-strength 2": "--color-strength: expected a number from 0 to 1, got 2.0",
    "--keep-color": "--keep-color: expected a value (see impasto apply --help)",
    "--keep-color yes": "--keep-color: expected none, luminance, histogram or covariance, got",
    "--masks left.png right.png -o left.png --overwrite": "--output: expected a file that is not",
}


def test_what_cannot_be_met_gets_one_line(folder):
    (folder / "text.png").write_text("this is no picture")
    before = listing(folder)
    for given, complaint in BAD.items():
        outcome = impasto("apply", "a.png", *BOTH, *given.split(), at=folder)
        assert outcome.complaint.startswith(complaint), given
        assert listing(folder) == before


def test_other_masks_are_another_picture(folder):
    assert apply("--content-mask", "left.png", at=folder).code == 0
    name = "a-the-scream.png"
    assert read_manifest(folder / name)["inputs"]["content_mask"]["name"] == "left.png"
    assert apply("--content-mask", "left.png", at=folder).results[0]["status"] == "skipped"
    assert "other values of content mask:" in apply("--content-mask", "right.png", at=folder).err
    assert "other values of content mask:" in apply(at=folder).err


def test_results_of_the_first_version_are_known(folder):
    assert apply("--keep-color", "luminance", at=folder).code == 0
    path = folder / "a-the-scream.png"
    before = read_picture(path)
    options = dict(before.manifest["options"], keep_color=True)
    for name in ("version", "color_strength", "invert_masks", "feather"):
        del options[name]
    dataclasses.replace(before, manifest={**before.manifest, "options": options}).save(path)
    again = apply("--keep-color", "luminance", at=folder)
    assert again.results[0]["status"] == "skipped"
    assert "other values of keep_color" in apply(at=folder).err


@pytest.mark.parametrize("how", ["luminance", "histogram", "covariance"])
def test_colors_are_kept(folder, how):
    rows, columns = np.mgrid[:36, :48]
    light = 90 + 70 * np.sin(rows / 5) * np.cos(columns / 7)
    Image.fromarray((light[..., None] * [1.0, 0.5, 0.3]).astype(np.uint8)).save(folder / "a.png")
    found = applied(folder, "--keep-color", how)
    assert (found[..., 0] > found[..., 2]).mean() > 0.95
    half = applied(folder, "--keep-color", how, "--color-strength", 0.5)
    plain = applied(folder)
    assert np.abs(half - (found + plain) / 2).mean() < 12
    if how == "luminance":
        np.testing.assert_allclose(found @ LUMA, plain @ LUMA, atol=2)


def test_a_gray_photograph_stays_gray(folder):
    write_photograph(folder / "a.png", mode="L")
    for how in ("luminance", "histogram", "covariance"):
        assert np.ptp(applied(folder, "--keep-color", how), axis=2).max() <= 3, how
