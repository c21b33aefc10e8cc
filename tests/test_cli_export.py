"""``impasto export``: one checked file, or one line about why not."""

import itertools

import pytest
import torch

from cli_pictures import impasto, listing
from impasto.checkpoint import save_checkpoint
from johnson_parts import bits, model_file, opened, practice, read_styles, run, style_of, trained


@pytest.fixture
def desk(tmp_path):
    folder = tmp_path / "desk"
    folder.mkdir()
    model_file(folder / "m.onnx", trained(("great-wave", "night")))
    return folder


def export(*arguments, at):
    return impasto("export", *arguments, at=at)


def test_a_model_file_is_written_and_checked(desk):
    done = export("m.onnx", "new/out.onnx", at=desk)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("new/out.onnx: ")
    assert "styles great-wave, night" in done.out
    assert "at 96 x 64, 128 x 160, 256 x 256 within " in done.out
    assert (desk / "new" / "out.onnx").read_bytes() == (desk / "m.onnx").read_bytes()


def test_the_result_for_programs(desk):
    [told] = export("m.onnx", "out.onnx", "--json", at=desk).results
    assert told["output"] == "out.onnx"
    assert told["bytes"] == (desk / "out.onnx").stat().st_size
    assert told["styles"] == ["great-wave", "night"]
    assert [each["size"] for each in told["parity"]] == [[64, 96], [160, 128], [256, 256]]
    assert all(0 <= each["difference"] < 1e-3 for each in told["parity"])


def test_a_run_gives_its_last_weights_or_its_best(desk, monkeypatch):
    practice(desk / "photos")
    # As if it got worse: the best is not the last.
    losses = itertools.count()
    worse = lambda *_: {"total": torch.tensor(float(next(losses)))}  # noqa: E731
    monkeypatch.setattr("impasto.methods.johnson.task.JohnsonTask.validate", worse)
    given = {"steps": 4, "validate_every": 1}
    run(desk, [style_of(desk, "a")], desk / "run", **given)
    assert export("run", "last.onnx", at=desk).code == 0
    assert export("run", "best.onnx", "--best", at=desk).code == 0
    assert export("run/checkpoints/000004.pt", "four.onnx", at=desk).code == 0
    last, best, four = (
        bits(read_styles(desk / f"{name}.onnx").network.state_dict())
        for name in ("last", "best", "four")
    )
    assert last == four == bits(read_styles(desk / "run").network.state_dict())
    assert best == bits(read_styles(desk / "run", best=True).network.state_dict())
    assert best != last
    assert opened(desk / "last.onnx").card.size == 32


MISTAKES = {
    "nothing": ((), "MODEL and OUT are missing"),
    "no output": (("m.onnx",), "OUT is missing"),
    "not there": (("none.onnx", "out.onnx"), "none.onnx: cannot be read (No such file"),
    "no run": (("none", "out.onnx"), "none: no such checkpoint"),
    "empty folder": (("empty", "out.onnx"), "empty: no checkpoint of a training in this folder"),
    "no best": (("empty", "out.onnx", "--best"), "empty: no checkpoint of a training"),
    "cut": (("cut.onnx", "out.onnx"), "cut.onnx: not a whole trained network"),
    "text": (("text.pt", "out.onnx"), "text.pt: not a whole checkpoint"),
    "painting": (("painting.pt", "out.onnx"), "painting.pt: not a checkpoint of training"),
    "no onnx": (("m.onnx", "out.pt"), "out.pt: a model file's name ends in .onnx"),
    "in a file": (("m.onnx", "text.pt/out.onnx"), "text.pt/out.onnx: cannot be written"),
    "a folder": (("m.onnx", "folder.onnx"), "folder.onnx: cannot be written"),
    "option": (
        ("m.onnx", "out.onnx", "--bset"), "no option --bset: did you mean --best?",
    ),
    "too many": (("m.onnx", "out.onnx", "more"), "more: one argument too many"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_line_about_what_is_wrong(mistake, desk):
    given, words = MISTAKES[mistake]
    (desk / "cut.onnx").write_bytes((desk / "m.onnx").read_bytes()[:999])
    (desk / "text.pt").write_text("no checkpoint")
    save_checkpoint(desk / "painting.pt", "painting", {"state": {}})
    (desk / "empty").mkdir()
    (desk / "folder.onnx").mkdir()
    before = listing(desk)
    assert words in export(*given, at=desk).complaint
    assert listing(desk) == before, "something was left behind"


def test_a_file_that_would_paint_otherwise_is_not_written(desk, monkeypatch):
    monkeypatch.setattr("impasto.training.model_file.TOLERANCE", 1e-9)
    told = export("m.onnx", "out.onnx", at=desk).complaint
    assert told.startswith(
        "out.onnx: not written, as onnxruntime and torch give different pictures"
    )
    assert listing(desk) == ["m.onnx"]
