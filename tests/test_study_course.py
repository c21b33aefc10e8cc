"""``impasto study --course``: what is handed in, and that its numbers are those of the runs."""

import csv
import json
import os
import re
import runpy
import shlex
import shutil
import sys
import zipfile
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest

from cli_pictures import desk, impasto, listing, one_thread, pixels, write_style
from impasto.commands.parser import parse
from impasto.options.gatys import PaintOptions
from impasto.options.presets import preset
from impasto.options.study import StudyArguments
from impasto.shown import compact
from impasto.study.course import Course, usual_axes, with_base
from impasto.study.course_report import study_command
from impasto.study.explained import explanation, in_words
from impasto.study.grid import Cell, Variant, axis_of
from impasto.study.results import Result
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
    written = ["hand-in.zip", "report.md", "study.json", "style_transfer.py", "table.csv"]
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
            "style_transfer.py",
            *SHOWN,
            "table.csv",
            "content/a.png",
            *(f"styles/{name}" for name in STYLES),
            *(f"pictures/{name}.png" for name in PAINTED),
            *(f"manifests/{name}.json" for name in PAINTED),
        ]
        for name in ("report.md", "style_transfer.py", *SHOWN, "table.csv"):
            assert packed.read(name) == (handed / name).read_bytes()
        for name in ("content/a.png", "styles/t.png"):
            assert packed.read(name) == (handed.parent / Path(name).name).read_bytes()
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
    assert sorted(each for each in shown if each[0] != "#") == sorted(SHOWN)
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    anchors = {"#" + each.lower().replace(" ", "-") for each in headings}
    assert {each for each in shown if each[0] == "#"} == anchors
    for word in (
        *(" s, t, u.", "VGG-19", "conv5_1 (4)", "60 % noise, 40 % photograph", "0.01 : 1"),
        *("L_content = 1/(4 s) · Σ_ij (F_ij - P_ij)²", "L_total   = 0.01 L_content + 1 L_style"),
        *("E_l       = 1/(4 N_l² M_l²) · Σ_ij (G_ij - A_ij)²", "0.5 E(conv1_1) + 1 E(conv2_1)"),
        *("learning rate 2 (in levels of 255", "counted from conv1_1", "impasto 0."),
    ):
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
    assert f"for u it falls from {compact(first)} to {compact(last)}" in text


def test_the_table_names_styles(handed):
    with (handed / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["painting"] for row in rows] == PAINTED
    assert [row["style"] for row in rows] == ["s", "t", "u", "s", "s", "s", "s"]


@pytest.fixture(scope="module")
def unpacked(handed, tmp_path_factory):
    """A grader's folder, far from the pictures that the hand-in was made of."""
    folder = tmp_path_factory.mktemp("grader")
    with zipfile.ZipFile(handed / "hand-in.zip") as packed:
        packed.extractall(folder)
    return folder


def commands(folder, program):
    text = (folder / "report.md").read_text()
    return [shlex.split(line)[1:] for line in text.splitlines() if line.startswith(program)]


def test_the_code_of_the_zip_paints_the_pictures_of_the_zip(unpacked, monkeypatch):
    every = commands(unpacked, "python style_transfer.py")
    assert [Path(manifest).stem for _, manifest in every] == PAINTED
    for arguments in ([*every[5]], ["style_transfer.py"]):  # the artwork last
        monkeypatch.setattr(sys, "argv", arguments)
        with chdir(unpacked), one_thread():
            runpy.run_path("style_transfer.py", run_name="__main__")
    for name in ("style=s", PAINTED[5]):
        painted = pixels(unpacked / "outputs" / f"{name}.png")
        np.testing.assert_array_equal(painted, pixels(unpacked / "pictures" / f"{name}.png"))
        assert [*(unpacked / "graphs" / name).iterdir()]


