"""Two processes on the CPU, as torchrun starts them, against one."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from impasto.errors import OptionError, RunError
from impasto.track import read_losses
from impasto.training.processes import Processes
from impasto.training.train import run as train
from impasto.training.trained import read_trained
from training_parts import Alone, Noise, Rivals, begin, material, options

BATCH = {"steps": 6, "batch": 4, "ema": 0.8, "validate_every": 2, "checkpoint_every": 100}


def plain(at, task, changes, **more):
    processes = Processes("cpu", "fp32")
    what = material(content=Noise(10, broken=(1, 2)), style=Noise(7))
    given = options(**{**BATCH, **changes})
    return train(task, what, given, processes, run_dir=Path(at), recipe={"a": 1}, **more)


def spoil(number, loss):
    return loss * float("nan") if number == 3 else loss


SCRIPT = f"""
import os, shutil, sys
import torch
torch.set_num_threads(1)
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_training_processes import *

processes = Processes("cpu", "fp32")
second = processes.index == 1
told = []

# The same losses as one process.
result = plain("plain", Alone(), {{"accumulate": 2}}, on_step=told.append)
assert len(told) == (0 if second else 6)
assert result.skipped == {{"1.jpg": "truncated", "2.jpg": "truncated"}}, result.skipped

# Weights that began otherwise are the main one's; a loss that only one finds not finite is left
# out by both.
task = Alone(spoil=spoil if second else lambda number, loss: loss)
with torch.no_grad():
    task.modules["network"][0].weight.add_(processes.index)
assert plain("spoiled", task, {{}}).left_out == 1

# Each has its own chance and pool; a wish of one stops both; what was broken off goes on.
plain("whole", Rivals(), {{}})
asked = iter(range(3))
stopped = plain("broken", Rivals(), {{}}, stop=lambda: second and next(asked, None) is None)
assert (stopped.status, stopped.steps) == ("stopped", 3)
processes.from_main(lambda: shutil.copytree("broken", "fewer"))
plain("broken", Rivals(), {{}}, resume=True)

# An error of the main one is everyone's.
try:
    plain("plain", Alone(), {{}})
except RunError as error:
    assert "holds a training already" in str(error)
else:
    raise SystemExit("not refused")
try:
    Processes("cuda:0" if torch.cuda.is_available() else "cpu:0", "fp32")
except OptionError as error:
    assert "device: expected no number with several processes" in str(error)
else:
    raise SystemExit("not refused")

# Nothing that the connection was made of lives on into the end of Python.
processes._state.destroy_process_group()
threads = [(each / "comm").read_text() for each in Path("/proc/self/task").iterdir()]
assert not [each for each in threads if "gloo" in each], threads
os.write(1, f"done {{processes.index}}\\n".encode())  # in one piece: the others write there, too
"""


def start(folder, *launcher):
    (folder / "script.py").write_text(SCRIPT)
    environment = {**os.environ, "GLOO_SOCKET_IFNAME": "lo"}
    process = subprocess.Popen(
        [sys.executable, "-m", *launcher, "script.py"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=200)
    finally:
        if process.poll() is None:  # those it started would wait for each other for ever
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, err
    return out


def same_weights(one, other):
    first, second = read_trained(one).weights, read_trained(other).weights
    for name in first:
        for key in first[name]:
            yield first[name][key], second[name][key]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="names the loopback device")
def test_two_processes_train_as_one(tmp_path):
    out = start(
        tmp_path, "torch.distributed.run", "--standalone", "--nproc_per_node", "2",
        "--local_addr", "127.0.0.1",
    )  # fmt: skip
    assert sorted(out.split("\n")) == ["", "done 0", "done 1"]

    plain(tmp_path / "one", Alone(), {})
    for table in ("losses.csv", "validation.csv"):
        one, two = (read_losses(tmp_path / name / table) for name in ("one", "plain"))
        assert one["step"] == two["step"]
        assert two["total"] == pytest.approx(one["total"], rel=1e-5)
    for one, two in same_weights(tmp_path / "one", tmp_path / "plain"):
        torch.testing.assert_close(two, one, rtol=1e-4, atol=1e-5)
    assert (tmp_path / "plain" / "skipped.txt").read_text().count("\n") == 2
    manifest = json.loads((tmp_path / "plain" / "manifest.json").read_text())
    assert manifest["environment"]["processes"] == 2

    plain(tmp_path / "one-spoiled", Alone(spoil=spoil), {})
    for one, two in same_weights(tmp_path / "one-spoiled", tmp_path / "spoiled"):
        torch.testing.assert_close(two, one, rtol=1e-4, atol=1e-5)

    for one, two in same_weights(tmp_path / "whole", tmp_path / "broken"):
        assert torch.equal(one, two)
    notes = []
    resumed = plain(
        tmp_path / "fewer", Rivals(), {}, resume=True, on_step=lambda s: notes.append(s.note)
    )
    assert resumed.status == "trained"
    assert notes[0] == (
        "resumed from the same weights, but results will differ (processes 2 then, 1 now)"
    )
    assert set(notes[1:]) == {""}


def test_one_process_is_nothing_special():
    processes = Processes("cpu", "bf16")
    assert (processes.count, processes.index, processes.main) == (1, 0, True)
    assert processes.describe() == {"device": "cpu", "precision": "bf16", "processes": 1}
    assert Processes("cpu", "fp32").dtype is torch.float32, "not that of the first one made"
    tensor = torch.rand(3)
    assert processes.mean(tensor) is tensor
    assert [processes.any(wish) for wish in (True, False)] == [True, False]
    assert processes.gather({"a": 1}) == [{"a": 1}]


@pytest.mark.parametrize(("precision", "dtype"), [("bf16", torch.bfloat16), ("fp32", torch.float)])
def test_losses_are_computed_in_the_precision(precision, dtype):
    seen = set()

    class Watched(Alone):
        def loss(self, modules, images):
            seen.add(modules["network"](images).dtype)
            return super().loss(modules, images).float()

    training = begin(Watched(), options(precision=precision))
    training.advance()
    training.validate()
    assert seen == {dtype}
    assert all(
        each.dtype is torch.float32 for each in training.task.modules["network"].parameters()
    )


def test_errors_of_the_main_process_come_through():
    def fail():
        raise RunError("no")

    with pytest.raises(RunError, match="no"):
        Processes("cpu", "fp32").from_main(fail)
    assert Processes("cpu", "fp32").from_main(lambda: 5) == 5


def test_a_device_that_is_not_there():
    with pytest.raises(OptionError, match="device: expected auto or a device of this machine"):
        Processes("abacus", "fp32")
