"""Styles that say more: a folder is one style, and a mask says which part of a picture counts."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from adain_parts import model_file
from cli_pictures import desk, impasto, listing, paint, pixels, write_style
from conftest import as_image, style_pixels
from impasto.files import sha256
from impasto.image import Picture, read_manifest, spread
from impasto.methods.gatys.objective import Objective
from impasto.methods.gatys.stages import kept_content
from impasto.methods.nearest.stages import NearestStages
from impasto.methods.painting import Painting
from impasto.methods.subject import Style, Subject, palette_of
from impasto.networks.code_file import read_code
from impasto.networks.model import load_model
from impasto.networks.style_codes import encode
from impasto.nn.color import color_statistics
from impasto.nn.statistics import STYLE_STATISTICS
from impasto.photograph.masks import shown
from impasto.source import MOST_TOGETHER, open_style
from nearest_parts import few
from nearest_parts import network_for as nearest_network
from painting_parts import network_for, shallow
from study_parts import study


def halves(left, right):
    """A picture of two halves, and the mask of the left one."""
    part = torch.zeros(1, 1, *left.shape[2:])
    return torch.cat([left, right], 3), torch.cat([part + 1, part], 3)


def grain(color, seed=0):
    noise = torch.rand(1, 1, 40, 32, generator=torch.Generator().manual_seed(seed)) * 0.3 - 0.15
    return (torch.tensor(color).view(1, 3, 1, 1) + noise).clamp(0, 1)


RED, BLUE = (0.9, 0.2, 0.1), (0.1, 0.2, 0.9)


@pytest.mark.parametrize("loss", STYLE_STATISTICS)
def test_pictures_of_one_style_give_the_mean_of_their_statistics(loss, vgg16_weights, photograph):
    # Twice the same positions are the same distribution: a picture beside itself counts no more.
    style = as_image(style_pixels(32, 48))
    other = (0.3 * style.flip(1)).contiguous()
    options = shallow(style_layers=("conv1_1",), style_loss=loss, style_layer_weights=())
    network = network_for(options, vgg16_weights)

    def found(*styles):
        return float(Objective(network, Subject(photograph, styles), options)(photograph)["style"])

    alone = found(Style(style))
    assert found(Style(style, others=((style, None),) * 2)) == pytest.approx(alone, rel=1e-4)
    # The network sees edges: nearly, the two are one picture of both.
    both = found(Style(style, others=((other, None),)))
    assert both == pytest.approx(found(Style(torch.cat([style, other], 2))), rel=0.02)
    assert abs(both - alone) > 0.06 * alone


def test_only_the_part_of_a_style_counts(vgg16_weights, photograph):
    options = shallow()
    network = network_for(options, vgg16_weights)
    red, blue = grain(RED), grain(BLUE, 1)
    whole, part = halves(red, blue)
    near, far = (
        float(
            Objective(network, Subject(image, (Style(whole, part=part),)), options)(image)["style"]
        )
        for image in (red, blue)
    )
    assert near < 0.02 * far
    masked = Style(whole, part=part)
    for found, wanted in zip(palette_of(masked), color_statistics(red), strict=True):
        torch.testing.assert_close(found, wanted)
    moved = kept_content(Subject(photograph, (masked,)), options)
    torch.testing.assert_close(moved, kept_content(Subject(photograph, (Style(red),)), options))


def test_neighbors_are_taken_from_the_part_of_a_style(vgg16_weights, photograph):
    whole, part = halves(grain(RED), grain(BLUE))
    options = few(init="recolor", steps=8, coarsest=32)
    subject = Subject(photograph, (Style(whole, part=part),))
    image = Painting(NearestStages(subject, nearest_network(options, vgg16_weights), options)).run()
    assert float((image[0, 0] - image[0, 2]).mean()) > 0.4


def test_palettes_of_pictures_of_one_size_are_that_of_all_their_pixels():
    red, blue = grain(RED), grain(BLUE)
    found = palette_of(Style(red, others=((blue, None),)))
    for each, wanted in zip(found, color_statistics(halves(red, blue)[0]), strict=True):
        torch.testing.assert_close(each, wanted)


def test_what_is_outside_a_part_is_filled_from_within():
    chance = np.random.default_rng(0)
    pixels, levels = chance.random((30, 44, 3), np.float32), np.zeros((30, 44), np.float32)
    levels[4:24, 10:27] = 1
    pixels[levels == 0] = 7
    found = spread(pixels, levels)
    assert np.array_equal(found[levels == 1], pixels[levels == 1])
    assert found.max() <= 1
    assert np.unique(found.reshape(-1, 3), axis=0).shape[0] <= 20 * 17
    one = np.zeros((3, 4), np.float32)
    one[1, 2] = 0.5  # soft, and a single pixel
    assert spread(pixels[:3, :4], one).shape == (3, 4, 3)


# The commands


@pytest.fixture
def folder(tmp_path):
    """A photograph, a style, and a folder of two styles and a text."""
    folder = desk(tmp_path)
    (folder / "night").mkdir()
    for name, seed in (("b.png", 3), ("a.png", 4)):
        write_style(folder / "night" / name, seed)
    (folder / "night" / "notes.txt").write_text("no picture")
    left = np.zeros((40, 52), np.uint8)
    left[:, :26] = 255
    Image.fromarray(left).save(folder / "left.png")
    return folder


def test_a_folder_is_painted_as_one_style_and_again(folder):
    [result] = paint("a.png", "--style", "night", at=folder).results
    assert result["output"] == "a-night.png"
    entry = read_manifest(folder / "a-night.png")["inputs"]["style"]
    assert (entry["name"], entry["path"]) == ("night", "")
    names = ["a.png", "b.png"]
    assert entry["pictures"] == [
        {"name": name, "sha256": sha256(folder / "night" / name)} for name in names
    ]
    [skipped] = paint("a.png", "--style", "night", at=folder).results
    assert skipped["status"] == "skipped"
    again = ("paint", "--json", "--from-manifest", "a-night.png")
    assert impasto(*again, "-o", "b.png", at=folder).code == 0
    np.testing.assert_array_equal(pixels(folder / "b.png"), pixels(folder / "a-night.png"))
    shutil.move(folder / "night", folder / "day")
    complaint = impasto(*again, "-o", "c.png", at=folder).complaint
    assert complaint == "night: the style picture was not found: give its path as --style"
    assert impasto(*again, "--style", "day", "-o", "c.png", at=folder).code == 0
    write_style(folder / "day" / "c.png")
    complaint = impasto(*again, "--style", "day", "-o", "d.png", at=folder).complaint
    assert complaint == "day: not the style picture it was made with (it has changed)"


def test_a_study_takes_a_folder_as_a_style(folder):
    given = ("--style", "night", "--vary", "content_weight=0.5,5")
    assert study(*given, at=folder).code == 0
    paintings = [*folder.glob("runs/*/picture.png")]
    before = {path: path.stat().st_mtime_ns for path in paintings}
    assert len(before) == 2
    assert study(*given, at=folder).code == 0
    assert {path: path.stat().st_mtime_ns for path in paintings} == before
    write_style(folder / "night" / "c.png")
    complaint = study(*given, at=folder).complaint
    assert complaint.startswith("runs: holds another study (other style picture")
    complaint = study("--course", "--style", "night", at=folder).complaint
    assert complaint == "night: a folder, where --course hands in one picture"


def test_a_part_is_painted_and_again(folder):
    given = ("--style-masks", "left.png", "-o", "out.png")
    [result] = paint("a.png", *given, at=folder).results
    assert result["inputs"]["style_mask1"]["sha256"] == sha256(folder / "left.png")
    paint("a.png", "-o", "whole.png", at=folder)
    assert (pixels(folder / "out.png") != pixels(folder / "whole.png")).any()
    (folder / "away").mkdir()
    shutil.move(folder / "left.png", folder / "away")
    again = ("paint", "--json", "--from-manifest", "out.png", "-o", "b.png")
    complaint = impasto(*again, at=folder).complaint
    assert complaint == "left.png: the style mask1 was not found: give its path as --style-masks"
    assert impasto(*again, "--style-masks", "away/left.png", at=folder).code == 0
    np.testing.assert_array_equal(pixels(folder / "b.png"), pixels(folder / "out.png"))


def test_options_that_look_at_the_styles_look_at_their_parts(folder):
    for option in (("--keep-color", "luminance"), ("--keep-color", "covariance")):
        outcome = paint("a.png", "--style-masks", "left.png", *option, "--overwrite", at=folder)
        assert outcome.code == 0, outcome.err


@pytest.fixture
def network(tmp_path, monkeypatch):
    model_file(tmp_path / "any.onnx")
    monkeypatch.setattr("impasto.networks.resolve.ANY_STYLE", str(tmp_path / "any.onnx"))
    return tmp_path / "any.onnx"


def test_the_code_of_a_folder_is_the_mean_of_its_pictures_codes(folder, network):
    done = impasto("encode", "night", "--model", network, at=folder)
    assert done.out.startswith("night.imp: 2 pictures of night at ")
    found = read_code(folder / "night.imp")
    each = [encode(folder / "night" / name, model=network) for name in ("a.png", "b.png")]
    np.testing.assert_allclose(found.numbers, (each[0].numbers + each[1].numbers) / 2, rtol=1e-5)
    for name in ("night", "night.imp"):
        done = impasto("apply", "a.png", "--style", name, "-o", f"{name}.png", at=folder)
        assert done.code == 0, done.err
    np.testing.assert_array_equal(pixels(folder / "night.png"), pixels(folder / "night.imp.png"))
    both = np.concatenate([pixels(folder / "night" / name) for name in ("a.png", "b.png")])
    whole = encode(Picture(both.astype(np.float32) / 255), model=network)
    np.testing.assert_allclose(found.palette, whole.palette, atol=1e-5)


def test_apply_sees_only_the_part_of_a_style(folder, network):
    style = pixels(folder / "s.png").copy()
    style[:, 26:] = 255 - style[:, 26:]  # outside of it, nothing matters
    Image.fromarray(style).save(folder / "t.png")
    found = {}
    for name in "st":
        given = ("--style", f"{name}.png", "--style-masks", "left.png", "--threads", 1)
        done = impasto("apply", "a.png", *given, "-o", f"o{name}.png", "--json", at=folder)
        assert done.code == 0, done.err
        found[name] = pixels(folder / f"o{name}.png")
        [told] = done.results
        skipped = impasto("apply", "a.png", *given, "-o", f"o{name}.png", "--json", at=folder)
        assert skipped.results[0]["status"] == "skipped"
    np.testing.assert_array_equal(found["s"], found["t"])
    model = load_model(network, threads=1).styled(
        {"s": folder / "s.png"}, style_masks={"s": folder / "left.png"}
    )
    np.testing.assert_array_equal(np.asarray(model(folder / "a.png")), found["s"])
    assert told["inputs"]["styles"][0]["code"] != encode(folder / "t.png", model=network).sha256


PAINT = {
    "--style s.png night --style-masks left.png": "--style-masks: expected one for each of the 2 "
    "styles, got 1",
    "--style night --style-masks left.png": "night: is a folder, whose part is a word: subject, "
    "background or face",
    "--style s.png --style-masks none.png": "none.png: no such file or folder",
    "--style s.png --style-masks face": "face: no face is found in the ",
    "--style empty": "empty: holds no pictures",
    "--style night -o night/a.png --overwrite": "--output: expected a file that is not an input, "
    "got 'night/a.png'",
}
APPLY = {
    "--style night --style-masks left.png": PAINT["--style night --style-masks left.png"],
    "--style s.png --style-masks left.png left.png": "--style-masks: expected one for each "
    "--style, of which 1 are given, got 2",
    "--style code.imp --style-masks left.png": "--style-masks: expected none for code.imp, as a "
    "code shows no picture, got 'left.png'",
    "--model any.onnx --style-masks left.png": "--style-masks needs --style "
    "PICTURE, whose part it selects",
    "--style empty": "empty: holds no pictures",
    "--style s.png -o s.png --overwrite": "--output: expected a file that is not an input, "
    "got 's.png'",
}


@pytest.mark.parametrize(
    ("command", "given", "told"),
    [("paint", *each) for each in PAINT.items()] + [("apply", *each) for each in APPLY.items()],
)
def test_mistakes_get_one_line(command, given, told, folder, network):
    (folder / "empty").mkdir()
    encode(folder / "s.png", folder / "code.imp", model=network)
    before = listing(folder)
    run = paint("a.png", *given.split(), at=folder) if command == "paint" else None
    outcome = run or impasto("apply", "a.png", *given.split(), at=folder)
    assert outcome.complaint.startswith(told)
    assert listing(folder) == before


def test_a_folder_of_too_many_pictures_is_no_style(folder):
    for number in range(MOST_TOGETHER + 1):
        shutil.copy(folder / "s.png", folder / "night" / f"{number}.png")
    complaint = paint("a.png", "--style", "night", at=folder).complaint
    assert complaint == "night: has 203 pictures, a style may have at most 200"


def test_a_word_is_found_in_each_picture_of_a_folder(folder, monkeypatch):
    seen = []

    def made(word, picture):
        seen.append((word, picture.pixels.tobytes()))
        levels = np.zeros((picture.height, picture.width), np.float32)
        levels[:, :20] = 1
        return levels

    monkeypatch.setattr("impasto.networks.masking.made_mask", made)
    outcome = paint("a.png", "--style", "night", "--style-masks", "subject", at=folder)
    assert outcome.code == 0, outcome.err
    parts = open_style(folder / "night").parts
    assert seen == [("subject", each.picture.pixels.tobytes()) for each in parts]


def test_what_is_shown_of_a_style_is_its_part():
    style = as_image(style_pixels(40, 52))
    part = torch.zeros(1, 1, 40, 52)
    part[..., :26] = 1
    [image] = shown(Style(style, part=part))
    torch.testing.assert_close(image[..., :26], style[..., :26])
    assert not torch.equal(image, style)
