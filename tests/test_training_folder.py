"""What is written of a training, what is kept, and what is refused."""

import json

import pytest
import torch
from PIL import Image

from impasto.errors import RunError
from impasto.track import Snapshots, read_losses
from impasto.training.checkpoints import checkpoint_files, difference
from impasto.training.processes import Processes
from impasto.training.train import run as train
from impasto.training.trained import read_trained
from training_parts import SIDE, Alone, Noise, begin, material, options

RECIPE = {"method": "alone", "styles": [{"name": "a", "sha256": "12"}], "options": {"width": 16}}


def run(folder, task=None, what=None, recipe=RECIPE, given=None, **changes):
    given = given or options(steps=6, checkpoint_every=2, validate_every=2, sheet_every=4)
    processes = Processes(given.device, given.precision)
    what = what or material(content=Noise(50))
    return train(task or Alone(), what, given, processes, run_dir=folder, recipe=recipe, **changes)


def stems(folder):
    return [int(path.stem) for path in checkpoint_files(folder / "checkpoints")]


def test_everything_that_is_written(tmp_path):
    steps = []
    result = run(tmp_path / "new" / "run", on_step=steps.append)
    folder = tmp_path / "new" / "run"
    assert sorted(path.name for path in folder.iterdir()) == [
        ".lock", "best.pt", "checkpoints", "losses.csv", "losses.png", "manifest.json", "sheets",
        "tensorboard", "validation.csv", "validation.png",
    ]  # fmt: skip
    assert [step.number for step in steps] == [1, 2, 3, 4, 5, 6]
    losses = read_losses(folder / "losses.csv")
    assert losses["step"] == [1, 2, 3, 4, 5, 6]
    assert losses["total"] == [step.losses["total"] for step in steps]
    assert set(losses) == {"step", "seconds", "total", "plain"}
    validation = read_losses(folder / "validation.csv")
    assert validation["step"] == [2, 4, 6]
    assert validation["total"] == [steps[at].losses["validation/total"] for at in (1, 3, 5)]
    assert min(validation["total"]) == result.best[0]
    with Image.open(folder / "sheets" / "000004.png") as sheet:
        assert sheet.size == (SIDE, SIDE)
    assert sorted(path.name for path in (folder / "sheets").iterdir()) == [
        "000004.png",
        "000006.png",
    ]


