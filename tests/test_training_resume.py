"""A training that is broken off and taken up again ends with the same bytes."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from impasto.checkpoint import load_checkpoint, save_checkpoint
from impasto.errors import RunError
from impasto.track import read_losses
from impasto.training.checkpoints import checkpoint_files
from impasto.training.processes import Processes
from impasto.training.train import run as train
from impasto.training.trained import read_trained
from training_parts import Alone, Rivals, begin, material, options, weights

STEPS = 7
GIVEN = options(steps=STEPS, batch=4, accumulate=2, ema=0.8, validate_every=2, sheet_every=2,
                checkpoint_every=3, schedule="cosine", warmup=2, clip=1.0, keep=2)  # fmt: skip


def spoiled_rivals():
    """Rivals of which one step fails: the third, by its learning rate's place in the schedule."""
    task = Rivals()
    task.calls = 0
    inner = task.phases

    def phases(batch):
        bad = batch["position"][0].item() in (8, 9, 10, 11)
        task.spoil = lambda _, loss: loss * float("nan") if bad else loss
        yield from inner(batch)

    task.phases = phases
    return task


def advance(training, steps):
    return [dict(training.advance().losses) for _ in range(steps)]


def plain(losses):
    return [{name: repr(value) for name, value in each.items()} for each in losses]


@pytest.mark.parametrize("build", [Rivals, spoiled_rivals, Alone])
def test_resumed_at_any_step_it_ends_with_the_same_bytes(tmp_path, build):
    unbroken = begin(build(), GIVEN)
    losses = advance(unbroken, STEPS)
    for done in range(STEPS + 1):
        broken = begin(build(), GIVEN)
        advance(broken, done)
        save_checkpoint(tmp_path / "one.pt", "training", {"state": broken.state_dict()})
        advance(broken, min(2, STEPS - done))  # what is lost
        resumed = begin(build(), GIVEN)
        resumed.load_state_dict(load_checkpoint(tmp_path / "one.pt", "training", dict)["state"])
        assert resumed.number == done
        assert plain(advance(resumed, STEPS - done)) == plain(losses[done:])
        assert torch.equal(weights(resumed), weights(unbroken)), f"resumed after {done} steps"
        assert (resumed.best, resumed.best_number) == (unbroken.best, unbroken.best_number)
        assert resumed.left_out == unbroken.left_out


def test_looking_at_a_training_does_not_change_its_way():
    left = begin(Rivals(), GIVEN)
    advance(left, STEPS)
    watched = begin(Rivals(), GIVEN)
    for _ in range(STEPS):
        step = watched.advance()
        assert torch.equal(step.image(), step.image())
        watched.validate()
        watched.sheet()
    assert torch.equal(weights(watched), weights(left))
    assert watched.task.modules["generator"].training


def test_the_seed_decides_what_comes_by_chance():
    ends = []
    for seed in (3, 3, 4):
        training = begin(Rivals(), options(seed=seed))
        advance(training, 2)
        ends.append(weights(training))
    assert torch.equal(ends[0], ends[1])
    assert not torch.equal(ends[0], ends[2])


def run(folder, task=None, given=GIVEN, **changes):
    task = task or Rivals()
    processes = Processes("cpu", "fp32")
    fixed = {"run_dir": folder, "recipe": {"styles": ["a"]}, **changes}
    return train(task, material(), given, processes, **fixed)


def stopping(after):
    asked = iter(range(after))
    return lambda: next(asked, None) is None


