"""Masks that words stand for: what they find, and the commands that take them."""

import json
import logging

import numpy as np
import pytest
from PIL import Image, ImageDraw

import impasto as library
from benchmarks.bench_masks import OUTLINES, drawn, photograph
from cli_pictures import EXACT, impasto, pixels, write_photograph, write_style
from impasto.errors import ModelError
from impasto.image import Picture, on_edges, read_manifest, read_picture
from impasto.networks.finders import found_subject
from impasto.networks.words import made_mask

SIDE = 96
DISC = np.hypot(*(np.mgrid[:SIDE, :SIDE] - 40)) < 20


def write_disc(path):
    """Write a photograph of a red disc before gray."""
    levels = np.full((SIDE, SIDE, 3), 150, np.uint8)
    levels[DISC] = (220, 30, 20)
    Image.fromarray(levels).save(path)


@pytest.fixture
def folder(tmp_path):
    write_disc(tmp_path / "a.png")
    write_style(tmp_path / "s.png")
    write_style(tmp_path / "t.png", 3)
    return tmp_path


def common(mask, inside):
    return ((mask > 0.5) & inside).sum() / ((mask > 0.5) | inside).sum()


def test_the_subjects_of_the_bundled_photographs_are_found():
    entries = [each for each in json.loads(OUTLINES.read_text()) if "samples/" in each["picture"]]
    assert len(entries) == 3
    for entry in entries:
        picture = photograph(entry["picture"], None)
        inside = drawn(entry["outline"], picture.width, picture.height)
        assert common(found_subject(picture)[0], inside) > 0.9


def test_the_background_is_the_rest(folder):
    picture = read_picture(folder / "a.png")
    subject, background = (made_mask(word, picture) for word in ("subject", "background"))
    assert common(subject, DISC) > 0.9
    np.testing.assert_allclose(subject + background, 1, atol=1e-6)


def test_what_is_transparent_is_no_subject(folder):
    picture = read_picture(folder / "a.png")
    alpha = np.ones((SIDE, SIDE), np.float32)
    alpha[:, 40:] = 0
    found = made_mask("subject", Picture(picture.pixels, alpha))
    assert found[:, 40:].max() == 0
    assert found[30:50, 25:38].min() > 0.9


def test_where_nothing_stands_out_the_middle_does(caplog):
    chance = np.random.default_rng(0).random((64, 96, 3)).astype(np.float32)
    with caplog.at_level(logging.WARNING, "impasto"):
        found = made_mask("subject", Picture(chance * 0.1 + 0.4))
    assert "no clear subject" in caplog.text
    assert found[32, 48] == 1
    assert found[0].max() == found[:, 0].max() == 0


def test_a_mask_moves_to_the_edge_of_the_photograph():
    pixels = np.zeros((64, 64, 3), np.float32)
    pixels[:, 32:] = (0.9, 0.5, 0.2)
    mask = np.zeros((64, 64), np.float32)
    mask[:, 29:] = 1  # three pixels off
    found = on_edges(mask, pixels)
    assert found[:, 33:].min() > 0.95
    assert found[:, 29:31].max() < 0.6


def test_a_large_photograph_has_its_edges_where_a_small_one_has():
    small = np.zeros((48, 64, 3), np.float32)
    ImageDraw.Draw(image := Image.new("L", (64, 48))).ellipse((14, 8, 44, 38), fill=255)
    inside = np.asarray(image) > 0
    small[inside] = 0.8
    large = small.repeat(20, 0).repeat(20, 1)
    found = on_edges(inside.astype(np.float32), large)
    assert common(found, inside.repeat(20, 0).repeat(20, 1)) > 0.98


def test_the_command_writes_a_mask(folder):
    outcome = impasto("mask", "a.png", at=folder)
    assert (outcome.code, outcome.out.split(":")[0]) == (0, "a-subject.png")
    found = pixels(folder / "a-subject.png")
    assert common(found[..., 0] / 255, DISC) > 0.9
    assert "already exists" in impasto("mask", "a.png", at=folder).complaint
    given = ("mask", "a.png", "--of", "background", "--overwrite", "-o", "a-subject.png")
    assert impasto(*given, at=folder).code == 0
    assert np.abs(pixels(folder / "a-subject.png").astype(int) + found - 255).max() <= 1


