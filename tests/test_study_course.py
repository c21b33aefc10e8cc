"""``impasto study --course``: what is handed in, and that its numbers are those of the runs."""

import csv
import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cli_pictures import desk, impasto, listing, pixels, write_style
from impasto.options.gatys import PaintOptions
from impasto.options.presets import preset
from impasto.shown import compact
from impasto.study.course import Course, usual_axes, with_base
from impasto.study.grid import axis_of
from impasto.study.hand_in import in_words
from study_parts import counted_steps

STYLES = ("s.png", "t.png", "u.png")
SMALL = ("--size", 32, "--steps", 2, "--device", "cpu", "--precision", "fp32")
PAINTED = [
    "style=s", "style=t", "style=u", "content_weight=100", "content_weight=1000",
    "number-of-style-layers=1", "number-of-style-layers=3",
]  # fmt: skip
SHOWN = [
    "model.png", "artworks.png", "loss-content.png", "loss-style.png", "loss-total.png",
    "changed-content-weight.png", "changed-number-of-style-layers.png",
]  # fmt: skip


LINUX_NAMES = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such names")


def course_desk(folder):
    made = desk(folder)
    for number, name in enumerate(STYLES[1:]):
        write_style(made / name, seed=number)
    return made


def course(*arguments, at):
    styles = () if "--style" in arguments else ("--style", *STYLES)
    given = ("study", "--course", "a.png", *styles, *SMALL, "--run-dir", "runs")
    return impasto(*given, *arguments, at=at)


@pytest.fixture(scope="module")
def handed(tmp_path_factory):
    folder = course_desk(tmp_path_factory.mktemp("course"))
    outcome = course(at=folder)
    assert outcome.code == 0, outcome
    return folder / "runs"


def manifest(folder, name):
    return json.loads((folder / name / "manifest.json").read_text())


def test_everything_is_there(handed):
    written = ["hand-in.zip", "report.md", "study.json", "table.csv"]
    found = {path.name for path in handed.iterdir()} - {".lock"}
    assert sorted(found) == sorted(PAINTED + SHOWN + written)
    options = manifest(handed, "style=t")["options"]
    assert options["crop_fit"] == [32, 24]
    assert options["optimizer"] == preset("cs20").optimizer == "adam"
    assert options["content_form"] == "quarter-mean"


def test_one_thing_is_changed_at_a_time(handed):
    artwork = manifest(handed, "style=s")["options"]
    for name, changed in {
        "content_weight=1000": {"content_weight"},
        "number-of-style-layers=3": {"style_layers", "style_layer_weights"},
    }.items():
        options = manifest(handed, name)["options"]
        assert {key for key in options if options[key] != artwork[key]} == changed


def test_the_zip_holds_what_the_hand_in_needs_and_nothing_else(handed):
    with zipfile.ZipFile(handed / "hand-in.zip") as packed:
        assert packed.namelist() == [
            "report.md",
            *SHOWN,
            "table.csv",
            *(f"pictures/{name}.png" for name in PAINTED),
            *(f"manifests/{name}.json" for name in PAINTED),
        ]
        for name in ("report.md", *SHOWN, "table.csv"):
            assert packed.read(name) == (handed / name).read_bytes()
        for name in PAINTED:
            picture = (handed / name / "picture.png").read_bytes()
            assert packed.read(f"pictures/{name}.png") == picture
            assert str(handed.parent) not in packed.read(f"manifests/{name}.json").decode()
        assert packed.testzip() is None


def test_the_same_runs_make_the_same_zip(handed, tmp_path, monkeypatch):
    folder = shutil.copytree(handed.parent, tmp_path / "desk")
    steps = counted_steps(monkeypatch)
    assert course(at=folder).code == 0
    assert steps == []
    same = (folder / "runs" / "hand-in.zip").read_bytes()
    assert same == (handed / "hand-in.zip").read_bytes()


def test_every_picture_of_the_report_is_in_the_zip(handed):
    text = (handed / "report.md").read_text()
    shown = [each.split(")")[0] for each in text.split("](")[1:]]
    assert sorted(shown) == sorted(SHOWN)
    for word in (" s, t, u.", "VGG-19", "conv5_1 (4)", "0.01 content + 1 style", "60% noise"):
        assert word in text