def test_the_commands_of_the_report_paint_the_pictures_of_the_zip(unpacked):
    every = commands(unpacked, "impasto paint")
    assert len(every) == len(PAINTED)
    assert impasto(*every[3], at=unpacked).code == 0
    again, before = unpacked / every[3][-1], unpacked / "pictures" / f"{PAINTED[3]}.png"
    np.testing.assert_array_equal(pixels(again), pixels(before))
    [[_, *words]] = commands(unpacked, "impasto study")
    told = parse(StudyArguments, words, prog="", usual=StudyArguments.usual(words))
    assert told.recipe == preset(
        "cs20", size=32, crop_fit=(32, 24), steps=2, device="cpu", precision="fp32"
    )
    assert (told.content, told.style[2]) == (Path("content/a.png"), Path("styles/u.png"))
    assert all((unpacked / each).is_file() for each in (told.content, *told.style))


@pytest.mark.parametrize(
    ("changes", "typed"),
    [
        ({"style_layers": ("conv1_1",)}, {"style_layers": ("conv1_1",)}),
        ({"style_layer_weights": ()}, {"style_layer_weights": (1.0,) * 5}),
        ({"steps": 9}, {"steps": 9}),
    ],
)
def test_the_command_of_any_study_makes_it_again(changes, typed):
    made = planned("seed=1,2", "pooling=max", base=preset("fine", **changes, init="f.png"))
    packed = {Path(each): f"x/{each}" for each in ("a.png", *STYLES, "f.png")}
    words = shlex.split(study_command(made, packed, "fine", "me"))[2:]
    told = parse(StudyArguments, words, prog="", usual=StudyArguments.usual(words))
    assert told.recipe == preset("fine", **typed, init="x/f.png")
    assert (told.vary, told.name) == (("seed=0,1,2", "pooling=average,max"), "me")


def test_a_student_has_a_name_and_words_that_stay(handed, tmp_path):
    folder = shutil.copytree(handed.parent, tmp_path / "desk")
    report = folder / "runs" / "report.md"
    text = report.read_text()
    places = re.findall("<!-- words: (.+) -->\n(.+)\n<!-- /words -->", text)
    assert [name for name, _ in places] == [
        "content loss", "style loss", "total loss", "content weight", "number of style layers",
    ]  # fmt: skip
    report.write_text(text.replace(places[1][1], "It fell.\n\nI know why.") + "my own chapter")
    assert course("--name", "sunet.id", at=folder).code == 0
    with zipfile.ZipFile(folder / "runs" / "sunet.id.zip") as packed:
        now = packed.read("report.md").decode()
    assert "<!-- words: style loss -->\nIt fell.\n\nI know why.\n<!-- /words -->" in now
    assert "Handed in by **sunet.id**." in now
    assert "--name sunet.id" in now
    assert (folder / "runs" / "report-before.md").read_text().endswith("my own chapter")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--style", "s.png", "t.png"), "a course asks for artworks in 3 styles: --style A B C; 2"),
        (("--style", "s.png", "t.png", "s.png"), "--style: expected pictures of different names"),
        (("--vary", "seed=1,2"), "a course asks for 2 changed options"),
        (("--vary", "seed=1,2", "--vary", "steps=x"), "--steps: expected a whole number"),
        (("--style", "s.png", "t.png", "none.png"), "none.png: no such file"),
        (("--content-mask", "a.png"), "--course takes no masks"),
        (("--name", "../me"), "--name: expected up to 100 letters, digits"),
    ],
)
def test_mistakes_get_one_line_and_leave_nothing(given, told, tmp_path):
    folder = course_desk(tmp_path)
    before = listing(folder)
    assert course(*given, at=folder).complaint.startswith(told)
    assert listing(folder) == before


def test_a_name_without_a_course_is_refused(tmp_path):
    folder = course_desk(tmp_path)
    given = ("study", "a.png", "--style", "s.png", "--vary", "seed=1,2", "--name", "me")
    told = impasto(*given, "--run-dir", "runs", at=folder).complaint
    assert told.startswith("--name names the zip of --course")


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
        ([8.0, 6.0, 3.0, 1.0, 0.0], "falls from 8.00 to 0, half of the way by step 3"),
        ([0.0, 3.0, 4.0], "rises from 0 to 4.00, half of the way by step 2"),
        ([2.0, 2.0], "stays at 2.00"),
        ([float("nan"), 4.0, 1.0], "falls from 4.00 to 1.00, half of the way by step 3"),
        ([8.0, 1.0, 4.0, 5.0], "falls from 8.00 to 1.00 by step 2, then rises to 5.00"),
        ([1.0, 6.0, 2.0], "rises from 1.00 to 6.00 by step 2, then falls to 2.00"),
        ([], "is not measured"),
    ],
)
def test_what_a_loss_did_in_words(values, told):
    assert in_words(values) == told