def test_one_photograph_that_fails_does_not_stop_the_others(folder):
    (folder / "photos").mkdir()
    write_disc(folder / "photos" / "a.png")
    (folder / "photos" / "b.png").write_text("no picture")
    outcome = impasto("mask", "photos", "-o", "masks", at=folder)
    assert outcome.code == 2
    assert "b.png" in outcome.err
    assert (folder / "masks" / "a-subject.png").is_file()


MISTAKES = {
    ("mask",): "no photograph",
    ("mask", "none.png"): "none.png: no such file or folder",
    ("mask", "a.png", "--of", "sky"): "--of: expected subject, background or face, got 'sky'",
    ("mask", "a.png", "-o", "a.png"): "--output: expected a file that is not an input",
    ("apply", "a.png", "--model", "mosaic-x", "--masks", "subjekt"): "subjekt: no such file",
}


@pytest.mark.parametrize("given", MISTAKES, ids=" ".join)
def test_mistakes_get_one_line(folder, given):
    assert impasto(*given, at=folder).complaint.startswith(MISTAKES[given])


def test_apply_leaves_the_subject_alone(folder):
    given = ("apply", "a.png", "--style", "s.png", "--threads", 1, "-o", "out.png")
    assert impasto(*given, "--content-mask", "subject", at=folder).code == 0
    changed = np.abs(pixels(folder / "out.png").astype(int) - pixels(folder / "a.png")).max(-1)
    assert np.median(changed[DISC]) <= 1
    assert np.median(changed[~DISC]) > 8
    again = impasto(*given, "--content-mask", "subject", at=folder)
    assert "skipped" in again.out
    other = impasto(*given, "--content-mask", "background", at=folder)
    assert "other values of content mask" in other.err


@pytest.mark.parametrize("method", ["gatys", "nearest"])
def test_paint_takes_words_and_makes_the_picture_again(folder, method):
    size = ("--size", SIDE, "--steps", 3, "--coarsest", 0, *EXACT, "--method", method)
    styles = ("--style", "s.png", "t.png", "--masks", "subject", "background")
    assert impasto("paint", "a.png", *styles, *size, "-o", "out.png", at=folder).code == 0
    inputs = read_manifest(folder / "out.png")["inputs"]
    assert [inputs[role]["name"] for role in ("mask1", "mask2")] == ["subject", "background"]
    assert inputs["mask1"]["sha256"] != inputs["mask2"]["sha256"]
    again = ("paint", "--from-manifest", "out.png", "-o", "b.png")
    if method == "gatys":
        assert impasto(*again, at=folder).code == 0
        np.testing.assert_array_equal(pixels(folder / "b.png"), pixels(folder / "out.png"))
    mask = made_mask("subject", read_picture(folder / "a.png"))
    Image.fromarray(np.rint(255 * mask).astype(np.uint8)).save(folder / "m.png")
    given = (folder / "m.png", "background")
    found = library.paint(folder / "a.png", [folder / "s.png", folder / "t.png"], masks=given,
                          method=method, size=SIDE, steps=3, coarsest=0, device="cpu",
                          precision="fp32")  # fmt: skip
    assert np.abs(found.levels(8).astype(int) - pixels(folder / "out.png")).mean() < 1.5


def test_a_damaged_network_is_named(folder, monkeypatch, tmp_path):
    from impasto.networks import finders

    (tmp_path / "subject.onnx").write_bytes(b"no network")
    monkeypatch.setattr(finders, "asset", lambda _: (tmp_path / "subject.onnx", "0" * 64))
    finders.opened_finder.cache_clear()
    with pytest.raises(ModelError, match="changed or damaged: install impasto again"):
        made_mask("subject", read_picture(write_photograph(folder / "b.png")))
    finders.opened_finder.cache_clear()
