"""Nothing painted is lost, and nothing that was not painted passes for a picture."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file, save_file

from cli_pictures import SMALL, desk, impasto, listing, paint, write_photograph
from impasto.errors import ResultError
from impasto.files import write_json
from impasto.image import read_manifest
from impasto.lock import held
from impasto.methods.gatys.objective import Objective
from impasto.methods.nearest.objective import HeldObjective
from impasto.methods.painting import Painting
from impasto.weights import bundled

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this")


def _steps_done(path):
    return read_manifest(path)["result"]["steps_done"]


def test_a_picture_that_cannot_be_scored_is_there(tmp_path, monkeypatch, caplog):
    folder = desk(tmp_path)

    def broken(*_):
        raise RuntimeError("the judge is ill")

    monkeypatch.setattr("impasto.photograph.painter.scores_of", broken)
    outcome = impasto("paint", "a.png", "--style", "s.png", *SMALL, at=folder)
    assert outcome.code == 0
    assert ", not scored" in outcome.out
    assert "the picture is not scored (the judge is ill)" in caplog.text
    assert _steps_done(folder / "a-s.png") == 4


def test_a_broken_store_does_not_keep_from_scoring(tmp_path, isolated_home):
    (isolated_home / "weights").mkdir(parents=True)
    (isolated_home / "weights" / "vgg19.safetensors").touch()
    [result] = paint("a.png", "--network", "vgg16", at=desk(tmp_path)).results
    assert result["scores"]["style_distance"] > 0


def test_a_full_run_folder_ends_the_run_and_keeps_the_picture(tmp_path, small_disk):
    folder = desk(tmp_path)
    (folder / "run").symlink_to(small_disk)
    outcome = impasto("paint", "a.png", "--style", "s.png", *SMALL, "--run-dir", "run", at=folder)
    assert outcome.code == 2
    complaint = outcome.err.splitlines()[-1]
    assert complaint.startswith("impasto: run/")
    assert complaint.endswith("cannot be written (No space left on device)")
    assert "Traceback" not in outcome.err
    assert 0 < _steps_done(folder / "a-s.png") <= 4
    assert not [name for name in listing(folder) if ".impasto-" in name]


def test_a_picture_for_a_full_disk_is_kept_elsewhere(tmp_path, small_disk, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (small_disk / "filler").write_bytes(bytes(60_000))
    folder = desk(tmp_path)
    outcome = paint("a.png", "-o", small_disk / "a.png", "--run-dir", "run", at=folder)
    complaint = outcome.err.splitlines()[-1]
    assert (
        "a.png: cannot be written (No space left on device): the picture is saved as" in complaint
    )
    kept = Path(complaint.rpartition(" ")[2])
    assert _steps_done(kept) == 4
    assert outcome.code == 2
    assert outcome.results[0]["output"] == str(kept)
    assert (folder / "run" / "checkpoint.pt").is_file()


@pytest.mark.parametrize("stream", [False, True])
def test_a_picture_that_can_be_nowhere_is_not_told_as_painted(
    tmp_path, small_disk, monkeypatch, stream
):
    monkeypatch.setattr("tempfile.tempdir", str(small_disk))
    (small_disk / "filler").write_bytes(bytes(60_000))
    folder = desk(tmp_path)
    output = "-" if stream else small_disk / "a.png"
    given = ("paint", "a.png", "--style", "s.png", *SMALL, "-o", output, "--run-dir", "run")
    outcome = impasto(*given, at=folder)
    assert (outcome.code, outcome.out) == (2, "")
    complaint = outcome.err.splitlines()[-1]
    assert complaint.endswith("cannot be written (No space left on device)")
    assert (folder / "run" / "checkpoint.pt").is_file()


def test_a_run_that_was_killed_after_its_picture_is_written_to_the_end(tmp_path):
    folder = desk(tmp_path)
    whole = paint("a.png", "--run-dir", "run", at=folder)
    manifest = folder / "run" / "manifest.json"
    begun = {key: each for key, each in json.loads(manifest.read_text()).items() if key != "result"}
    write_json(manifest, begun)
    (folder / "run" / "progress.mp4").unlink()
    again = paint("a.png", "--run-dir", "run", "--resume", at=folder)
    assert [each.results[0]["status"] for each in (whole, again)] == ["painted", "painted"]
    assert (folder / "run" / "progress.mp4").is_file()
    third = paint("a.png", "--run-dir", "run", "--resume", at=folder)
    assert third.results[0]["status"] == "skipped"


@pytest.mark.parametrize("command", ["paint", "apply"])
def test_one_name_that_is_too_long_does_not_end_a_folder(command, tmp_path):
    folder = desk(tmp_path)
    for name in ("a", "好" * 83, "z"):
        write_photograph(folder / "photos" / f"{name}.png")
    (folder / "s.png").rename(folder / "strokes.png")
    styled = ("--style", "strokes.png", *SMALL)
    given = styled if command == "paint" else ("--model", "starry-night")
    outcome = impasto(command, "photos", *given, "-o", "out", at=folder)
    assert outcome.code == 2
    assert len(listing(folder / "out")) == 2
    [complaint] = [line for line in outcome.err.splitlines() if line.startswith("impasto: ")]
    assert "name too long" in complaint.lower()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no such signal")
@pytest.mark.parametrize("times", [1, 3])
def test_the_end_of_the_terminal_keeps_the_picture(tmp_path, monkeypatch, times):
    advance = Painting.advance

    def hung_up(painting):
        for _ in range(times * (painting.number == 1)):
            os.kill(os.getpid(), signal.SIGHUP)
        return advance(painting)

    monkeypatch.setattr(Painting, "advance", hung_up)
    folder = desk(tmp_path)
    outcome = paint("a.png", at=folder)
    assert outcome.code == 130
    assert _steps_done(folder / "a-s.png") == 2


def test_an_error_in_the_midst_keeps_what_is_painted(tmp_path, monkeypatch):
    advance = Painting.advance

    def failing(painting):
        if painting.number == 2:
            raise RuntimeError("out of memory")
        return advance(painting)

    monkeypatch.setattr(Painting, "advance", failing)
    folder = desk(tmp_path)
    outcome = paint("a.png", at=folder)
    assert outcome.code == 2
    assert "a.png: the memory ran out" in outcome.err
    assert _steps_done(folder / "a-s.png") == 2
    assert outcome.results[0]["status"] == "stopped"
    assert "the memory ran out" in outcome.results[0]["error"]


def test_a_second_run_in_a_folder_is_refused(tmp_path):
    folder = desk(tmp_path)
    with held(folder / "run"):
        complaint = paint("a.png", "--run-dir", "run", at=folder).complaint
    assert complaint == (
        "run: another run uses this folder: wait until it ends, or give another --run-dir"
    )


def test_a_run_folder_leads_nowhere_out_of_it(tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", "--run-dir", "run", "-o", "there.png", at=folder).code == 0
    (folder / "there.png").unlink()
    manifest = json.loads((folder / "run" / "manifest.json").read_text())
    write_json(folder / "run" / "manifest.json", {**manifest, "output": str(tmp_path / "x.png")})
    resume = ("paint", "--run-dir", "run", "--resume", "--json")
    assert impasto(*resume, at=folder).results[0]["output"] == str(Path("run", "x.png"))
    assert not (tmp_path / "x.png").exists()
    assert impasto(*resume, "-o", "there.png", at=folder).results[0]["output"] == "there.png"


@LINUX
def test_names_that_are_not_utf_8(tmp_path):
    folder = desk(tmp_path)
    name = os.fsdecode(b"b\xff")
    (folder / "a.png").rename(folder / f"{name}.png")
    run = ("--run-dir", name, "--init", f"{name}.png")
    [result] = paint(f"{name}.png", "-o", f"{name}.tif", *run, at=folder).results
    assert result["inputs"]["content"]["name"] == f"{name}.png"
    assert any((folder / name / "tensorboard").iterdir())
    again = impasto("paint", "--run-dir", name, "--resume", "--json", at=folder)
    assert again.code == 0


# What is not a number: weights, a network, a checkpoint, losses, gradients, a picture.


def _weights(folder):
    path = bundled("vgg16").path
    arrays = load_file(path)
    arrays["conv2_1.bias"] = arrays["conv2_1.bias"].copy()
    arrays["conv2_1.bias"][3] = np.nan
    from impasto.weights.canonical import metadata

    save_file(arrays, folder / "nan.safetensors", metadata(path))
    return "--network", "nan.safetensors"


def test_weights_with_nan_are_an_error(tmp_path):
    folder = desk(tmp_path)
    complaint = paint("a.png", *_weights(folder), at=folder).complaint
    assert complaint.startswith("nan.safetensors: damaged: conv2_1.bias holds values")
    assert not (folder / "a-s.png").exists()


def _spoiled(monkeypatch, method, what):
    """Have every step give a loss or a gradient that is none."""
    kind = Objective if method == "gatys" else HeldObjective
    whole = kind.forward

    def spoiled(self, image):
        losses = dict(whole(self, image))
        slope = (image - image.detach()).abs().sum().sqrt() * 0  # of 0, and its gradient is NaN
        losses["total"] = losses["total"] + (slope if what == "gradient" else slope * torch.nan)
        return losses

    monkeypatch.setattr(kind, "forward", spoiled)


@pytest.mark.parametrize("what", ["loss", "gradient"])
@pytest.mark.parametrize("method", ["gatys", "nearest"])
def test_losses_that_are_never_numbers_are_an_error(tmp_path, monkeypatch, what, method):
    _spoiled(monkeypatch, method, what)
    folder = desk(tmp_path)
    outcome = paint("a.png", "--method", method, "--run-dir", "run", at=folder)
    assert outcome.code == 2
    [result] = outcome.results
    assert result["status"] == "failed"
    assert result["error"].startswith("painting failed in ")
    assert result["error"] in outcome.err
    assert not (folder / "a-s.png").exists()


def test_the_library_says_so_too(monkeypatch):
    from impasto import paint as library_paint

    _spoiled(monkeypatch, "gatys", "loss")
    pictures = np.random.default_rng(0).random((2, 40, 48, 3))
    with pytest.raises(ResultError):
        library_paint(*pictures, size=48, steps=2)


def test_a_checkpoint_with_nan_is_an_error(tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", "--run-dir", "run", at=folder).code == 0
    (folder / "a-s.png").unlink()
    path = folder / "run" / "checkpoint.pt"
    kept = torch.load(path)
    kept["state"]["canvas"]["image"][0, 0, 3, 3] = torch.nan
    torch.save(kept, path)
    complaint = paint("a.png", "--run-dir", "run", "--resume", at=folder).complaint
    assert "the checkpoint has a picture with values that are not finite" in complaint
    assert not (folder / "a-s.png").exists()


def test_a_network_with_nan_is_an_error(tmp_path):
    import onnx
    from onnx import numpy_helper

    from impasto.networks.resolve import located

    folder = desk(tmp_path)
    model = onnx.load(located("masters").path)
    tensor = next(each for each in model.graph.initializer if len(each.dims) == 4)
    values = numpy_helper.to_array(tensor).copy()
    values.flat[7] = np.nan
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    onnx.save(model, folder / "nan.onnx")
    given = ("--model", "nan.onnx", "--style-weights", "starry-night", "--json")
    outcome = impasto("apply", "a.png", *given, at=folder)
    assert outcome.code == 2
    assert outcome.results[0]["status"] == "failed"
    assert "the network's output has values that are not finite" in outcome.results[0]["error"]
    assert listing(folder) == ["a.png", "nan.onnx", "s.png"]


# Standard streams, of processes of their own.

APPLY = (sys.executable, "-m", "impasto", "apply", "a.png", "--model", "starry-night")


def _shell(folder, redirected, *arguments):
    """Run apply with streams redirected by a shell; give its exit code and what is on stderr."""
    line = f'exec "$@" {redirected}'
    command = ["sh", "-c", line, "sh", *APPLY, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False)


@LINUX
@pytest.mark.parametrize(
    ("redirected", "output", "code", "told"),
    [
        ("2>&-", "o.png", 0, b""),
        (">&-", "o.png", 0, b""),
        ("<&- >&- 2>&-", "o.png", 0, b""),
        (">/dev/full", "o.png", 2, b"standard output: cannot be written (No space left"),
        (">/dev/full", "-", 2, b"standard output: cannot be written (No space left"),
        (">&-", "-", 2, b"standard output: cannot be written (it is closed)"),
        ("2>/dev/full", "o.png", 0, b""),
    ],
)
def test_streams_that_are_closed_or_full(tmp_path, redirected, output, code, told):
    folder = desk(tmp_path)
    done = _shell(folder, redirected, "-o", output)
    assert done.returncode == code, done
    assert told in done.stderr
    assert done.stderr.count(b"\n") == bool(told)
    assert (folder / "o.png").exists() == (output == "o.png")


def test_a_painting_goes_to_standard_output(tmp_path):
    folder = desk(tmp_path)
    command = [sys.executable, "-m", "impasto", "paint", "a.png", "--style", "s.png", *SMALL]
    with (folder / "o.png").open("wb") as file:
        subprocess.run([*command, "-o", "-"], cwd=folder, stdout=file, check=True)
    with Image.open(folder / "o.png") as picture:
        picture.load()
    assert listing(folder) == ["a.png", "o.png", "s.png"]


def test_help_in_few_columns_ends(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "5")
    outcome = impasto("paint", "--help", at=tmp_path)
    assert outcome.code == 0
    assert "--style-weight" in outcome.out
    assert os.environ["COLUMNS"] == "5"
