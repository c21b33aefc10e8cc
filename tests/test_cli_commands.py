"""The other commands, and what every one of them does alike."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import impasto as package
from cli_pictures import desk, impasto, listing, pixels
from impasto.commands.outputs import complain
from impasto.commands.table import COMMANDS
from impasto.errors import ImpastoError, OptionError
from impasto.options.gatys import PaintOptions
from impasto.options.presets import preset
from impasto.samples import samples

ASSETS = Path(package.__file__).parent / "assets"

HELPS = [
    ("--help",),
    ("-h",),
    ("help",),
    *((name, "--help") for name in COMMANDS),
    *(("weights", name, "--help") for name in ("list", "fetch", "import", "verify")),
]


@pytest.mark.parametrize("given", HELPS, ids=" ".join)
def test_help(given, tmp_path):
    outcome = impasto(*given, at=tmp_path)
    assert outcome.code == 0
    assert outcome.err == ""
    assert outcome.out.startswith("usage: impasto ")


def test_no_command_is_a_wish_for_help(tmp_path):
    assert impasto(at=tmp_path) == impasto("--help", at=tmp_path)
    out = impasto(at=tmp_path).out
    for name, each in COMMANDS.items():
        assert f"  {name} " in out
        assert each.line in out


def test_help_of_paint_tells_every_option_and_preset(tmp_path):
    text = impasto("paint", "--help", at=tmp_path).out
    for field in dataclasses.fields(PaintOptions):
        assert f"--{field.name.replace('_', '-')} " in text
    assert "CONTENT" in text
    quick = " ".join(impasto("paint", "--preset", "quick", "--help", at=tmp_path).out.split())
    size = f"(default: {preset('quick').size})"
    assert size in quick
    assert size not in " ".join(text.split())


@pytest.mark.parametrize("given", ["--version", "-V"])
def test_version(given, tmp_path):
    assert impasto(given, at=tmp_path).out == f"impasto {package.__version__}\n"


def test_as_a_module():
    command = [sys.executable, "-m", "impasto", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"impasto {package.__version__}\n"
    command = [sys.executable, "-m", "impasto", "pant"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "impasto: no command 'impasto pant': did you mean paint?\n"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break in another way there")
def test_a_reader_that_goes_away():
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "impasto", "weights", "list", "--json"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_names_that_the_terminal_cannot_show(tmp_path):
    home = tmp_path / "Häuser 湖"
    command = [sys.executable, "-m", "impasto", "weights", "import"]
    imported = subprocess.run(
        [*command, ASSETS / "vgg16.safetensors"],
        env={**os.environ, "IMPASTO_HOME": str(home), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert imported.returncode == 0, imported.stderr
    assert "H\\xe4user \\u6e56" in imported.stdout


def test_score(tmp_path):
    folder = desk(tmp_path)
    outcome = impasto("score", "a.png", "s.png", "a.png", at=folder)
    assert outcome.err == ""
    lines = dict(line.rsplit(maxsplit=1) for line in outcome.out.splitlines())
    assert lines == {"style distance": "1.0000", "content distance": "0.0000"}
    outcome = impasto("score", "a.png", "s.png", "s.png", "--json", at=folder)
    scores = json.loads(outcome.out)
    assert scores["style_distance"] == pytest.approx(0, abs=1e-3)
    assert scores["content_distance"] > 0.3


@pytest.mark.parametrize("missing", range(3))
def test_score_of_a_picture_that_is_not_there(missing, tmp_path):
    given = ["a.png", "s.png", "a.png"]
    given[missing] = "none.png"
    assert impasto("score", *given, at=desk(tmp_path)).complaint == "none.png: no such file"


def test_samples_are_listed(tmp_path):
    lines = impasto("demo", "--list", at=tmp_path).out.splitlines()
    named = [tuple(line.split()[:2]) for line in lines]
    assert named == [(kind, each.name) for kind in ("content", "style") for each in samples(kind)]
    assert {kind for kind, _ in named} == {"content", "style"}


@pytest.fixture
def brief(monkeypatch):
    """The preset ``quick`` of two steps at 48 pixels."""
    presets = {"default": {}, "quick": {"size": 48, "steps": 2, "coarsest": 0}}
    monkeypatch.setattr("impasto.options.presets.PRESETS", {"gatys": presets})


def test_demo(brief, tmp_path):
    content, style = samples("content")[0].name, samples("style")[0].name
    outcome = impasto("demo", "--preset", "quick", at=tmp_path)
    assert outcome.code == 0
    assert listing(tmp_path) == [f"{content}-{style}.png"]
    assert max(pixels(tmp_path / f"{content}-{style}.png").shape) == 48
    again = impasto("demo", "--preset", "quick", at=tmp_path)
    assert "exists, skipped" in again.out


def test_demo_of_what_was_asked_for(brief, tmp_path):
    content, style = samples("content")[-1].name, samples("style")[-1].name
    given = ("--content", content, "--style", style, "-o", "new/b.jpg")
    assert impasto("demo", "--preset", "quick", *given, at=tmp_path).code == 0
    assert listing(tmp_path) == ["new", "new/b.jpg"]


def test_samples_are_copied(tmp_path):
    assert impasto("demo", "--copy", "cat", "mosaic", at=tmp_path).out == "cat.jpg\nmosaic.jpg\n"
    assert listing(tmp_path) == ["cat.jpg", "mosaic.jpg"]
    (tmp_path / "cat.jpg").write_bytes(b"mine")
    assert "cat.jpg: another picture" in impasto("demo", "--copy", "all", at=tmp_path).complaint
    assert (tmp_path / "cat.jpg").read_bytes() == b"mine"
    assert impasto("demo", "--copy", "cat", "--overwrite", at=tmp_path).code == 0
    assert impasto("demo", "--copy", "all", at=tmp_path).code == 0
    assert len(listing(tmp_path)) == len(samples("content") + samples("style"))
    assert "coffee" in impasto("demo", "--copy", "coffe", at=tmp_path).complaint


def test_weights_that_are_here(tmp_path):
    header, *lines = impasto("weights", "list", at=tmp_path).out.splitlines()
    assert header.split() == ["name", "network", "where", "size", "source", "licence"]
    assert lines[0].split()[:3] == ["vgg16", "vgg16", "bundled"]
    assert any(line.startswith("vgg19 ") and "not here" in line for line in lines)
    rows = json.loads(impasto("weights", "list", "--json", at=tmp_path).out)
    assert [row["name"] for row in rows] == [line.split()[0] for line in lines]


def test_weights_that_are_damaged(tmp_path, isolated_home):
    bundled = ASSETS / "vgg16.safetensors"
    assert impasto("weights", "import", bundled, at=tmp_path).code == 0
    assert impasto("weights", "verify", at=tmp_path).code == 0
    [file] = isolated_home.rglob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    outcome = impasto("weights", "verify", at=tmp_path)
    assert outcome.code == 2
    [line] = outcome.err.splitlines()
    assert line.startswith(f"impasto: {file}: changed or damaged")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ImpastoError("one\n  and\ttwo"), "impasto: one and two\n"),
        (OptionError("style_layers", "b", 1), "impasto: --style-layers: expected b, got 1\n"),
        (OptionError("a_b, c", "d", 1), "impasto: --a-b, --c: expected d, got 1\n"),
        (OptionError("CONTENT", "b", "c"), "impasto: CONTENT: expected b, got 'c'\n"),
    ],
)
def test_errors_become_a_line(error, line, capsys):
    complain(error)
    assert capsys.readouterr() == ("", line)


@pytest.mark.parametrize(
    "command",
    [
        ("sheet", "a.png", "-o"), ("video", "--model", "starry-night"), ("models",), ("encode",),
        ("video", "a.png", "--model"), ("paint", "--from-manifest"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_name_that_no_system_takes_is_one_line(command, tmp_path):
    folder = desk(tmp_path)
    outcome = impasto(*command, "n" * 5000 + ".png", at=folder)
    assert outcome.code == 2
    assert "name too long" in outcome.complaint.lower()