def test_the_manifest(tmp_path):
    result = run(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["command"] == "train"
    assert manifest["recipe"]["styles"] == RECIPE["styles"]
    assert manifest["recipe"]["training"]["batch"] == 2
    assert manifest["options"]["steps"] == 6
    assert manifest["environment"]["device"] == "cpu"
    assert manifest["result"]["steps"] == 6
    assert manifest["result"]["losses"] == result.losses
    assert manifest["result"]["best"] == list(result.best)


def test_a_manifest_is_json_whatever_the_losses(tmp_path):
    run(tmp_path, Alone(spoil=lambda number, loss: loss * float("nan") if number == 6 else loss))
    text = (tmp_path / "manifest.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail)["result"]["losses"]["total"] is None
    assert json.loads(text)["result"]["left_out"] == 1


def test_the_manifest_is_there_from_the_start(tmp_path):
    def look(step):
        if step.number == 1:
            assert "result" not in json.loads((tmp_path / "manifest.json").read_text())

    run(tmp_path, on_step=look)


@pytest.mark.parametrize("keep", [1, 2, 9])
def test_the_last_checkpoints_stay(tmp_path, keep):
    run(tmp_path, given=options(steps=6, checkpoint_every=1, keep=keep))
    assert stems(tmp_path) == [1, 2, 3, 4, 5, 6][-keep:]


def test_checkpoints_at_the_end_of_each_epoch(tmp_path):
    # Batches of 2 of 5 pictures: the epochs end within steps 3 and 5 and with 8 and 10.
    given = options(steps=11, checkpoint_every=100, keep=99)
    run(tmp_path, what=material(content=Noise(5)), given=given)
    assert stems(tmp_path) == [3, 5, 8, 10, 11]


def test_the_best_is_the_lowest_validation(tmp_path):
    class Getting(Alone):
        losses = iter([3.0, 1.0, float("nan"), 2.0, 1.0, 4.0])

        def validate(self, modules, batch):
            return {"total": torch.tensor(next(self.losses))}

    kept = []
    given = options(steps=6, validate_every=1, ema=0.5)

    def remember(step):
        kept.append(read_trained(tmp_path, best=True).number)

    result = run(tmp_path, Getting(), given=given, on_step=remember)
    assert kept == [1, 2, 2, 2, 2, 2]
    assert result.best == (1.0, 2)


def test_trained_networks_are_read_averaged(tmp_path):
    given = options(steps=3, ema=0.9)
    run(tmp_path, given=given)
    trained = read_trained(tmp_path)
    training = begin(Alone(), given, material(content=Noise(50)))
    for _ in range(3):
        training.advance()
    assert trained.number == 3
    assert trained.recipe["options"] == RECIPE["options"]
    for key, tensor in training.average.twins["network"].state_dict().items():
        assert torch.equal(trained.weights["network"][key], tensor)
    again = read_trained(trained.path)
    assert again.number == 3


def test_without_checkpoints_nothing_is_read(tmp_path):
    with pytest.raises(RunError, match="no checkpoint of a training in this folder"):
        read_trained(tmp_path)
    with pytest.raises(RunError, match="no checkpoint of a training in this folder"):
        read_trained(tmp_path, best=True)


def test_a_begun_training_is_not_overwritten(tmp_path):
    run(tmp_path)
    before = (tmp_path / "losses.csv").read_bytes()
    with pytest.raises(RunError, match="holds a training already: give --resume"):
        run(tmp_path)
    assert (tmp_path / "losses.csv").read_bytes() == before


def test_another_recipe_is_refused_by_what_differs(tmp_path):
    run(tmp_path)
    other = {**RECIPE, "options": {"width": 32}}
    message = r"000006.pt: trained with other values of options.width \(16 then, 32 now\); give"
    with pytest.raises(RunError, match=message):
        run(tmp_path, recipe=other, resume=True)
    with pytest.raises(RunError, match=r"training.batch \(2 then, 4 now\)"):
        run(tmp_path, given=options(batch=4), resume=True)
    assert json.loads((tmp_path / "manifest.json").read_text())["result"]["steps"] == 6


def test_how_it_is_watched_may_change(tmp_path):
    run(tmp_path, given=options(steps=4, log_every=1, keep=1))
    longer = options(steps=6, log_every=3, workers=0, keep=3, accumulate=2)
    assert run(tmp_path, given=longer, resume=True).steps == 6


def test_resuming_where_nothing_was_begun_begins(tmp_path):
    assert run(tmp_path, resume=True).steps == 6


def test_an_older_checkpoint_serves_when_the_newest_is_damaged(tmp_path):
    whole = run(tmp_path / "whole")
    run(tmp_path / "run")
    newest = tmp_path / "run" / "checkpoints" / "000006.pt"
    newest.write_bytes(newest.read_bytes()[:1000])
    steps = []
    assert run(tmp_path / "run", resume=True, on_step=steps.append) == whole
    assert [step.number for step in steps] == [5, 6]
    assert "000006.pt: not a whole checkpoint" in steps[0].note
    assert not steps[1].note
    for path in checkpoint_files(tmp_path / "run" / "checkpoints"):
        path.write_bytes(b"nothing")
    with pytest.raises(RunError, match=r"000006\.pt: not a whole checkpoint"):
        run(tmp_path / "run", resume=True)


def test_going_on_elsewhere_is_told(tmp_path):
    run(tmp_path, given=options(steps=2))
    steps = []
    run(tmp_path, given=options(steps=4, precision="bf16"), resume=True, on_step=steps.append)
    assert steps[0].note == (
        "resumed from the same weights, but results will differ (precision fp32 then, bf16 now)"
    )
    assert not steps[1].note


def test_what_was_skipped_is_written_once_and_remembered(tmp_path):
    what = material(content=Noise(8, broken=(1, 6)))
    given = options(steps=3)
    assert run(tmp_path, what=what, given=given).skipped == {"1.jpg": "truncated"}
    assert (tmp_path / "skipped.txt").read_text() == "1.jpg: truncated\n"
    result = run(tmp_path, what=what, given=options(steps=9), resume=True)
    assert result.skipped == {"1.jpg": "truncated", "6.jpg": "truncated"}
    assert (tmp_path / "skipped.txt").read_text() == "1.jpg: truncated\n6.jpg: truncated\n"


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"run: cannot be written \(Not a directory\)"):
        run(tmp_path / "file" / "run")


def test_a_sheet_that_cannot_be_written_loses_no_training(tmp_path, monkeypatch):
    def full(_, step):
        if step.number == 3:
            raise RunError("sheets: cannot be written")

    monkeypatch.setattr(Snapshots, "__call__", full)
    with pytest.raises(RunError, match="sheets"):
        run(tmp_path, given=options(steps=6, checkpoint_every=9))
    assert stems(tmp_path) == [3]


def test_a_diverging_run_leaves_its_checkpoints(tmp_path):
    task = Alone(spoil=lambda number, loss: loss * float("nan") if number > 4 else loss)
    with pytest.raises(RunError, match="lower learning rate"):
        run(tmp_path, task, given=options(steps=60, checkpoint_every=2, keep=99))
    assert stems(tmp_path)[:2] == [2, 4]
    assert read_losses(tmp_path / "losses.csv")["step"][-1] == 4 + 19
    for number in (4, stems(tmp_path)[-1]):
        kept = read_trained(tmp_path / "checkpoints" / f"{number:06d}.pt")
        assert all(each.isfinite().all() for each in kept.weights["network"].values())


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ({"a": 1}, {"a": 1}, ""),
        ({"a": (1, 2)}, {"a": [1, 2]}, ""),
        ({"a": 1}, {"a": 2}, "a (1 then, 2 now)"),
        ({"a": 1, "b": "x"}, {"b": "x"}, "a (1 then, nothing now)"),
        ({}, {"c": None}, "c (nothing then, null now)"),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 1.5}}}, "a.b.c (1 then, 1.5 now)"),
        ({"a": True}, {"a": 1}, "a (true then, 1 now)"),
        ({"a": {}}, {"a": {"b": 1}}, "a ({} then, nothing now), a.b (nothing then, 1 now)"),
    ],
)
def test_what_two_recipes_differ_in(before, now, told):
    assert difference(before, now) == told


def test_long_values_are_cut():
    told = difference({"files": ["a" * 100]}, {"files": []})
    assert told == f'files (["{"a" * 35}... then, [] now)'
