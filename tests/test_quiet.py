"""Nothing is sent: no command looks up a name, or leaves a file where none is expected."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from impasto import quiet

WAYS = (["unshare", "-n", "-m"], ["unshare", "-r", "-n", "-m"])
COMMANDS = Path(__file__).with_name("quiet_commands.py")


def confining():
    """The command before a command that gives it a network of its own; None where none may."""
    for way in WAYS:
        try:
            subprocess.run(
                [*way, "mount", "--bind", "/etc", "/etc"], check=True, capture_output=True
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return way
    return None


needs_namespaces = pytest.mark.skipif(
    confining() is None, reason="this machine gives no program a network of its own (unshare -n -m)"
)


def test_importing_turns_off_what_sends_in_every_process():
    code = "import impasto, subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    child = "import os; print([os.environ[name] for name in %r])" % [*quiet.SWITCHES]
    wanted = dict.fromkeys(quiet.SWITCHES, "on")
    done = subprocess.run(
        [sys.executable, "-c", code, child],
        env={**os.environ, **wanted},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{[*quiet.SWITCHES.values()]}\n"


@pytest.mark.parametrize(
    ("given", "spins"),
    [({}, "10000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "active"}, None)],
)
def test_threads_wait_briefly_unless_the_user_says_how(monkeypatch, given, spins):
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    quiet.wait_briefly()
    assert os.environ.get("GOMP_SPINCOUNT") == spins


def test_an_environment_for_the_while(monkeypatch):
    monkeypatch.setenv("A_B", "before")
    before = dict(os.environ)
    with quiet.environment({"A_B": "now", "A_C": "now"}):
        os.environ["A_D"] = "added"
        assert (os.environ["A_B"], os.environ["A_C"]) == ("now", "now")
    assert dict(os.environ) == before


@pytest.mark.slow
@needs_namespaces
def test_no_command_looks_up_a_name_or_leaves_a_file(tmp_path):
    home, names = tmp_path / "home", {"IMPASTO_HOME", "MPLCONFIGDIR", *quiet.SWITCHES}
    home.mkdir()
    environment = {name: each for name, each in os.environ.items() if name not in names}
    with tempfile.TemporaryDirectory(dir="/tmp") as temporary:  # a short name, for sockets
        command = [*confining(), sys.executable, COMMANDS, tmp_path, temporary]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert [*Path(temporary).iterdir()] == []
    assert (tmp_path / "asked").read_text() == ""
    assert {each.relative_to(home).parts[:3] for each in home.rglob("*") if each.is_file()} == {
        (".local", "share", "impasto")
    }
    assert {each.name for each in (tmp_path / "work").iterdir()} == {
        "a.png", "s.png", "frames", "applied.png", "s.imp", "sheet.png", "film.mp4", "run", "p.png",
        "st", "d.tfrecord", "j", "j.onnx", "studio", "ray.png",
    }  # fmt: skip
