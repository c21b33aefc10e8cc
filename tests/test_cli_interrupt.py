"""Ctrl-C: what is painted so far is kept, and going on ends with the same pixels."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from cli_pictures import EXACT, desk, impasto, listing, one_thread, paint, pixels
from impasto.commands.guards import stop_wished
from impasto.image import read_manifest

STEPS = ("--size", 64, "--steps", 40, "--coarsest", 32, *EXACT)
COMMAND = (sys.executable, "-W", "ignore", "-m", "impasto")


def _begin(*arguments, at):
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=at,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait_for(path, process):
    while not path.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_a_broken_run_goes_on_to_the_same_pixels(tmp_path):
    folder = desk(tmp_path)
    run = ("--run-dir", "run", "--snapshot-every", 1)
    given = ("paint", "a.png", "--style", "s.png", *STEPS, *run)
    process = _begin(*given, at=folder)
    _wait_for(folder / "run" / "checkpoint.pt", process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "Stopping after this step" in err
    done = read_manifest(folder / "a-s.png")["result"]["steps_done"]
    assert 0 < done < 40
    assert f"stopped after {done} of 40 steps" in out
    assert (
        json.loads((folder / "run" / "manifest.json").read_text())["result"]["steps_done"] == done
    )
    # The rest in this process, by the manifest; the whole in one go beside it.
    resumed = impasto("paint", "--run-dir", "run", "--resume", "--json", "-o", "a-s.png", at=folder)
    assert resumed.results[0]["status"] == "painted"
    assert resumed.results[0]["output"] == "a-s.png"
    whole = impasto(*given[:-4], "-o", "whole.png", at=folder)
    assert whole.code == 0
    np.testing.assert_array_equal(pixels(folder / "a-s.png"), pixels(folder / "whole.png"))
    steps = [line.split(",")[0] for line in (folder / "run" / "losses.csv").read_text().split()]
    assert steps == ["step", *map(str, range(1, 41))]
    assert not [name for name in listing(folder) if ".impasto-" in name]


_INTERRUPTED_IMPORT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)

from impasto.commands.main import main
sys.meta_path.insert(0, Finder())
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("module", ["argparse", "numpy", "torch", "torch.nn", "impasto.photograph"])
def test_ctrl_c_during_the_imports(module, tmp_path):
    folder = desk(tmp_path)
    given = (module, "paint", "a.png", "--style", "s.png")
    command = (sys.executable, "-c", _INTERRUPTED_IMPORT, *given)
    process = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (process.returncode, process.stdout, process.stderr) == (130, "", "")
    assert listing(folder) == ["a.png", "s.png"]


def _interrupting(monkeypatch, *, at, times=1):
    """Send Ctrl-C in the midst of a step."""
    from impasto.methods.painting import Painting

    advance = Painting.advance

    def interrupted(painting):
        if painting.number == at:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)
        return advance(painting)

    monkeypatch.setattr(Painting, "advance", interrupted)


def test_one_ctrl_c_finishes_the_step(tmp_path, monkeypatch):
    folder = desk(tmp_path)
    _interrupting(monkeypatch, at=2)
    outcome = paint("a.png", "--run-dir", "run", at=folder)
    assert outcome.code == 130
    [result] = outcome.results
    assert result["status"] == "stopped"
    assert result["result"]["steps_done"] == 3
    assert (folder / "a-s.png").is_file()
    assert (folder / "run" / "checkpoint.pt").is_file()


def test_two_do_not_wait_for_the_step(tmp_path, monkeypatch):
    folder = desk(tmp_path)
    _interrupting(monkeypatch, at=2, times=2)
    outcome = paint("a.png", "--run-dir", "run", "--snapshot-every", 2, at=folder)
    assert outcome.code == 130
    assert outcome.results[0]["result"]["steps_done"] == 2
    monkeypatch.undo()
    resumed = paint("a.png", "--run-dir", "run", "--snapshot-every", 2, "--resume", at=folder)
    assert resumed.results[0]["status"] == "painted"
    assert paint("a.png", "-o", "whole.png", at=folder).code == 0
    np.testing.assert_array_equal(pixels(folder / "a-s.png"), pixels(folder / "whole.png"))


def test_before_the_first_step_nothing_is_written(tmp_path, monkeypatch):
    folder = desk(tmp_path)
    _interrupting(monkeypatch, at=0, times=2)
    assert paint("a.png", at=folder).code == 130
    assert listing(folder) == ["a.png", "s.png"]


def test_the_photographs_after_it_are_left(tmp_path, monkeypatch):
    folder = desk(tmp_path)
    (folder / "b.png").write_bytes((folder / "a.png").read_bytes())
    _interrupting(monkeypatch, at=1)
    outcome = paint("a.png", "b.png", at=folder)
    assert outcome.code == 130
    assert [result["output"] for result in outcome.results] == ["a-s.png"]


def test_the_handlers_are_put_back():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with one_thread(), stop_wished() as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
