"""The archives hold what they must and nothing else, and the wheel works in a place of its own."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from PIL import Image

import impasto

pytest.importorskip("build", reason="the group dev is not installed")
pytest.importorskip("hatchling", reason="the group dev is not installed")

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NAME = f"impasto-{impasto.__version__}"

pytestmark = pytest.mark.slow


def called(*command, at, **environment):
    """Run a program as a user's shell would, without this run's PYTHONPATH."""
    kept = {name: each for name, each in os.environ.items() if not name.startswith("PYTHON")}
    given = [str(each) for each in command]
    done = subprocess.run(
        given, cwd=at, env=kept | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{given}: {done.stdout}{done.stderr}"
    return done.stdout


def tracked(*places):
    """The files of the history below some places, as they are in it."""
    listed = called("git", "ls-files", "-z", "--", *places, at=ROOT)
    return {name for name in listed.split("\0") if name}


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """The source archive, and the wheel that is built from it."""
    if not (ROOT / ".git").exists():
        pytest.skip("no history to compare with")
    folder = tmp_path_factory.mktemp("dist")
    called(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, at=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(archives):
    return archives / f"{NAME}-py3-none-any.whl"


def test_there_are_two(archives, wheel):
    assert {each.name for each in archives.iterdir()} == {f"{NAME}.tar.gz", wheel.name}


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    package = {name.removeprefix("src/") for name in tracked("src/impasto")}
    assert {name for name in names if name.startswith("impasto/")} == package
    about = {name for name in names if not name.startswith("impasto/")}
    kinds = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    assert about == {f"{NAME}.dist-info/{each}" for each in (*kinds, "licenses/NOTICE")}
    assert {"impasto/py.typed", "impasto/assets/vgg16.safetensors"} <= names


def test_the_wheel_says_what_it_is(wheel):
    with zipfile.ZipFile(wheel) as archive:
        told = archive.read(f"{NAME}.dist-info/METADATA").decode()
    metadata = Parser().parsestr(told)
    assert (metadata["Name"], metadata["Version"]) == ("impasto", impasto.__version__)
    assert metadata["Requires-Python"] == PROJECT["project"]["requires-python"]
    assert metadata["License-Expression"] == "MIT"
    assert set(metadata.get_all("Provides-Extra")) == set(
        PROJECT["project"]["optional-dependencies"]
    )
    needed = [each for each in metadata.get_all("Requires-Dist") if "extra ==" not in each]
    assert len(needed) == len(PROJECT["project"]["dependencies"])
    assert "# impasto" in told


def test_the_source_archive_holds_what_is_in_the_history(archives):
    with tarfile.open(archives / f"{NAME}.tar.gz") as archive:
        names = {each.name.removeprefix(f"{NAME}/") for each in archive if each.isfile()}
    include = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    wanted = tracked(*(each.lstrip("/") for each in include))
    assert names - wanted <= {"PKG-INFO", "pyproject.toml", ".gitignore"}
    assert wanted <= names
    assert {"PKG-INFO", "pyproject.toml"} <= names


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The programs of an environment with nothing but the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("installed")
    called(sys.executable, "-m", "venv", "--without-pip", "env", at=folder)
    python = folder / "env" / "bin" / "python"
    if not python.exists():
        python = folder / "env" / "Scripts" / "python.exe"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    target = ("--python", python, "install", "--no-index", "--no-deps", wheel)
    called(*pip, *target, at=folder)
    # What it depends on comes from this environment, so that nothing is downloaded; the files by
    # which this environment knows the sources are not read from there.
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(called(python, "-c", asked, at=folder).strip())
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python.parent


def test_the_installed_program_is_the_wheels(installed, tmp_path):
    asked = "import impasto; print(impasto.__file__)"
    place = Path(called(installed / "python", "-c", asked, at=tmp_path).strip())
    assert installed.parent in place.parents
    told = called(installed / "impasto", "--version", at=tmp_path)
    assert told == f"impasto {impasto.__version__}\n"


def test_the_demo_paints_from_the_wheel(installed, tmp_path):
    home = {"IMPASTO_HOME": str(tmp_path / "home")}
    demo = ("demo", "--preset", "quick", "-o", "demo.png")
    told = called(installed / "impasto", *demo, at=tmp_path, **home)
    assert "demo.png" in told
    with Image.open(tmp_path / "demo.png") as picture:
        assert max(picture.size) == 320


def test_the_doctor_finds_all_well(installed, tmp_path):
    home = {"IMPASTO_HOME": str(tmp_path / "home")}
    told = called(installed / "impasto", "doctor", at=tmp_path, **home)
    assert "vgg16, bundled" in told
    assert "masters" in told
    assert len([line for line in told.splitlines() if "works, " in line]) == 2
