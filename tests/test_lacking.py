"""Windows and macOS cannot be run here; what they lack can be taken away."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli_pictures import write_photograph, write_style

LACKING = Path(__file__).with_name("lacking.py")

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="which files are open is asked of Linux"
)


def lacking(*command, at, code=0, **environment):
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", LACKING, *command],
        cwd=at,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


AWAY = [
    "import fcntl",
    "import resource",
    "import os; os.fork",
    "import os; os.sched_getaffinity(0)",
    "import signal; signal.SIGHUP",
    "from pathlib import Path; Path('a:b').open('w')",
    "from pathlib import Path; Path('/tmp', 256 * 'a').mkdir()",
    "import os, tempfile; kept = tempfile.NamedTemporaryFile(); os.replace(kept.name, kept.name)",
]
ALL = """
import json, sys, lacking
lacking.take_away()
for code in json.loads(sys.argv[1]):
    try:
        exec(code, {"__name__": "impasto.some"})
    except (ImportError, AttributeError, OSError):
        continue
    print(code)
"""


def test_it_is_really_away():
    command = [sys.executable, "-c", ALL, json.dumps(AWAY)]
    done = subprocess.run(command, cwd=LACKING.parent, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_paints_applies_and_resumes(tmp_path):
    write_photograph(tmp_path / "a.png")
    write_style(tmp_path / "s.png")
    painted = ["paint", "a.png", "--style", "s.png", "--size", "64", "--steps", "3", "-o", "p.png"]
    lacking(*painted, "--run-dir", "run", at=tmp_path, code=130, INTERRUPT="1")
    lacking("paint", "--run-dir", "run", "--resume", at=tmp_path)
    lacking(*painted[:-1], "whole.png", at=tmp_path)
    resumed, whole = (tmp_path / name for name in ("run/p.png", "whole.png"))
    from impasto import read_picture

    assert (read_picture(resumed).pixels == read_picture(whole).pixels).all()
    lacking("apply", "a.png", "s.png", "--model", "starry-night", "-o", "applied", at=tmp_path)
    assert len([*(tmp_path / "applied").iterdir()]) == 2
