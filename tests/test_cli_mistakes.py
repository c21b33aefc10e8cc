"""Mistakes in the arguments: one line that names the option and what to do."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import tyro

from cli_pictures import desk, impasto, listing
from impasto.cli import main
from impasto.cli.arguments import parse
from impasto.cli.mistakes import mistake
from impasto.errors import ImpastoError

PAINT = "(see impasto paint --help)"

MISTAKES = {
    # of paint, after CONTENT and --style
    "--stile-layers x": f"no option --stile-layers: did you mean --style-layers? {PAINT}",
    "--style_layer conv1_1": f"no option --style_layer: did you mean --style-layers? {PAINT}",
    "--sizes=64": f"no option --sizes: did you mean --size? {PAINT}",
    "--no-json": f"no option --no-json: did you mean --json? {PAINT}",
    "-x": f"no option -x {PAINT}",
    "--zzz": f"no option --zzz {PAINT}",
    "--size big": f"--size: expected a whole number or max, got 'big' {PAINT}",
    "--size 1.5": f"--size: expected a whole number or max, got '1.5' {PAINT}",
    "--size": f"--size: expected a value {PAINT}",
    "--output": f"--output: expected a value {PAINT}",
    "--preset": f"--preset: expected a value {PAINT}",
    "--style-weight 1,5": f"--style-weight: expected a number, got '1,5' {PAINT}",
    "--learning-rate None": f"--learning-rate: expected a number, got 'None' {PAINT}",
    "--bits x": f"--bits: expected a whole number, got 'x' {PAINT}",
    "--crop-fit 3": f"--crop-fit: expected two whole numbers, got '3' {PAINT}",
    "--crop-fit 3 x": f"--crop-fit: expected two whole numbers, got '3 x' {PAINT}",
    "--style-layer-weights a b": f"--style-layer-weights: expected numbers, got 'a b' {PAINT}",
    "--pooling med": f"--pooling: expected average or max, got 'med' {PAINT}",
    "--precision 8": f"--precision: expected auto, bf16 or fp32, got '8' {PAINT}",
    "--size -3": "--size: expected a whole number of at least 0, or max, got -3",
    "--tile 64": "--tile: expected 0, or pixels from 128, got 64",
    "--masks": f"--masks: expected a value {PAINT}",
    "--masks --json": f"--masks: expected a value {PAINT}",
    "--style_weights --json": f"--style_weights: expected a value {PAINT}",
    "--style-weights -1 2": "--style-weights: expected weights of 0 or more, one above 0, "
    "got (-1.0, 2.0)",
    "--keep-color blue": "--keep-color: expected none, luminance, histogram or covariance, "
    f"got 'blue' {PAINT}",
    "--color-strength 2": "--color-strength: expected a number from 0 to 1, got 2.0",
    "--style-weight nan": "--style-weight: expected a number of at least 0, got nan",
    "--content-weight inf": "--content-weight: expected a number of at least 0, got inf",
    "--content-weight 0 --style-weight 0": "--content-weight, --style-weight: expected at least "
    "one above 0, got 0",
    "--noise-ratio 3": "--noise-ratio: expected a number from 0 to 1, got 3.0",
    "--crop-fit 3 0": "--crop-fit: expected a width and a height of at least 1, got (3, 0)",
    "--style-layers conv9_1": "--style-layers: expected layers such as conv4_2 or relu4_2, "
    "got 'conv9_1'",
    "--style-layer-weights 1 2": "--style-layer-weights: expected one weight for each of the 5 "
    "style layers, got (1.0, 2.0)",
    "--bits 12": "--bits: expected 8 or 16, got 12",
    "--snapshot-every 0": "--snapshot-every: expected a number of steps from 1, got 0",
    "--resume": "--resume needs --run-dir, the folder to go on from",
    "--preset quik": "--preset: expected one of quick, default, fine, cs20, blog, gatys "
    "(did you mean quick?), got 'quik'",
    "--preset=": "--preset: expected one of quick, default, fine, cs20, blog, gatys, got ''",
    "-o x.jpg --bits 16": "x.jpg: JPEG holds 8 bits per channel, take .png or .tif for 16",
    "-o x.jpgg": "x.jpgg: cannot write .jpgg files, did you mean .jpg?",
}

COMMANDS = {
    "pain a.png": "no command 'impasto pain': did you mean paint?",
    "frobnicate": "no command 'impasto frobnicate': there are " + ", ".join(main.COMMANDS),
    "--hlp": "no option --hlp before a command (see impasto --help)",
    "paint": "no photograph: name at least one CONTENT, a picture or a folder of them",
    "paint a.png": "no style: name the picture whose manner is taken, --style PICTURE",
    "paint a.png --style": f"--style: expected a value {PAINT}",
    "score": "CONTENT, STYLE and RESULT are missing (see impasto score --help)",
    "score a.png": "STYLE and RESULT are missing (see impasto score --help)",
    "score a.png s.png": "RESULT is missing (see impasto score --help)",
    "score a s a more": "more: one argument too many (see impasto score --help)",
    "demo --style": "--style: expected a value (see impasto demo --help)",
    "demo --preset finest": "--preset: expected one of quick, default, fine, cs20, blog, gatys "
    "(did you mean fine?), got 'finest'",
    "weights lst": "no command 'impasto weights lst': did you mean list?",
    "weights list --jsn": "no option --jsn: did you mean --json? (see impasto weights list --help)",
    "weights import": "FILE is missing (see impasto weights import --help)",
    "weights import a.png --convention foo": "--convention: expected auto, torchvision, caffe or "
    "matconvnet, got 'foo' (see impasto weights import --help)",
    "weights import nothing": "nothing: cannot be read (No such file or directory)",
    "weights fetch a b": "b: one argument too many (see impasto weights fetch --help)",
    "weights verify x": "x: one argument too many (see impasto weights verify --help)",
}


@pytest.mark.parametrize("given", MISTAKES)
def test_a_mistake_in_painting(given, tmp_path):
    folder = desk(tmp_path)
    before = listing(tmp_path)
    outcome = impasto("paint", "a.png", "--style", "s.png", *given.split(" "), at=folder)
    assert outcome.complaint == MISTAKES[given]
    assert listing(tmp_path) == before


@pytest.mark.parametrize("given", COMMANDS)
def test_a_mistake_in_a_command(given, tmp_path):
    folder = desk(tmp_path)
    assert impasto(*given.split(), at=folder).complaint == COMMANDS[given]
    assert listing(tmp_path) == ["desk", "desk/a.png", "desk/s.png"]


def test_weights_that_nobody_publishes(tmp_path):
    complaint = impasto("weights", "fetch", "vgg99", at=tmp_path).complaint
    assert complaint.startswith("NAME: expected one of vgg19, vgg19-caffe, ")
    assert complaint.endswith("got 'vgg99'")


def test_a_sample_that_is_not_there(tmp_path):
    assert "(did you mean " in impasto("demo", "--content", "asronaut", at=tmp_path).complaint
    assert impasto("demo", "--style", "??", at=tmp_path).complaint.startswith("--style: expected")


def test_long_arguments_are_not_broken(tmp_path):
    long = "/" + "/".join(["a folder with a long name"] * 12) + "/photograph.jpeg"
    outcome = impasto("score", "a", "b", "c", long, at=tmp_path)
    assert outcome.complaint == f"{long}: one argument too many (see impasto score --help)"
    complaint = impasto("paint", "--size", long, at=tmp_path).complaint
    assert complaint.startswith(f"--size: expected a whole number or max, got '{long[:150]}")


@dataclass(frozen=True, kw_only=True)
class Required:
    """Measure."""

    content: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="CONTENT")]
    """The photograph."""
    style: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="STYLE")]
    """The picture whose manner was taken."""
    result: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RESULT")]
    """The stylized picture."""
    json: bool = False
    """Print the numbers for programs."""


@pytest.mark.parametrize("columns", [None, "40"])
def test_the_width_of_the_terminal_stays(columns, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    with pytest.raises(ImpastoError, match="RESULT is missing"):
        parse(Required, ["a", "b"], prog="impasto score")
    assert os.environ.get("COLUMNS") == columns


class _Terminal:
    """A standard output that is, or is not, what tyro draws colors and boxes for."""

    def __init__(self, encoding, *, terminal):
        self.encoding = encoding
        self.isatty = lambda: terminal

    def write(self, text):
        return len(text)

    def flush(self):
        pass


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
@pytest.mark.parametrize("terminal", [True, False])
def test_colors_and_boxes_are_left_out(encoding, terminal, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stdout", _Terminal(encoding, terminal=terminal))
    with pytest.raises(ImpastoError) as missing:
        parse(Required, ["a"], prog="impasto score")
    with pytest.raises(ImpastoError) as unknown:
        parse(Required, ["a", "b", "c", "--jsn"], prog="impasto score")
    assert str(missing.value) == "STYLE and RESULT are missing (see impasto score --help)"
    assert str(unknown.value) == "no option --jsn: did you mean --json? (see impasto score --help)"


@pytest.mark.parametrize(
    ("box", "line"),
    [
        ("╭─ Oh ───╮\n│ Words of a newer tyro │\n╰────────╯\n", "Words of a newer tyro"),
        ("", "the arguments are not understood"),
    ],
)
def test_unknown_texts_are_told_as_they_are(box, line):
    assert mistake(box, []) == line


def test_help_is_as_wide_as_the_terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "60")
    with pytest.raises(SystemExit) as stop:
        parse(Required, ["--help"], prog="impasto score")
    assert not stop.value.code
    _description, arguments = capsys.readouterr().out.split("positional arguments")
    assert 40 < max(map(len, arguments.splitlines())) <= 60


def test_options_by_either_spelling_of_their_words(tmp_path):
    # tyro takes --style_weight for --style-weight; nothing here depends on which was typed.
    complaint = impasto("paint", "a.png", "--style_weight", "x", at=tmp_path).complaint
    assert complaint == f"--style-weight: expected a number, got 'x' {PAINT}"
