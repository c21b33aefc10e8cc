"""What is pinned is what is asked for, with a hash for each archive, and no known faults."""

import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

pytest.importorskip("packaging")
from packaging.requirements import Requirement  # noqa: E402
from packaging.version import Version  # noqa: E402

import audit_pins  # noqa: E402
import pin_hashes  # noqa: E402


def test_the_pins_of_this_project():
    asked = audit_pins.requirements(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8")))
    pins, faults = audit_pins.read(ROOT / "constraints.txt", hashed=False)
    hashes, more = audit_pins.read(ROOT / "constraints-hashes.txt", hashed=True)
    faults += more
    faults += [*audit_pins.differing(pins, hashes), *audit_pins.refused(asked, pins)]
    assert [*faults, *audit_pins.low(asked, pins)] == []
    assert len(pins) > 100
    assert "://" not in (ROOT / "constraints-hashes.txt").read_text("utf-8")


def test_lines_that_are_no_pins(tmp_path):
    path = tmp_path / "pins.txt"
    path.write_text("# head\na==1\nb>=2\nA==1\nc==1 --hash=sha256:" + 64 * "0" + "\n")
    pins, faults = audit_pins.read(path, hashed=False)
    assert pins == {"a": Version("1")}
    assert [each.rpartition("got ")[2][:6] for each in faults] == ["'b>=2'", "'A==1'", "'c==1 "]
    assert len(audit_pins.read(path, hashed=True)[1]) == 3


ASKED = [Requirement("torch>=2.6"), Requirement("gone>=1"), Requirement("pillow>=13")]
PINS = {"torch": Version("2.13"), "pillow": Version("12.3"), "urllib3": Version("2.5")}


def test_what_is_asked_for_is_pinned():
    assert [*audit_pins.refused(ASKED, PINS)] == [
        "gone: is asked for and not pinned",
        "pillow: pyproject.toml asks for >=13, pinned is 12.3",
    ]


def test_no_floor_and_no_pin_has_known_faults():
    torch, urllib3 = audit_pins.low(ASKED, PINS)
    assert torch.startswith("torch: the floor is 2.6, below 2.10.0 it has CVE-")
    assert urllib3.startswith("urllib3: the pin is 2.5, below 2.6.3 it has CVE-")


def test_hashes_are_those_of_the_pins():
    [told] = audit_pins.differing({"a": Version("1"), "b": Version("2")}, {"a": Version("1")})
    assert told == "b: pinned to 2, with a hash None: run tools/pin_hashes.py"


def test_what_is_installed_is_pinned():
    here = version("pytest")
    told = [*audit_pins.installed([Requirement("pytest"), Requirement("none-such")], {})]
    assert f"pytest {here}: is needed and not pinned" in told
    assert any(each.startswith("pluggy ") for each in told)  # what it needs itself
    assert "none-such: is not installed" in told
    [other] = audit_pins.installed([Requirement("iniconfig")], {"iniconfig": Version("0.1")})
    assert other.startswith("iniconfig: pinned to 0.1, installed is ")


def test_a_line_of_hashes_is_what_pip_reports():
    entry = {
        "metadata": {"name": "torch", "version": "2.13.0+cpu"},
        "download_info": {"url": "file:///torch.whl", "archive_info": {"hashes": {"sha256": "ab"}}},
    }
    assert pin_hashes.lines_of([entry]) == ["torch==2.13.0 --hash=sha256:ab\n"]
