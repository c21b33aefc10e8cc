"""Windows, macOS and a place without torch are not here; what they lack can be taken away."""

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from cli_pictures import write_photograph, write_style
from film_clips import moving_square, write_film

ROOT = Path(__file__).parent.parent
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


NETWORKS = """
import json, sys
sys.modules.update(dict.fromkeys(json.loads(sys.argv[1])))
from impasto.commands.main import main
code = [main(command.split()) for command in json.loads(sys.argv[2])]
sys.exit(str(code))
"""


def test_networks_run_with_the_packages_that_readme_names(tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [given] = re.findall(r"pip install -c constraints.txt (.+)\npip install --no-deps \.", readme)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split("[><=]", each)[0] for each in project["dependencies"]}
    left_out = needed - {*given.split()}
    away = [name for name, whole in packages_distributions().items() if left_out & {*whole}]
    assert {"torch", "jaxtyping"} <= {*away}
    write_photograph(tmp_path / "a.png")
    write_style(tmp_path / "s.png")
    write_film(tmp_path / "a.mp4", moving_square(2))
    commands = [
        "encode s.png --as night",
        "apply a.png --style s.png --strength 1.5 --keep-color histogram",
        "apply a.png --model great-wave -o b.png --masks a.png --feather 2",
        "sheet a.png --models night great-wave --size 64",
        "video a.mp4 --style night --style-scale 2",
        "models",
        "paint a.png --style s.png",
    ]
    script = [sys.executable, "-c", NETWORKS, json.dumps(away), json.dumps(commands)]
    done = subprocess.run(script, cwd=tmp_path, capture_output=True, text=True, check=False)
    *_, complaint, codes = done.stderr.splitlines()
    assert codes == "[0, 0, 0, 0, 0, 0, 2]", done.stderr
    assert re.fullmatch(
        r"impasto: impasto paint needs \w+, which is not installed: install impasto with all its "
        "packages",
        complaint,
    )