def test_numbers_of_the_report_are_those_of_the_run_folders(handed):
    text = (handed / "report.md").read_text()
    for name in PAINTED:
        told = manifest(handed, name)
        scores = told["scores"]
        row = f"| {scores['style_distance']:.3f} | {scores['content_distance']:.3f} |"
        losses = " | ".join(compact(told["losses"][key]) for key in ("total", "content", "style"))
        assert f"{row} {losses} |" in text
    with (handed / "style=u" / "losses.csv").open(newline="") as file:
        first = float(next(csv.DictReader(file))["style"])
    last = manifest(handed, "style=u")["losses"]["style"]
    assert f"u: fell from {compact(first)} to {compact(last)}" in text


def test_the_table_names_styles(handed):
    with (handed / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["painting"] for row in rows] == PAINTED
    assert [row["style"] for row in rows] == ["s", "t", "u", "s", "s", "s", "s"]


def test_a_manifest_of_the_zip_paints_the_picture_again(handed, tmp_path):
    with zipfile.ZipFile(handed / "hand-in.zip") as packed:
        packed.extract("manifests/content_weight=100.json", tmp_path)
    path = tmp_path / "manifests" / "content_weight=100.json"
    desk_of = handed.parent
    given = ("paint", desk_of / "a.png", "--style", desk_of / "s.png", "--from-manifest", path)
    assert impasto(*given, "-o", "again.png", at=tmp_path).code == 0
    again, before = tmp_path / "again.png", handed / "content_weight=100" / "picture.png"
    np.testing.assert_array_equal(pixels(again), pixels(before))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--style", "s.png", "t.png"), "a course asks for artworks in 3 styles: --style A B C; 2"),
        (("--style", "s.png", "t.png", "s.png"), "--style: expected pictures of different names"),
        (("--vary", "seed=1,2"), "a course asks for 2 changed options"),
        (("--vary", "seed=1,2", "--vary", "steps=x"), "--steps: expected a whole number"),
        (("--style", "s.png", "t.png", "none.png"), "none.png: no such file"),
        (("--content-mask", "a.png"), "--course takes no masks"),
    ],
)
def test_mistakes_get_one_line_and_leave_nothing(given, told, tmp_path):
    folder = course_desk(tmp_path)
    before = listing(folder)
    assert course(*given, at=folder).complaint.startswith(told)
    assert listing(folder) == before


def planned(*texts, base=None):
    base = base or preset("cs20")
    axes = tuple(with_base(axis_of(each), base) for each in texts) or usual_axes(base)
    return Course(Path("a.png"), tuple(map(Path, STYLES)), base, axes)


def test_the_value_of_the_artworks_is_always_among_those_compared():
    made = planned("seed=1,2", "pooling=max,average")
    names = [[each.name for each in made.changes(axis)] for axis in made.axes]
    assert names == [["style=s", "seed=1", "seed=2"], ["pooling=max", "style=s"]]
    assert [each.variants[0].label for each in made.changes(made.axes[0])] == ["0", "1", "2"]
    assert len({each.name for each in made.cells}) == len(made.cells) == 6
    assert made.cells[0].variants[0].label == "s"  # and not what stands beside the changed ones


@pytest.mark.parametrize("name", ["default", "cs20", "gatys", "quick"])
def test_what_is_changed_by_itself_is_valid_with_every_preset(name):
    made = planned(base=preset(name))
    assert len(made.axes) == 2
    for axis in made.axes:
        assert made.artworks[0].name in [each.name for each in made.changes(axis)]


def test_few_style_layers_are_each_counted_once():
    made = planned(base=PaintOptions(style_layers=("conv1_1", "conv2_1")))
    assert [each.label for each in made.axes[1].variants] == ["1", "2"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([8.0, 6.0, 3.0, 1.0, 0.0], "fell from 8.00 to 0, half of the way by step 3"),
        ([0.0, 3.0, 4.0], "rose from 0 to 4.00, half of the way by step 2"),
        ([2.0, 2.0], "stayed at 2.00"),
        ([float("nan"), 4.0, 1.0], "fell from 4.00 to 1.00, half of the way by step 3"),
        ([], "not measured"),
    ],
)
def test_what_a_loss_did_in_words(values, told):
    assert in_words(values) == told


@LINUX_NAMES
def test_a_style_whose_name_is_not_utf_8(tmp_path):
    folder = course_desk(tmp_path)
    styles = [STYLES[0], os.fsdecode(b"t\xff.png"), STYLES[2]]
    (folder / STYLES[1]).rename(folder / styles[1])
    given = ("study", "--course", "a.png", "--style", *styles, *SMALL, "--run-dir", "runs")
    outcome = impasto(*given, at=folder)
    assert outcome.code == 0, outcome
    assert (folder / "runs" / "hand-in.zip").is_file()
