"""``impasto paint``: where pictures come from and where they go."""

import json

import numpy as np
import pytest
from PIL import Image

from cli_pictures import SMALL, desk, impasto, listing, paint, pixels, write_photograph, write_style
from impasto.image import read_manifest
from impasto.options.gatys import PaintOptions
from impasto.options.presets import preset


def test_one_photograph(tmp_path):
    folder = desk(tmp_path)
    outcome = impasto("paint", "a.png", "--style", "s.png", *SMALL, at=folder)
    assert outcome.code == 0
    assert outcome.out.startswith("a-s.png: 48 x 36, ")
    assert "vgg16 in float32, style distance " in outcome.out
    assert "step 4/4" in outcome.err
    assert listing(folder) == ["a-s.png", "a.png", "s.png"]
    painted = pixels(folder / "a-s.png")
    assert painted.shape == (36, 48, 3)
    assert np.abs(painted.astype(int) - pixels(folder / "a.png")).mean() > 5


def test_the_numbers_for_programs(tmp_path):
    folder = desk(tmp_path)
    outcome = paint("a.png", at=folder)
    assert outcome.err == ""
    [result] = outcome.results
    assert result["status"] == "painted"
    assert result["output"] == "a-s.png"
    assert result["result"] == {"size": [48, 36], "steps_done": 4}
    assert 0 < result["scores"]["style_distance"] < 2
    assert result["losses"]["total"] > 0
    assert result["inputs"]["content"]["path"] == "a.png"
    kept = read_manifest(folder / "a-s.png")
    assert {key: result[key] for key in ("scores", "losses", "timings", "network")} == {
        key: kept[key] for key in ("scores", "losses", "timings", "network")
    }


def test_no_folder_of_this_machine_travels_with_the_picture(tmp_path):
    folder = desk(tmp_path)
    write_photograph(folder / "first.png", seed=3)
    inputs = ("--style", folder / "s.png", "--init", folder / "first.png")
    assert paint(folder / "a.png", *inputs, at=folder).code == 0
    manifest = read_manifest(folder / "a-s.png")
    assert str(tmp_path) not in json.dumps(manifest)
    assert manifest["options"]["init"] == "first.png"
    assert manifest["inputs"]["init"]["name"] == "first.png"


def test_a_folder_becomes_a_folder(tmp_path):
    folder = desk(tmp_path)
    for seed, name in enumerate(("lake.png", "hill.jpg", ".hidden.png")):
        write_photograph(folder / "photos" / name, seed=seed)
    (folder / "photos" / "notes.txt").write_text("no picture")
    outcome = paint("photos", "-o", "new/painted", at=folder)
    assert outcome.code == 0
    assert [result["output"] for result in outcome.results] == [
        "new/painted/hill-s.png",
        "new/painted/lake-s.png",
    ]
    assert listing(folder / "new") == ["painted", "painted/hill-s.png", "painted/lake-s.png"]


def test_a_folder_of_one_photograph_becomes_a_folder(tmp_path):
    folder = desk(tmp_path)
    write_photograph(folder / "photos" / "lake.png")
    assert paint("photos", "-o", "out", at=folder).code == 0
    assert listing(folder / "out") == ["lake-s.png"]


@pytest.mark.parametrize(
    ("output", "written"),
    [
        ("b.png", "b.png"),
        ("deep/er/b.jpg", "deep/er/b.jpg"),
        ("there", "there/a-s.png"),
        ("v1.2", "v1.2/a-s.png"),
        ("new", "new/a-s.png"),
    ],
)
def test_output_is_a_file_or_a_folder(output, written, tmp_path):
    folder = desk(tmp_path)
    (folder / "there").mkdir()
    (folder / "v1.2").mkdir()
    assert paint("a.png", "-o", output, at=folder).results[0]["output"] == written
    assert (folder / written).is_file()


