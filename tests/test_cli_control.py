"""``impasto paint``: several styles, masks, colors kept, and how large."""

import dataclasses
import json
import logging
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

import impasto as library
from cli_pictures import EXACT, desk, impasto, listing, paint, pixels, write_photograph, write_style
from impasto.files import sha256
from impasto.image import read_manifest
from impasto.methods.gatys.footprint import Work, tiled_bytes, whole_bytes

WIDE, HIGH = 48, 36


def save(path, levels, mode=None):
    Image.fromarray(np.asarray(levels, np.uint8), mode).save(path)
    return path


def tinted(path, color):
    """A style of one hue: stripes from dark to light."""
    rows, columns = np.mgrid[:40, :40]
    light = np.array([60, 140, 230])[(rows + 2 * columns) // 5 % 3]
    return save(path, light[..., None] * np.array(color))


@pytest.fixture
def folder(tmp_path):
    """A photograph, a red and a blue style, and masks of its left and its right half."""
    folder = desk(tmp_path)
    tinted(folder / "red.png", (1.0, 0.35, 0.3))
    tinted(folder / "blue.png", (0.3, 0.35, 1.0))
    left = np.zeros((HIGH, WIDE))
    left[:, : WIDE // 2] = 255
    save(folder / "left.png", left)
    save(folder / "right.png", 255 - left)
    save(folder / "black.png", 0 * left)
    save(folder / "white.png", 0 * left + 255)
    return folder


BOTH = ("--style", "red.png", "blue.png")
HALVES = ("--masks", "left.png", "right.png")


def redness(picture):
    return picture[..., 0].astype(float) - picture[..., 2]


def painted(folder, *arguments, name="out.png"):
    outcome = paint("a.png", *arguments, "-o", name, at=folder)
    assert outcome.code == 0, outcome.err
    return pixels(folder / name)


# Several styles


def test_two_styles_are_named_and_told(folder):
    [result] = paint("a.png", *BOTH, at=folder).results
    assert result["output"] == "a-red+blue.png"
    roles = {role: entry["sha256"] for role, entry in result["inputs"].items()}
    assert roles == {
        "content": sha256(folder / "a.png"),
        "style": sha256(folder / "red.png"),
        "style2": sha256(folder / "blue.png"),
    }


def test_weights_decide_between_styles(folder):
    shares = []
    for weights in ((0.9, 0.1), (0.5, 0.5), (0.1, 0.9)):
        given = (*BOTH, "--style-weights", *weights)
        shares.append(redness(painted(folder, *given, name=f"{weights[0]}.png")).mean())
    assert shares[0] > shares[1] + 5 > shares[2] + 10


def test_a_weight_of_nothing_is_the_other_style_alone(folder):
    both = painted(folder, *BOTH, "--style-weights", 1, 0)
    one = painted(folder, "--style", "red.png", name="one.png")
    assert np.abs(both.astype(int) - one).mean() < 2


def test_the_score_of_several_styles_is_their_mean(folder):
    [result] = paint("a.png", *BOTH, "--style-weights", 3, 1, at=folder).results
    found = folder / "a-red+blue.png"
    scores = [library.score(folder / "a.png", folder / f"{name}.png", found)
              for name in ("red", "blue")]  # fmt: skip
    expected = 0.75 * scores[0].style_distance + 0.25 * scores[1].style_distance
    assert result["scores"]["style_distance"] == pytest.approx(expected, rel=0.1)


# Where


def test_each_style_goes_where_its_mask_is(folder):
    picture = redness(painted(folder, *BOTH, *HALVES))
    assert picture[:, : WIDE // 2 - 4].mean() > picture[:, WIDE // 2 + 4 :].mean() + 40


def test_inverted_masks_exchange_places(folder):
    inverted = painted(folder, *BOTH, *HALVES, "--invert-masks")
    exchanged = painted(folder, *BOTH, "--masks", "right.png", "left.png", name="b.png")
    np.testing.assert_array_equal(inverted, exchanged)


def test_feathering_softens_the_border(folder):
    steps = []
    for name, more in (("hard.png", ()), ("soft.png", ("--feather", 6))):
        columns = redness(painted(folder, *BOTH, *HALVES, *more, name=name)).mean(0)
        steps.append(np.abs(np.diff(columns[WIDE // 2 - 4 : WIDE // 2 + 4])).max())
    assert steps[1] < 0.7 * steps[0]


@pytest.mark.parametrize("method", ["gatys", "nearest"])
def test_what_the_content_mask_covers_stays_photographic(folder, method):
    picture = painted(folder, "--content-mask", "left.png", "--method", method)
    difference = np.abs(picture.astype(int) - pixels(folder / "a.png"))
    assert difference[:, : WIDE // 2 - 1].max() <= 1
    assert difference[:, WIDE // 2 + 2 :].mean() > 8


@pytest.mark.parametrize("stage", ["before", "after"])
@pytest.mark.parametrize("how", ["luminance", "histogram", "covariance"])
def test_it_does_so_in_kept_colors_too(folder, how, stage):
    kept = ("--keep-color", how, "--color-stage", stage)
    picture = painted(folder, "--style", "blue.png", "--content-mask", "left.png", *kept)
    difference = np.abs(picture.astype(int) - pixels(folder / "a.png"))
    assert difference[:, : WIDE // 2 - 1].max() <= 1


def masks_that_mean_the_same(folder):
    left = np.asarray(Image.open(folder / "left.png"))
    large = np.repeat(np.repeat(left, 3, 0), 3, 1)
    nothing = np.zeros_like(left)
    return {
        "larger": save(folder / "m1.png", large),
        "color": save(folder / "m2.png", np.stack([left] * 3, -1)),
        "jpeg": save(folder / "m3.jpg", left),
        "alpha of black": save(folder / "m4.png", np.stack([nothing] * 3 + [left], -1)),
        "alpha of white": save(folder / "m5.png", np.stack([nothing + 255] * 3 + [left], -1)),
        "alpha of gray": save(folder / "m6.png", np.stack([nothing + 90, left], -1)),
        "two levels": save(folder / "m7.png", left > 0, None),
    }


def test_masks_of_any_kind_are_read(folder):
    expected = painted(folder, "--content-mask", "left.png")
    for kind, path in masks_that_mean_the_same(folder).items():
        if kind == "two levels":
            Image.fromarray(np.asarray(Image.open(folder / "left.png")) > 0).save(path)
        found = painted(folder, "--content-mask", path.name, name=f"{path.stem}-out.png")
        assert np.abs(found.astype(int) - expected).mean() < 1, kind


def test_a_mask_of_another_shape_is_stretched_with_a_notice(folder, caplog):
    square = np.zeros((20, 20))
    square[:, :10] = 255
    save(folder / "square.png", square)
    with caplog.at_level(logging.WARNING, "impasto"):
        found = painted(folder, "--content-mask", "square.png")
    told = "square.png: 20 x 20 differs in shape from a.png (48 x 36) and is stretched"
    assert told in caplog.messages
    expected = painted(folder, "--content-mask", "left.png", name="b.png")
    assert np.abs(found.astype(int) - expected).mean() < 4


def test_masks_are_cut_as_the_photograph_is(folder):
    cut = ("--crop-fit", 24, 36, "--content-mask", "left.png")
    picture = painted(folder, *cut)
    photograph = pixels(folder / "a.png")[:, 12:36]
    difference = np.abs(picture.astype(int) - photograph)
    assert difference[:, :10].max() <= 1
    assert difference[:, 14:].mean() > 8


def _break(folder):
    (folder / "text.png").write_text("this is no picture")
    outside = np.zeros((HIGH, WIDE, 4))
    outside[:, WIDE // 2 :] = 200
    outside[:, : WIDE // 2, 3] = 0
    save(folder / "cut.png", outside)


BAD = {
    "--masks left.png": "--masks: expected one for each of the 2 styles, got 1",
    "--masks left.png right.png white.png": "--masks: expected one for each of the 2 styles, got 3",
    "--masks left.png none.png": "none.png: no such file or folder",
    "--masks left.png text.png": "text.png: is damaged or no picture that impasto reads",
    "--masks left.png black.png": "black.png: the mask is all black, so it would have no effect",
    "--masks left.png white.png --invert-masks": "white.png: the mask is all white and is inverted",
    "--content-mask black.png": "black.png: the mask is all black, so it would have no effect",
    "--content-mask white.png": "white.png: the mask is all white, so nothing would be painted",
    "--masks left.png left.png --content-mask left.png": "masks: together they leave nothing",
    "--masks left.png right.png --style-weights 1 2 3": "--style-weights: expected one for each of "
    "the 2 styles, got (1.0, 2.0, 3.0)",
    "--style-weights 0.5": "--style-weights: expected one for each of the 2 styles, got (0.5,)",
    "--style-weights 0 0": "--style-weights: expected weights of 0 or more, one above 0",
    "--feather 2": "--feather: expected masks or content_mask with it, got 2.0",
    "--invert-masks": "--invert-masks: expected masks or content_mask with it, got True",
    "--content-mask .": ".: is a folder, expected a picture",
    "-o left.png --masks left.png right.png --overwrite": "--output: expected a file "
    "that is not an input, got 'left.png'",
}


@pytest.mark.parametrize("given", BAD)
def test_bad_masks_and_weights_get_one_line(given, folder):
    _break(folder)
    before = listing(folder)
    complaint = paint("a.png", *BOTH, *given.split(), at=folder).complaint
    assert complaint.startswith(BAD[given])
    assert listing(folder) == before


def test_masks_over_what_is_transparent(folder):
    _break(folder)
    complaint = paint("cut.png", "--content-mask", "right.png", at=folder).complaint
    assert complaint.startswith("masks: together they leave nothing to paint")


def test_photographs_after_several_styles_are_missed(folder):
    complaint = impasto("paint", "--style", "red.png", "a.png", at=folder).complaint
    assert complaint.endswith("(before --style, which takes all that follow it)")


# The same again


def test_a_manifest_holds_everything(folder):
    given = (*BOTH, *HALVES, "--content-mask", "top.png", "--style-weights", 2, 1)
    top = np.zeros((HIGH, WIDE))
    top[:9] = 255
    save(folder / "top.png", top)
    [result] = paint("a.png", *given, "--run-dir", "run", "-o", "out.png", at=folder).results
    roles = ["content", "style", "style2", "mask1", "mask2", "content_mask"]
    assert list(result["inputs"]) == roles
    assert result["inputs"]["mask2"]["sha256"] == sha256(folder / "right.png")
    again = ("paint", "--json", "--from-manifest")
    for manifest, name in (("out.png", "b.png"), ("run/manifest.json", "c.png")):
        assert impasto(*again, manifest, "-o", name, at=folder).code == 0
        np.testing.assert_array_equal(pixels(folder / name), pixels(folder / "out.png"))
    assert str(folder.parent) not in json.dumps(read_manifest(folder / "out.png"))


def test_moved_masks_are_given_again(folder):
    assert paint("a.png", *BOTH, *HALVES, "-o", "out.png", at=folder).code == 0
    (folder / "away").mkdir()
    for name in ("left.png", "right.png"):
        shutil.move(folder / name, folder / "away" / name)
    again = ("paint", "--json", "--from-manifest", "out.png", "-o", "b.png")
    complaint = impasto(*again, at=folder).complaint
    assert complaint == "left.png: the mask1 was not found: give its path as --masks"
    places = ("--masks", "away/left.png", "away/right.png")
    assert impasto(*again, *places, at=folder).code == 0
    np.testing.assert_array_equal(pixels(folder / "b.png"), pixels(folder / "out.png"))
    complaint = impasto(*again, *places, "away/left.png", at=folder).complaint
    assert complaint.startswith("--masks: expected no more pictures than the painting used")


def test_a_manifest_of_before_there_was_control(folder):
    assert paint("a.png", "--run-dir", "run", at=folder).code == 0
    path = folder / "run" / "manifest.json"
    manifest = json.loads(path.read_text())
    for name in ("method", "style_size", "style_weights", "style_loss", "keep_color", "tile",
                 "color_stage", "color_strength", "invert_masks", "feather"):  # fmt: skip
        del manifest["options"][name]
    path.write_text(json.dumps(manifest))
    again = ("paint", "--json", "--from-manifest", path)
    assert impasto(*again, "-o", "b.png", at=folder).code == 0
    np.testing.assert_array_equal(pixels(folder / "b.png"), pixels(folder / "a-s.png"))
    picture = library.read_picture(folder / "a-s.png")
    dataclasses.replace(picture, manifest=manifest).save(folder / "a-s.png")
    assert paint("a.png", at=folder).results[0]["status"] == "skipped"


def test_resuming_with_masks_and_tiles(folder):
    given = (*BOTH, *HALVES, "--size", 150, "--coarsest", 0, "--tile", 128, "--steps", 3)
    whole = painted(folder, *given)
    run = ("--run-dir", "run", "--snapshot-every", 1)
    assert paint("a.png", *given, *run, "-o", "b.png", at=folder).code == 0
    [result] = impasto("paint", "--json", "--resume", "--run-dir", "run", at=folder).results
    assert result["options"]["tile"] == 128
    np.testing.assert_array_equal(pixels(folder / "run" / "b.png"), whole)
    other = ("--masks", "right.png", "left.png")
    complaint = paint("a.png", *BOTH, *other, *given[6:], *run, "--resume", at=folder).complaint
    assert "made with other values of mask1 picture, mask2 picture" in complaint


# Colors

WAYS = [(how, stage) for how in ("luminance", "histogram", "covariance")
        for stage in ("before", "after")]  # fmt: skip


@pytest.mark.parametrize(("how", "stage"), WAYS)
def test_the_photograph_s_colors_are_kept(folder, how, stage):
    rows, columns = np.mgrid[:HIGH, :WIDE]
    light = 90 + 70 * np.sin(rows / 5) * np.cos(columns / 7)
    save(folder / "a.png", light[..., None] * [1.0, 0.45, 0.3])
    kept = painted(folder, "--style", "blue.png", "--keep-color", how, "--color-stage", stage)
    plain = painted(folder, "--style", "blue.png", name="plain.png")
    assert redness(plain).mean() < -20
    assert redness(kept).mean() > 30
    green = kept[..., 1].astype(float)
    assert (kept[..., 0] > green).mean() > 0.9
    half = painted(folder, "--style", "blue.png", "--keep-color", how, "--color-stage", stage,
                   "--color-strength", 0.5, name="half.png")  # fmt: skip
    assert redness(plain).mean() + 10 < redness(half).mean() < redness(kept).mean() - 10


@pytest.mark.parametrize(("how", "stage"), WAYS)
def test_a_gray_photograph_stays_gray(folder, how, stage):
    write_photograph(folder / "gray.png", mode="L")
    given = ("--keep-color", how, "--color-stage", stage, "-o", "out.png")
    assert paint("gray.png", *given, at=folder).code == 0
    picture = pixels(folder / "out.png").astype(int)
    assert np.ptp(picture, axis=2).max() <= 6
    assert picture.std() > 5


def test_luminance_keeps_each_pixel_s_own_color(folder):
    kept = painted(folder, "--keep-color", "luminance").astype(float)
    photograph = pixels(folder / "a.png").astype(float)
    luma = np.array([0.299, 0.587, 0.114])
    chroma = [each - (each @ luma)[..., None] for each in (kept, photograph)]
    assert (chroma[0] * chroma[1]).sum(-1).min() > -3  # nowhere the opposite color
    assert np.abs(kept @ luma - photograph @ luma).mean() > 3


def test_transparent_parts_have_no_say_in_colors(folder):
    photograph = np.zeros((HIGH, WIDE, 4), np.uint8)
    photograph[..., :3] = pixels(folder / "a.png") // 2 + [90, 20, 0]
    photograph[..., 3] = 255
    photograph[:, 24:, 3] = 0
    photograph[:, 24:, :3] = (0, 0, 255)
    save(folder / "cut.png", photograph)
    kept = ("--keep-color", "covariance", "--color-stage", "after", "-o", "out.png")
    assert paint("cut.png", *kept, at=folder).code == 0
    left = pixels(folder / "out.png")[:, :24, :3].reshape(-1, 3)
    assert np.abs(left.mean(0) - photograph[:, :24, :3].reshape(-1, 3).mean(0)).max() < 6


# How large


def test_a_small_photograph_is_enlarged(folder):
    assert painted(folder, "--size", 120, "--steps", 2).shape == (90, 120, 3)


@pytest.fixture
def memory(monkeypatch):
    """Sets how many bytes seem to be free."""

    def of(free):
        for place in ("painter.settled", "methods.gatys.stylizer"):
            monkeypatch.setattr(f"impasto.{place}.free_memory", lambda device: free)

    return of


def needed(width, height, tile=0):
    """Bytes of which a plan takes no more than 95 in 100."""
    size, work = (height, width), Work(library.PaintOptions(), "vgg16", torch.float32)
    memory = tiled_bytes(size, work, tile) if tile else whole_bytes(size, work)
    return round(memory / 0.95)


def test_the_largest_that_fits(folder, memory):
    memory(needed(208, 160))
    given = ("a.png", "--size", "max", "--steps", 2, "-o", "out.png")
    [result] = paint(*given, at=folder).results
    size = result["options"]["size"]
    assert size % 16 == 0
    assert result["result"]["size"][0] == size > WIDE
    memory(needed(144, 112))  # max means what it meant when the picture was begun
    assert paint(*given, at=folder).results[0]["status"] == "skipped"
    again = paint(*given, "--overwrite", at=folder).results[0]
    assert again["options"]["size"] < size


def test_max_beside_a_size(folder):
    complaint = paint("a.png", "--size", "max", "--crop-fit", 9, 9, at=folder).complaint
    assert complaint == "--size: expected none with crop_fit, which is the size, got 'max'"


def test_tiles_come_by_themselves_and_are_told(folder, memory):
    given = ("--size", 300, "--coarsest", 0, "--steps", 2, *EXACT)
    whole = painted(folder, *given)
    memory((needed(300, 225) + needed(300, 225, 256)) // 2)
    call = ("paint", "a.png", "--style", "s.png", *given, "-o", "tiled.png")
    outcome = impasto(*call, at=folder)
    assert outcome.code == 0, outcome.err
    assert "300 x 225 (0.1 megapixels): 2 steps, about " in outcome.err
    assert "GB of memory, about " in outcome.err
    assert ", in tiles of 256 pixels\n" in outcome.err
    assert read_manifest(folder / "tiled.png")["options"]["tile"] == 256
    assert np.abs(pixels(folder / "tiled.png").astype(int) - whole).max() <= 2
    # As the result is the same, so is what was asked for.
    assert impasto(*call, "--tile", 0, at=folder).out.endswith("(--overwrite replaces it)\n")


def test_a_manifest_may_be_followed_in_tiles(folder):
    painted(folder, "--size", 150, "--coarsest", 0, "--steps", 2)
    again = ("paint", "--json", "--from-manifest", "out.png", "--tile", 128, "-o", "b.png")
    assert impasto(*again, at=folder).code == 0
    difference = pixels(folder / "b.png").astype(int) - pixels(folder / "out.png")
    assert np.abs(difference).max() <= 1


# By nearest neighbors


def test_painting_by_nearest_neighbors(folder):
    outcome = paint("a.png", "--method", "nearest", at=folder)
    [result] = outcome.results
    assert result["options"]["method"] == "nearest"
    assert result["result"]["steps_done"] == result["options"]["steps"] == 4
    assert paint("a.png", "--method", "nearest", at=folder).results[0]["status"] == "skipped"
    assert "with other values of method" in paint("a.png", at=folder).complaint
    again = ("paint", "--json", "--from-manifest", "a-s.png", "-o", "b.png")
    assert impasto(*again, at=folder).code == 0
    np.testing.assert_array_equal(pixels(folder / "b.png"), pixels(folder / "a-s.png"))


def test_nearest_neighbors_where_masks_are(folder):
    picture = redness(painted(folder, "--method", "nearest", *BOTH, *HALVES, "--feather", 1))
    assert picture[:, : WIDE // 2 - 4].mean() > picture[:, WIDE // 2 + 4 :].mean() + 40
    turned = painted(
        folder, "--method", "nearest", *BOTH, *HALVES, "--invert-masks", name="turned.png"
    )
    assert redness(turned)[:, : WIDE // 2 - 4].mean() < 0


def test_what_nearest_neighbors_have_no_use_for(folder):
    complaint = paint("a.png", "--method", "nearest", "--style-loss", "sliced", at=folder).complaint
    assert complaint.startswith("--style-loss: expected nothing, as the method nearest has no such")
    complaint = paint("a.png", "--method", "nearest", "--size", "max", at=folder).complaint
    assert complaint.startswith("--size: expected a whole number, got 'max'")


# From Python


def test_styles_and_masks_from_python(folder, monkeypatch):
    monkeypatch.chdir(folder)
    small = {"size": 48, "steps": 4, "coarsest": 32, "device": "cpu", "precision": "fp32"}
    left = np.zeros((HIGH, WIDE), np.uint8)
    left[:, : WIDE // 2] = 255
    picture = library.paint(
        "a.png", ["red.png", "blue.png"], masks=[left, "right.png"], style_weights=(1, 1), **small
    )
    expected = painted(folder, *BOTH, *HALVES, "--style-weights", 1, 1)
    assert np.abs(np.asarray(picture.pil()).astype(int) - expected).max() <= 1
    assert picture.manifest["inputs"]["mask1"]["name"] == "picture"
    kept = library.paint("a.png", ("red.png",), content_mask=255 - left, **small)
    assert np.abs(kept.pixels[:, WIDE // 2 + 1 :] * 255
                  - pixels(folder / "a.png")[:, WIDE // 2 + 1 :]).max() <= 1  # fmt: skip
    with pytest.raises(library.ImpastoError, match="masks: expected one, as there is one style"):
        library.paint("a.png", "red.png", masks=[left, left], **small)


def test_strokes_of_a_size(folder):
    write_style(folder / "large.png")
    Image.open(folder / "large.png").resize((208, 160)).save(folder / "large.png")
    given = ("--style", "large.png", "--coarsest", 0)
    default = painted(folder, *given)
    same = painted(folder, *given, "--style-size", 48, name="b.png")
    larger = painted(folder, *given, "--style-size", 200, name="c.png")
    np.testing.assert_array_equal(default, same)
    assert np.abs(larger.astype(int) - default).mean() > 2
