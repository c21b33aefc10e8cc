"""``impasto paint --run-dir``: what is kept of a run, and going on from it."""

import csv
import json

import av
import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from cli_pictures import desk, listing, paint, pixels, write_photograph

KEPT = [
    ".lock",
    "checkpoint.pt",
    "losses.csv",
    "losses.png",
    "manifest.json",
    "progress.gif",
    "progress.mp4",
    "snapshots",
    "tensorboard",
]
RUN = ("--run-dir", "run", "--snapshot-every", 2)


def _columns(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_everything_that_is_promised_is_there(tmp_path):
    folder = desk(tmp_path)
    [result] = paint("a.png", *RUN, at=folder).results
    run = folder / "run"
    assert sorted(path.name for path in run.iterdir()) == KEPT
    assert listing(run / "snapshots") == ["000002.png", "000004.png"]
    np.testing.assert_array_equal(pixels(run / "snapshots" / "000004.png").shape, (36, 48, 3))
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["output"] == "a-s.png"
    assert {**manifest, "status": "painted"} == result
    rows = _columns(run / "losses.csv")
    assert [row["step"] for row in rows] == ["1", "2", "3", "4"]
    assert float(rows[-1]["total"]) == manifest["losses"]["total"]
    with Image.open(run / "losses.png") as plot:
        assert min(plot.size) > 100
    with Image.open(run / "progress.gif") as film:
        assert film.n_frames == 2
    with av.open(run / "progress.mp4") as film:
        assert sum(1 for _ in film.decode(video=0)) >= 2
    events = EventAccumulator(str(run / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("loss/total")] == [1, 2, 3, 4]
    tags = events.Tags()
    assert tags["graph"]
    assert tags["images"]


def test_snapshots_of_steps_that_are_chosen(tmp_path):
    folder = desk(tmp_path)
    given = ("--run-dir", "run", "--snapshot-steps", 1, 3, "--steps", 4)
    assert paint("a.png", *given, at=folder).code == 0
    assert listing(folder / "run" / "snapshots") == ["000001.png", "000003.png", "000004.png"]


def test_a_painting_again_without_resume_is_refused(tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", *RUN, at=folder).code == 0
    (folder / "a-s.png").unlink()
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert paint("a.png", *RUN, at=folder).complaint == (
        "run: has a painting already: give --resume to continue it, or another --run-dir"
    )
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("change", "named"), [(("--steps", 6), "steps"), (("--style", "a.png"), "style picture")]
)
def test_going_on_with_another_recipe_is_refused(change, named, tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", *RUN, at=folder).code == 0
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    complaint = paint("a.png", *RUN, "--resume", "-o", "a-s.png", *change, at=folder).complaint
    assert complaint == (
        f"run/checkpoint.pt: made with other values of {named}; "
        "give those again, or another --run-dir"
    )
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("damage", [b"", b"no checkpoint"])
def test_a_damaged_checkpoint_is_refused(damage, tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", *RUN, at=folder).code == 0
    (folder / "run" / "checkpoint.pt").write_bytes(damage)
    complaint = paint("a.png", *RUN, "--resume", "--overwrite", at=folder).complaint
    assert complaint.startswith("run/checkpoint.pt: not a whole checkpoint")


def test_a_folder_with_the_run_of_another_command_is_left_alone(tmp_path):
    folder = desk(tmp_path)
    (folder / "run").mkdir()
    kept = json.dumps({"command": "train"})
    (folder / "run" / "manifest.json").write_text(kept)
    complaint = paint("a.png", "--style", "s.png", "--run-dir", "run", at=folder).complaint
    assert "run: holds a run of `impasto train`: give another --run-dir" in complaint
    assert (folder / "run" / "manifest.json").read_text() == kept


def test_resuming_what_was_never_begun_begins_it(tmp_path):
    folder = desk(tmp_path)
    [result] = paint("a.png", *RUN, "--resume", at=folder).results
    assert result["status"] == "painted"


def test_resuming_what_is_done_skips_it_or_writes_the_same(tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", *RUN, at=folder).code == 0
    assert paint("a.png", *RUN, "--resume", at=folder).results[0]["status"] == "skipped"
    whole = pixels(folder / "a-s.png")
    (folder / "a-s.png").unlink()
    assert paint("a.png", *RUN, "--resume", at=folder).results[0]["status"] == "painted"
    np.testing.assert_array_equal(pixels(folder / "a-s.png"), whole)


def test_every_photograph_has_a_folder_of_its_own(tmp_path):
    folder = desk(tmp_path)
    for name in ("lake", "hill"):
        write_photograph(folder / "photos" / f"{name}.png")
    assert paint("photos", "-o", "out", *RUN, at=folder).code == 0
    assert sorted(path.name for path in (folder / "run").iterdir()) == ["hill-s", "lake-s"]
    assert (folder / "run" / "hill-s" / "checkpoint.pt").is_file()


def test_a_run_folder_of_spaces_and_letters_of_all_kinds(tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", "--run-dir", "läuft gut/湖 1", at=folder).code == 0
    names = sorted(path.name for path in (folder / "läuft gut" / "湖 1").iterdir())
    assert names == KEPT