@pytest.mark.parametrize("suffix", ["jpg", "webp", "tif"])
def test_formats(suffix, tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", "-o", f"b.{suffix}", at=folder).code == 0
    assert pixels(folder / f"b.{suffix}").shape == (36, 48, 3)
    assert paint("a.png", "-o", f"b.{suffix}", at=folder).results[0]["status"] == "skipped"


def test_sixteen_bits(tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", "--bits", 16, at=folder).code == 0
    assert (folder / "a-s.png").read_bytes()[24] == 16  # bit depth in the PNG header
    assert paint("a.png", "--bits", 8, "-o", "8.png", at=folder).code == 0
    assert (folder / "8.png").read_bytes()[24] == 8


def test_alpha_is_kept(tmp_path):
    folder = desk(tmp_path)
    write_photograph(folder / "cut.png", mode="RGBA")
    assert paint("cut.png", at=folder).code == 0
    before, after = pixels(folder / "cut.png"), pixels(folder / "cut-s.png")
    np.testing.assert_allclose(after[..., 3].astype(int), before[..., 3], atol=1)


def test_gray_is_painted_in_color(tmp_path):
    folder = desk(tmp_path)
    write_photograph(folder / "gray.png", mode="L")
    assert paint("gray.png", at=folder).code == 0
    assert np.ptp(pixels(folder / "gray-s.png").astype(int), axis=2).max() > 20


@pytest.mark.parametrize(("width", "height"), [(16, 16), (4, 300), (300, 4), (1, 1)])
def test_tiny_and_thin_photographs(width, height, tmp_path):
    folder = desk(tmp_path)
    write_photograph(folder / "a.png", width, height)
    [result] = paint("a.png", at=folder).results
    painted = pixels(folder / "a-s.png")
    assert max(painted.shape[:2]) == 48
    assert result["result"]["size"] == [painted.shape[1], painted.shape[0]]
    assert np.isfinite(result["losses"]["total"])


def test_a_photograph_in_its_own_manner(tmp_path):
    folder = desk(tmp_path)
    [result] = paint("a.png", "--style", "a.png", at=folder).results
    assert result["output"] == "a-a.png"
    before, after = (pixels(folder / name).astype(int) for name in ("a.png", "a-a.png"))
    assert np.abs(after - before).mean() < 3


def test_names_with_blanks_and_letters_of_all_kinds(tmp_path):
    folder = desk(tmp_path)
    write_photograph(folder / "Fotos und Bilder" / "Zürichsee – 湖.png")
    write_style(folder / "étoilée nuit.png")
    photo = "Fotos und Bilder/Zürichsee – 湖.png"
    assert paint(photo, "--style", "étoilée nuit.png", at=folder).code == 0
    assert (folder / "Zürichsee – 湖-étoilée nuit.png").is_file()


def test_presets_with_changes_on_top(tmp_path):
    folder = desk(tmp_path)
    for given in (("--preset=quick",), ("--preset", "quick"), ("--preset=fine", "--preset=quick")):
        [result] = paint("a.png", "--overwrite", *given, "--size", 32, at=folder).results
        fixed = {"size": 32, "steps": 4, "coarsest": 32, "device": "cpu", "precision": "fp32"}
        quick = preset("quick", **fixed, tile=0)  # in one piece, as there is memory for it
        assert PaintOptions.from_json(result["options"]) == quick
    changes = ("--preset", "cs20", "--crop-fit", 40, 30)
    [result] = paint("a.png", "--overwrite", *changes, at=folder).results
    assert result["result"]["size"] == [40, 30]
    assert result["options"]["optimizer"] == "adam"


def test_options_may_come_before_the_photograph(tmp_path):
    folder = desk(tmp_path)
    given = ("--style", "s.png", *SMALL, "--json", "a.png")
    assert impasto("paint", *given, at=folder).results[0]["output"] == "a-s.png"
    write_photograph(folder / "-odd.png")
    assert impasto("paint", *given[:-1], "--", "-odd.png", at=folder).code == 0
    assert (folder / "-odd-s.png").is_file()


def test_exif_of_the_photograph_is_kept(tmp_path):
    folder = desk(tmp_path)
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    with Image.open(folder / "a.png") as picture:
        picture.save(folder / "a.jpg", exif=exif)
    assert paint("a.jpg", "-o", "b.jpg", at=folder).code == 0
    with Image.open(folder / "b.jpg") as picture:
        assert picture.getexif()[0x010F] == "A camera"
