"""``impasto paint`` where something is already: skipped, refused, finished or painted over."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cli_pictures import desk, listing, paint, pixels, write_photograph, write_style
from impasto.commands.plan import is_done
from impasto.errors import PictureError
from impasto.image import read_picture, write_picture

REFUSED = "give another --output, or --overwrite"


def test_what_is_done_is_skipped(tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", at=folder).code == 0
    before = (folder / "a-s.png").stat().st_mtime_ns
    again = paint("a.png", at=folder)
    assert again.code == 0
    assert again.results == [{"status": "skipped", "output": "a-s.png"}]
    assert (folder / "a-s.png").stat().st_mtime_ns == before


def test_only_what_is_new_in_a_folder_is_painted(tmp_path):
    folder = desk(tmp_path)
    write_photograph(folder / "photos" / "lake.png", seed=1)
    assert paint("photos", "-o", "out", at=folder).code == 0
    write_photograph(folder / "photos" / "hill.png", seed=2)
    results = paint("photos", "-o", "out", at=folder).results
    assert [(each["status"], each["output"]) for each in results] == [
        ("painted", "out/hill-s.png"),
        ("skipped", "out/lake-s.png"),
    ]


def test_the_same_by_other_words_is_skipped(tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", at=folder).code == 0
    other = ("--style", folder / "s.png", "--network", "vgg16", "--device", "cpu")
    assert paint(folder / "a.png", *other, at=folder).results[0]["status"] == "skipped"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("--steps", 5), "steps"),
        (("--style-weight", 11, "--seed", 1), "seed, style_weight"),
        (("--precision", "bf16"), "precision"),
    ],
)
def test_a_result_of_other_options_is_not_painted_over(change, named, tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", at=folder).code == 0
    before = (folder / "a-s.png").read_bytes()
    complaint = paint("a.png", *change, at=folder).complaint
    assert complaint == f"a-s.png already exists, with other values of {named}: {REFUSED}"
    assert (folder / "a-s.png").read_bytes() == before
    assert paint("a.png", *change, "--overwrite", at=folder).code == 0
    assert (folder / "a-s.png").read_bytes() != before
    assert listing(folder) == ["a-s.png", "a.png", "s.png"]


@pytest.mark.parametrize(("name", "write"), [("a", write_photograph), ("s", write_style)])
def test_a_result_of_other_pictures_is_not_painted_over(name, write, tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", at=folder).code == 0
    write(folder / f"{name}.png", seed=99)
    role = {"a": "content", "s": "style"}[name]
    complaint = paint("a.png", at=folder).complaint
    assert complaint == f"a-s.png already exists, with other values of {role} picture: {REFUSED}"


def test_a_foreign_picture_is_not_painted_over(tmp_path):
    folder = desk(tmp_path)
    write_photograph(folder / "a-s.png", seed=3)
    before = (folder / "a-s.png").read_bytes()
    complaint = paint("a.png", at=folder).complaint
    assert complaint == f"a-s.png already exists and was not made by paint: {REFUSED}"
    assert (folder / "a-s.png").read_bytes() == before
    assert paint("a.png", "--overwrite", at=folder).code == 0
    assert not np.array_equal(pixels(folder / "a-s.png"), pixels(folder / "a.png"))


def _with_manifest(path, change):
    picture = read_picture(path)
    manifest = json.loads(json.dumps(picture.manifest))
    change(manifest)
    write_picture(replace(picture, manifest=manifest), path)


def test_an_unfinished_picture_is_painted_again(tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", at=folder).code == 0
    whole = pixels(folder / "a-s.png")
    _with_manifest(folder / "a-s.png", lambda manifest: manifest["result"].update(steps_done=2))
    assert paint("a.png", at=folder).results[0]["status"] == "painted"
    np.testing.assert_array_equal(pixels(folder / "a-s.png"), whole)


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest.pop("result"),
        lambda manifest: manifest.pop("inputs"),
        lambda manifest: manifest.update(options=3),
        lambda manifest: manifest.update(network=None),
        lambda manifest: manifest["inputs"].update(content="a.png"),
    ],
)
def test_a_damaged_manifest_is_not_painted_over(change, tmp_path):
    path = write_photograph(tmp_path / "result.png")
    recipe = {
        "command": "paint",
        "options": {"steps": 4, "init": "recolor"},
        "inputs": {"content": {"sha256": "1"}, "style": {"sha256": "2"}},
        "network": {"sha256": "3"},
        "precision": "float32",
        "device": "cpu",
    }
    manifest = {**recipe, "result": {"steps_done": 4}}
    write_picture(replace(read_picture(path), manifest=manifest), path)
    assert is_done(path, recipe)
    _with_manifest(path, change)
    with pytest.raises(PictureError, match=f"result.png already exists.*{REFUSED}"):
        is_done(path, recipe)


@pytest.mark.parametrize("output", ["a.png", "s.png", "first.png", "../desk/a.png"])
def test_what_it_is_made_from_is_never_painted_over(output, tmp_path):
    folder = desk(tmp_path)
    first = write_photograph(folder / "first.png", seed=5)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    given = ("--init", first, "-o", output, "--overwrite")
    complaint = paint("a.png", *given, at=folder).complaint
    assert complaint == f"--output: expected a file that is not an input, got {output!r}"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("output", [(), ("-o", "."), ("-o", "../photos")])
def test_results_do_not_go_among_the_photographs(output, tmp_path):
    folder = desk(tmp_path)
    write_photograph(folder / "photos" / "lake.png")
    where = folder / "photos"
    complaint = paint(where, *output, "--style", folder / "s.png", at=where).complaint
    assert complaint.startswith("--output: expected a folder that is not the photographs' own")
    assert listing(where) == ["lake.png"]


def test_several_photographs_do_not_fit_into_a_file(tmp_path):
    folder = desk(tmp_path)
    write_photograph(folder / "b.png")
    complaint = paint("a.png", "b.png", "-o", "c.png", at=folder).complaint
    assert complaint == "--output: expected a folder, as there are several photographs, got 'c.png'"