def test_a_stopped_run_goes_on_to_the_same_files(tmp_path):
    whole = run(tmp_path / "whole")
    assert (whole.status, whole.steps) == ("trained", STEPS)
    for done in (0, 4):
        folder = tmp_path / f"broken{done}"
        stopped = run(folder, stop=stopping(done))
        assert (stopped.status, stopped.steps) == ("stopped", done)
        assert [int(path.stem) for path in checkpoint_files(folder / "checkpoints")][-1:] == (
            [done] if done else []
        )
        resumed = run(folder, resume=True)
        assert resumed == whole
        first, second = (read_trained(at) for at in (tmp_path / "whole", folder))
        for name, expected in first.weights.items():
            for key, tensor in expected.items():
                assert torch.equal(second.weights[name][key], tensor)
        for table in ("losses.csv", "validation.csv"):
            one, other = (read_losses(at / table) for at in (tmp_path / "whole", folder))
            assert {**one, "seconds": []} == {**other, "seconds": []}
        names = sorted(path.name for path in (folder / "sheets").iterdir())
        assert names == ["000002.png", "000004.png", "000006.png", "000007.png"]
        for name in names:
            sheet = Path("sheets") / name
            assert (folder / sheet).read_bytes() == (tmp_path / "whole" / sheet).read_bytes()


def test_the_best_is_the_same_after_resuming(tmp_path):
    run(tmp_path / "whole")
    run(tmp_path / "broken", stop=stopping(5))
    run(tmp_path / "broken", resume=True)
    first, second = (read_trained(tmp_path / name, best=True) for name in ("whole", "broken"))
    assert first.number == second.number
    assert all(
        torch.equal(first.weights[name][key], second.weights[name][key])
        for name in first.weights
        for key in first.weights[name]
    )


def test_a_finished_run_has_nothing_left_to_do(tmp_path):
    whole = run(tmp_path)
    again = run(tmp_path, resume=True)
    assert (again.status, again.steps, again.losses) == ("trained", STEPS, {})
    assert again.best == whole.best


def test_a_run_at_a_constant_rate_can_be_made_longer(tmp_path):
    short = options(steps=2)
    run(tmp_path, given=short)
    assert run(tmp_path, given=options(steps=4), resume=True).steps == 4
    with pytest.raises(RunError, match="checkpoint at step 4, but the run has 3"):
        run(tmp_path, given=options(steps=3), resume=True)


SCRIPT = """
import os, signal, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
sys.path.insert(0, sys.argv[1])
from dataclasses import replace
from impasto.commands.guards import stop_wished
from test_training_resume import GIVEN, run
from training_parts import Rivals

class Interrupted(Rivals):
    def phases(self, batch):
        if batch["position"][0] == 4 * 3:  # in the midst of the fourth step, to all processes
            os.killpg(0, signal.SIGINT)
        yield from super().phases(batch)

with stop_wished() as stop:
    result = run(Path(sys.argv[2]), Interrupted(), replace(GIVEN, workers=1), stop=stop)
print(result.status, result.steps)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_saves_and_the_run_goes_on_to_the_same_bytes(tmp_path):
    given = [sys.executable, "-W", "error", "-c", SCRIPT, str(Path(__file__).parent), str(tmp_path)]
    done = subprocess.run(
        given,
        capture_output=True,
        text=True,
        timeout=120,
        start_new_session=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (done.returncode, done.stdout) == (0, "stopped 4\n"), done.stderr
    assert done.stderr.strip() == "Stopping after this step; Ctrl-C again to stop at once."
    resumed = run(tmp_path, resume=True)
    assert resumed.status == "trained"
    unbroken = begin(Rivals(), GIVEN)
    advance(unbroken, STEPS)
    kept = read_trained(tmp_path).weights
    for name, module in unbroken.shown.items():
        for key, tensor in module.state_dict().items():
            assert torch.equal(kept[name][key], tensor)


def test_a_second_ctrl_c_leaves_the_last_checkpoint(tmp_path):
    def at_once(step):
        if step.number == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, on_step=at_once)
    assert [path.stem for path in checkpoint_files(tmp_path / "checkpoints")] == [
        "000003",
        "000005",
    ], "the fifth step ended the second epoch"
    whole = run(tmp_path / "whole")
    assert run(tmp_path, resume=True) == whole