def run_of(base, **losses):
    """A painting of three steps with these losses."""
    cell = Cell("x", (Variant("s", {}),), base, None)
    given = {name.replace("_", "/relu", 1): values for name, values in losses.items()}
    return Result(cell, Path(), {}, {"step": [1.0, 2.0, 3.0], **given})


RISING = run_of(
    preset("cs20", steps=3), content=[1.0, 8.0, 9.0], style=[9.0, 4.0, 1.0],
    total=[9.01, 4.08, 1.09], style_1_1=[8.0, 2.0, 0.1], style_5_1=[1.0, 0.9, 0.1],
)  # fmt: skip
FALLING = run_of(
    PaintOptions(steps=3, init="noise"), content=[9.0, 5.0, 1.0], style=[1.0, 0.9, 0.5],
    total=[27.0, 30.0, 10.0],
)  # fmt: skip


SOON = run_of(preset("cs20"), style=[9.0, *[1.0] * 9], total=[9.0, *[1.0] * 9])


@pytest.mark.parametrize(
    ("name", "run", "told"),
    [
        ("content", RISING, "It rises because the first image (60 % noise, 40 % photograph, bri"),
        ("content", RISING, "β · style is 900 times α · content, so the gradient serves the style"),
        ("content", FALLING, "It falls because the feature maps of conv4_2 of the first image (wh"),
        ("content", FALLING, "style is 2.00 times α · content, so the gradient serves the style m"),
        ("style", RISING, "of which β · style is 99.9 % at the first step."),
        ("style", SOON, "100 % at the first step, and it falls fastest early, where the Gram"),
        ("total", RISING, "at the first step and 92 % at the last, so its graph is nearly that of"),
        (
            "total",
            RISING,
            "No step makes it larger, so the steps are short enough, and the last ten",
        ),
        ("total", FALLING, "It goes up at 1 of 2 steps, above all where the picture is enlarged"),
        ("total", FALLING, "and at the end it still goes up and down."),
    ],
)
def test_why_a_loss_did_what_it_did(name, run, told):
    text = explanation(name, [run])
    assert told in text
    assert len(re.findall(r"\.(?: |$)", text)) <= 3


def test_layers_are_compared_only_as_they_were():
    weights = {"style_layers": ("conv1_1", "conv5_1"), "style_layer_weights": (1.0, 1.0)}
    base = preset("cs20", steps=3, **weights)
    losses = {"content": [1.0] * 3, "style": [3.0, 2.0, 1.0], "total": [3.0, 2.0, 1.0]}
    soon, late = [8.0, 1.0, 0.1], [1.0, 0.9, 0.1]
    text = explanation("style", [run_of(base, **losses, style_1_1=soon, style_5_1=late)])
    assert "conv1_1 is half of the way down by step 2 and conv5_1 by step 3: colors" in text
    text = explanation("style", [run_of(base, **losses, style_1_1=late, style_5_1=soon)])
    assert "is conv5_1 at the first step (89 %) and conv1_1 at the last (50 %)" in text
    assert "colors" not in text


@LINUX_NAMES
def test_a_style_whose_name_is_not_utf_8(tmp_path):
    folder = course_desk(tmp_path)
    styles = [STYLES[0], os.fsdecode(b"t\xff.png"), STYLES[2]]
    (folder / STYLES[1]).rename(folder / styles[1])
    given = ("study", "--course", "a.png", "--style", *styles, *SMALL, "--run-dir", "runs")
    outcome = impasto(*given, at=folder)
    assert outcome.code == 0, outcome
    assert (folder / "runs" / "hand-in.zip").is_file()
