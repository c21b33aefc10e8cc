"""Names and metadata cannot steer the terminal: control characters are spelled out."""

import io
import json
import logging
import sys

import numpy as np
import pytest

from cli_pictures import write_photograph
from impasto.commands import progress
from impasto.commands.main import main
from impasto.shown import Shown, controls_shown, escaped
from impasto.step import Step
from trained_models import model_bytes, style_entry

RED = "\x1b[31mred\x07\x9b2J\u202e"
SPELLED = "\\u001b[31mred\\u0007\\u009b2J\\u202e"


def test_what_is_spelled_out():
    assert escaped(RED) == SPELLED
    assert escaped("a\r\x7fb") == "a\\u000d\\u007fb"
    plain = "tab\t, lines\n, ü, 好, \U0001f469\u200d\U0001f3a8, \udcff"
    assert escaped(plain) == plain


@pytest.mark.skipif(sys.platform == "win32", reason="no such file names")
@pytest.mark.parametrize("arguments", [
    ("apply", "{}.jpg", "--model", "great-wave"),
    ("paint", "{}.png", "--style", "{}.png"),
    ("{}",),
    ("video", "{}.mp4", "--model", "{}"),
])  # fmt: skip
def test_mistakes(arguments, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([each.format(RED) for each in arguments]) == 2
    told = capfd.readouterr()
    assert "\x1b" not in told.err + told.out
    assert "\\u001b[31mred" in told.err


@pytest.mark.skipif(sys.platform == "win32", reason="no such file names")
def test_results_and_metadata(capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_photograph(tmp_path / f"{RED}.png", 32, 24)
    styles = json.dumps([{**style_entry("one"), "artist": RED}])
    data = model_bytes(styles=("one",), metadata=(("impasto.styles", styles),))
    (tmp_path / "m.onnx").write_bytes(data)
    assert main(["apply", f"{RED}.png", "--model", "m.onnx", "-o", f"out{RED}.png"]) == 0
    told = capfd.readouterr()
    assert "\x1b" not in told.out + told.err
    assert f"out{SPELLED}.png" in told.out
    again = ["apply", f"{RED}.png", "--model", "m.onnx", "-o", f"2{RED}.png", "--json"]
    assert main(again) == 0
    assert json.loads(capfd.readouterr().out)["output"] == f"2{RED}.png"


def test_streams_come_back():
    kept = sys.stdout, sys.stderr
    with controls_shown(), controls_shown():
        assert isinstance(sys.stdout, Shown)
        assert not isinstance(sys.stdout.raw, Shown)
        logging.getLogger("impasto").warning("%s", RED)
    assert (sys.stdout, sys.stderr) == kept


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_what_draws_may_draw_and_its_texts_may_not(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(progress, "QUICK", 0)
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", Terminal())
    with progress.counted(RED, "pictures", stream=Shown(screen)) as tell:
        tell(1, 2, RED)
        print(f"made {RED}")
    assert f"made {SPELLED}" in screen.getvalue()
    assert screen.getvalue().count("\\u001b[31mred") >= 3
    with progress.terminal_progress(RED, stream=Shown(screen)) as on_step:
        on_step(Step(1, 2, {"total": 1.0}, lambda: np.zeros(1), note=f"note {RED}"))
    assert f"note {SPELLED}" in screen.getvalue()
    assert "\x1b[31mred" not in screen.getvalue()
    assert "\x1b[" in screen.getvalue()
