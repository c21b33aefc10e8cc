"""``impasto study``: every combination once, and on from wherever it was broken off."""

import csv
import json
import os
import shutil
import signal

import numpy as np
import pytest
from PIL import Image

from cli_pictures import desk, impasto, listing, pixels, write_photograph, write_style
from study_parts import NAMES, VARY, counted_steps, study

WRITTEN = ["index.html", "losses.png", "sheet.png", "study.json", "table.csv"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A study that was never broken off, and what it printed."""
    folder = desk(tmp_path_factory.mktemp("whole"))
    return folder, study(*VARY, at=folder)


def again(whole, tmp_path):
    """A copy of the folder of a finished study."""
    return shutil.copytree(whole[0], tmp_path / "desk")


def same_pictures(folder, other):
    for name in NAMES:
        np.testing.assert_array_equal(
            pixels(folder / "runs" / name / "picture.png"),
            pixels(other / "runs" / name / "picture.png"),
        )
    sheets = [(each / "runs" / "sheet.png").read_bytes() for each in (folder, other)]
    assert sheets[0] == sheets[1]


def rows_of(folder):
    with (folder / "runs" / "table.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_combination_has_its_run_folder(whole):
    folder, outcome = whole
    assert outcome.code == 0, outcome
    found = {path.name for path in (folder / "runs").iterdir()}
    assert found == {".lock", *NAMES, *WRITTEN}
    for name in NAMES:
        run = folder / "runs" / name
        assert {"picture.png", "manifest.json", "losses.csv", "checkpoint.pt"} <= {
            path.name for path in run.iterdir()
        }
        options = json.loads((run / "manifest.json").read_text())["options"]
        weight, layer = (each.split("=")[1] for each in name.split(","))
        assert (options["content_weight"], options["content_layers"]) == (float(weight), [layer])
    assert not [name for name in listing(folder) if ".impasto-" in name]
    assert outcome.out.splitlines()[-1].startswith("4 paintings: see runs/sheet.png, ")


def test_the_options_make_a_difference(whole):
    pictures = [pixels(whole[0] / "runs" / name / "picture.png") for name in NAMES]
    assert not any(np.array_equal(pictures[0], each) for each in pictures[1:])


def test_numbers_of_the_table_are_those_of_the_manifests(whole):
    folder, _ = whole
    rows = rows_of(folder)
    assert [row["painting"] for row in rows] == NAMES
    for row in rows:
        manifest = json.loads((folder / "runs" / row["painting"] / "manifest.json").read_text())
        for name in ("style_distance", "content_distance"):
            assert float(row[name]) == manifest["scores"][name]
        for name in ("total", "content", "style"):
            assert float(row[f"{name}_loss"]) == manifest["losses"][name]
        assert int(row["steps"]) == manifest["result"]["steps_done"] == 2
        assert [int(row["width"]), int(row["height"])] == manifest["result"]["size"]
        assert float(row["content_weight"]) == manifest["options"]["content_weight"]
        assert row["content_layers"].split("+") == manifest["options"]["content_layers"]
        assert (folder / "runs" / row["picture"]).is_file()
        losses = (folder / "runs" / row["painting"] / "losses.csv").read_text().splitlines()
        assert row["seconds"] == losses[-1].split(",")[1]


def test_what_is_done_is_not_painted_again(whole, tmp_path, monkeypatch):
    folder = again(whole, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in (folder / "runs").glob("*/*")}
    steps = counted_steps(monkeypatch)
    assert study(*VARY, at=folder).code == 0
    assert steps == []
    assert {path: path.stat().st_mtime_ns for path in (folder / "runs").glob("*/*")} == before
    same_pictures(whole[0], folder)


def test_only_what_is_missing_is_painted(whole, tmp_path, monkeypatch):
    folder = again(whole, tmp_path)
    shutil.rmtree(folder / "runs" / NAMES[2])
    steps = counted_steps(monkeypatch)
    assert study(*VARY, at=folder).code == 0
    assert steps == [1, 2]
    same_pictures(whole[0], folder)


@pytest.mark.parametrize("lost", ["picture.png", "manifest.json"])
def test_what_was_lost_is_made_again_from_the_checkpoint(lost, whole, tmp_path, monkeypatch):
    folder = again(whole, tmp_path)
    (folder / "runs" / NAMES[1] / lost).unlink()
    steps = counted_steps(monkeypatch)
    assert study(*VARY, at=folder).code == 0
    assert steps == []  # the checkpoint is of the last step
    same_pictures(whole[0], folder)
    assert rows_of(folder) == rows_of(whole[0])


def test_values_may_be_added_and_left_out(whole, tmp_path, monkeypatch):
    folder = again(whole, tmp_path)
    steps = counted_steps(monkeypatch)
    vary = ("--vary", "content_weight=5,1", "--vary", "content_layers=conv4_2")
    assert study(*vary, at=folder).code == 0
    assert steps == [1, 2]
    assert [row["content_weight"] for row in rows_of(folder)] == ["5", "1"]


def interrupted(monkeypatch, *, after, times=1):
    """Send Ctrl-C in the midst of a step, counted over all paintings."""
    from impasto.methods.painting import Painting

    advance, taken = Painting.advance, []

    def interrupting(painting):
        taken.append(painting.number)
        if len(taken) == after:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)
        return advance(painting)

    monkeypatch.setattr(Painting, "advance", interrupting)
    return taken


@pytest.mark.parametrize(("after", "times", "done"), [(3, 1, 1), (4, 1, 2), (5, 2, 2)])
def test_a_broken_study_goes_on_to_the_same_bytes(after, times, done, whole, tmp_path, monkeypatch):
    folder = desk(tmp_path)
    interrupted(monkeypatch, after=after, times=times)
    outcome = study(*VARY, at=folder)
    assert outcome.code == 130
    assert outcome.err.splitlines()[-1] == (
        f"{done} of 4 paintings are done; run the same command to continue"
    )
    assert not (folder / "runs" / "sheet.png").exists()
    monkeypatch.undo()
    steps = counted_steps(monkeypatch)
    assert study(*VARY, at=folder).code == 0
    taken = after if times == 1 else after - 1
    assert len(steps) == 8 - taken
    same_pictures(whole[0], folder)
    without_seconds = [
        [{**row, "seconds": ""} for row in rows_of(each)] for each in (folder, whole[0])
    ]
    assert without_seconds[0] == without_seconds[1]


def test_results_for_programs(whole, tmp_path):
    outcome = study("--vary", "seed=1,2", "--json", at=desk(tmp_path))
    assert outcome.err == ""
    *paintings, last = outcome.results
    assert [each["status"] for each in paintings] == ["painted"] * 2
    assert [each["options"]["seed"] for each in paintings] == [1, 2]
    assert (last["status"], last["paintings"]) == ("studied", 2)
    assert last["files"][0] == "runs/sheet.png"


def test_a_preset_that_cuts_has_its_shape_at_another_size(tmp_path):
    outcome = study("--preset", "cs20", "--vary", "seed=1", "--json", at=desk(tmp_path))
    assert outcome.results[0]["result"]["size"] == [40, 30]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("--steps", 3), "runs: holds another study (other steps)"),
        (("--style", "a.png"), "runs: holds another study (other style picture)"),
        (("--vary", "seed=1"), "runs: holds another study (other --vary content_weight"),
        (("--study", "pooling"), "runs: holds another study (other kind, grid)"),
    ],
)
def test_the_folder_of_another_study_is_refused(change, told, whole, tmp_path):
    folder = again(whole, tmp_path)
    before = listing(folder)
    vary = () if change[0] == "--study" else VARY
    assert study(*vary, *change, at=folder).complaint.startswith(told)
    assert listing(folder) == before


def test_a_folder_of_something_else_is_refused(tmp_path):
    folder = desk(tmp_path)
    (folder / "runs").mkdir()
    (folder / "runs" / "letter.txt").write_text("dear")
    assert study(*VARY, at=folder).complaint == (
        "runs: holds something else: give another --run-dir"
    )
    (folder / "runs" / "letter.txt").rename(folder / "runs" / "study.json")
    assert study(*VARY, at=folder).complaint.startswith("runs/study.json: not the record")
    assert study(*VARY, "--run-dir", "a.png", at=folder).complaint.startswith("a.png: ")


def test_other_pictures_under_a_name_are_noticed(whole, tmp_path):
    folder = again(whole, tmp_path)
    write_photograph(folder / "a.png", seed=3)
    assert "other content picture" in study(*VARY, at=folder).complaint
    write_style(folder / "s.png", seed=3)
    assert "content picture, style picture" in study(*VARY, at=folder).complaint


def test_a_painting_changed_by_hand_is_refused(whole, tmp_path):
    folder = again(whole, tmp_path)
    path = folder / "runs" / NAMES[0] / "manifest.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 9'))
    complaint = study(*VARY, at=folder).complaint
    assert complaint.startswith(f"runs/{NAMES[0]} already exists, with other values of seed")


MISTAKES = {
    ("--vary", "contnt_weight=5"): "--vary: expected NAME=VALUE,VALUE as in",
    ("--vary", "steps=x"): "--steps: expected a whole number of at least 1, got 'x'",
    ("--vary", "content_layers=conv5_4"): "--content-layers: expected layers of vgg16",
    ("--vary", "init=none.png"): "none.png: no such file",
    ("--vary", "network=vgg19"): "vgg19 is not here",
    ("--vary", "style_weights=1+2"): "--style-weights: expected one, as there is one style",
    ("--vary",): "--vary: expected a value",
    ("--study", "poolin"): "--study: expected list, ",
    ("--study", "pooling", "--vary", "pooling=max"): "--vary: expected all values of pooling",
    ("--study", "pooling", "--course"): "--course and --study are two studies",
    ("--snapshot-every", "0", "--vary", "seed=1"): "--snapshot-every: expected",
    ("--varry", "seed=1"): "no option --varry: did you mean --vary?",
    ("--preset", "cs21"): "--preset: expected",
    (): "nothing to vary: give --vary NAME=VALUE,VALUE",
    ("--style", "none.png", "--vary", "seed=1"): "none.png: no such file",
    ("--vary", "seed=1", "seed=2"): "seed=2: one argument too many",
}


@pytest.mark.parametrize("given", MISTAKES, ids=" ".join)
def test_mistakes_get_one_line_and_leave_nothing(given, tmp_path):
    folder = desk(tmp_path)
    before = listing(folder)
    assert study(*given, at=folder).complaint.startswith(MISTAKES[given])
    assert listing(folder) == before


def test_what_is_missing_is_named(tmp_path):
    folder = desk(tmp_path)
    for given, told in {
        (): "no photograph",
        ("a.png",): "no style",
        ("a.png", "--style", "s.png"): "no folder",
    }.items():
        assert impasto("study", *given, at=folder).complaint.startswith(told)


@pytest.mark.slow
def test_methods_are_compared_and_skipped_too(tmp_path, monkeypatch):
    folder = desk(tmp_path)
    small = ("--size", 40, "--snapshot-every", 50, "--vary", "method=gatys,nearest")
    given = ("study", "a.png", "--style", "s.png", *small, "--run-dir", "runs")
    assert impasto(*given, at=folder).code == 0
    rows = rows_of(folder)
    assert [row["content_loss"] == "" for row in rows] == [False, True]
    steps = counted_steps(monkeypatch)
    again = impasto(*given, at=folder)
    assert (again.code, again.err, steps) == (0, "", [])


def test_a_study_with_masks_and_several_styles(tmp_path):
    folder = desk(tmp_path)
    write_style(folder / "t.png", seed=4)
    mask = Image.new("L", (40, 30), 0)
    mask.paste(255, (0, 0, 20, 30))
    mask.save(folder / "left.png")
    mask.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "right.png")
    given = ("--masks", "left.png", "right.png", "--vary", "feather=0,4")
    outcome = study(*given, style=("s.png", "t.png"), at=folder)
    assert outcome.code == 0, outcome
    assert [row["feather"] for row in rows_of(folder)] == ["0", "4"]
