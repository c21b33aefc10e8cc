"""What is shown of a run in a terminal and in a log."""

import io
import itertools
import re
import sys

import pytest

from impasto.commands.progress import counted, main_losses, terminal_progress
from impasto.pace import RECENT
from impasto.shown import compact, duration
from impasto.step import Step


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")


def ticking(seconds=1.0):
    return itertools.count(0.0, seconds).__next__


def visible(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "\n").splitlines()


def count(stream, of, numbers=None, title="", seconds=1.0, **options):
    clock = ticking(seconds)
    with counted(title, "pictures", stream=stream, clock=clock, **options) as tell:
        for number in numbers or range(1, of + 1):
            tell(number, of, f"{number}.png")
    return stream.getvalue()


def run(stream, numbers, of, notes=None, seconds=30.0, **options):
    with terminal_progress("boat", stream=stream, clock=ticking(seconds), **options) as on_step:
        for number in numbers:
            losses = {
                "style/relu1_1": 7.0,
                "style": 1e5 / number,
                "total": 2e5 / number,
                "content": 0.5,
            }
            on_step(Step(number, of, losses, lambda: None, (notes or {}).get(number, "")))
    return stream.getvalue()


def test_a_log_gets_a_line_every_tenth():
    lines = count(io.StringIO(), 40, title="a[b].tfrecord").splitlines()
    assert len(lines) == 10
    assert lines[0] == "a[b].tfrecord: 4 of 40 pictures, 4.png, 0:04, about 0:36 left"
    assert lines[-1] == "a[b].tfrecord: 40 of 40 pictures, 40.png, 0:40"


def test_a_few_get_a_line_each():
    assert [line.partition(" pict")[0] for line in count(io.StringIO(), 3).splitlines()] == [
        "1 of 3",
        "2 of 3",
        "3 of 3",
    ]


def test_what_is_quick_says_nothing():
    assert count(io.StringIO(), 3, seconds=0.3) == ""
    assert count(Terminal(), 3, seconds=0.3) == ""


def test_what_was_done_before_says_nothing_of_the_pace():
    lines = count(io.StringIO(), 20, range(11, 21), before=10, paced=True).splitlines()
    assert lines[0] == "12 of 20 pictures, 1.0 pictures/s, 12.png, 0:02, about 0:08 left"
    assert lines[-1] == "20 of 20 pictures, 1.0 pictures/s, 20.png, 0:10"


def test_where_nobody_knows_the_end_a_log_gets_a_line_now_and_then():
    lines = count(io.StringIO(), None, range(1, 8), paced=True, seconds=4.0).splitlines()
    assert lines == [
        "3 pictures, 4.0 s each, 3.png, 0:12",
        "6 pictures, 4.0 s each, 6.png, 0:24",
    ]


def test_the_estimate_is_that_of_the_last_half_minute():
    stream, now = io.StringIO(), 0.0
    with counted("", "pictures", stream=stream, clock=lambda: now) as tell:
        for done in range(1, 201):
            now += 0.1 if done <= 100 else RECENT / 10
            tell(done, 200)
    line = next(each for each in stream.getvalue().splitlines() if each.startswith("120 of"))
    assert line.endswith("about 4:00 left")  # 80 of three seconds; a mean of all says 0:47


def test_a_terminal_gets_one_line_that_goes_away():
    text = count(Terminal(), 3, title="a[b].tfrecord")
    assert "a[b].tfrecord" in text
    assert any("3 of 3 pictures 3.png" in each for each in visible(text))
    assert text.count("\n") == text.count("\x1b[1A")  # up again over every line
    assert "\x1b[2K" in text[-12:]


def test_prints_stand_above_the_line(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    long = "very/long" * 20
    with counted("", "pictures", stream=(screen := Terminal()), clock=ticking()) as tell:
        tell(1, 2)
        print(f"{long}.png")
        tell(2, 2)
    assert any(each.endswith(f"{long}.png") for each in visible(screen.getvalue()))
    assert sys.stdout.getvalue() == ""


def test_a_result_in_a_pipe_does_not_go_to_the_screen(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    with counted("", "pictures", stream=(screen := Terminal()), clock=ticking()) as tell:
        tell(1, 2)
        print("done")
    assert sys.stdout.getvalue() == "done\n"
    assert "done" not in screen.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_quiet(stream, monkeypatch, capfd):
    assert count(stream(), 5, quiet=True) == ""
    assert run(stream(), [1, 2], of=2, notes={1: "note"}, quiet=True) == ""
    monkeypatch.setattr(sys, "stderr", None)  # as where it was closed before the start
    with terminal_progress("boat") as on_step, counted("", "pictures", clock=ticking()) as tell:
        on_step(Step(1, 1, {}, lambda: None))
        tell(1, 1)
    assert capfd.readouterr() == ("", "")


def test_a_log_gets_the_steps_with_their_losses():
    assert run(io.StringIO(), [1, 2, 3, 4], of=4) == (
        "boat: step 1/4, total 2.00e5, content 0.500, style 1.00e5, 0:30, about 1:30 left\n"
        "boat: step 2/4, total 1.00e5, content 0.500, style 5.00e4, 1:00, about 1:00 left\n"
        "boat: step 3/4, total 6.67e4, content 0.500, style 3.33e4, 1:30, about 0:30 left\n"
        "boat: step 4/4, total 5.00e4, content 0.500, style 2.50e4, 2:00\n"
    )


def test_a_resumed_run_is_timed_from_where_it_goes_on():
    first, *_ = run(io.StringIO(), range(391, 501), of=500, seconds=2.0).splitlines()
    assert first.startswith("boat: step 400/500")
    assert first.endswith("0:20, about 3:20 left")


def test_a_log_gets_notes_as_they_are_and_no_control_characters():
    text = run(io.StringIO(), range(1, 101), of=100, notes={33: "rolled back [smaller step]"})
    assert "boat: step 33: rolled back [smaller step]\n" in text
    assert len(text.splitlines()) == 11
    assert all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.parametrize(
    ("width", "shown"), [(80, ["total"]), (120, ["total", "content", "style"])]
)
def test_the_line_of_a_terminal_fits(width, shown, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = visible(run(Terminal(), range(1, 31), of=30))
    assert max(len(line) for line in lines) < width
    last = next(line for line in reversed(lines) if line.strip())
    assert re.match(r"boat ━+ 30/30 ", last)
    assert [name for name in ("total", "content", "style") if f"{name} " in last] == shown
    assert "6.67e3" in last
    assert "relu1_1" not in last


def test_notes_stand_above_the_bar():
    lines = visible(run(Terminal(), range(1, 6), of=5, notes={3: "Adam [from here]"}))
    note = lines.index("step 3: Adam [from here]")
    last_bar = max(index for index, line in enumerate(lines) if "━" in line)
    assert note < last_bar


def test_a_terminal_shows_the_run_before_its_first_step():
    lines = visible(run(Terminal(), [], of=5))
    assert any("boat" in line and "preparing" in line for line in lines)


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in run(Terminal(), range(1, 11), of=10)


def test_progress_goes_to_standard_error(capfd):
    with terminal_progress("boat") as on_step:
        on_step(Step(2, 2, {"total": 1.0}, lambda: None))
    out, err = capfd.readouterr()
    assert out == ""
    assert "step 2/2" in err


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.01234, "0.0123"),
        (1.5, "1.50"),
        (-12.34, "-12.3"),
        (123.4, "123"),
        (999.4, "999"),
        (999.5, "1.00e3"),
        (12345.0, "1.23e4"),
        (1.2e-5, "1.20e-5"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_compact(value, text):
    assert compact(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (754, "12:34"), (3723, "1:02:03")]
)
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_a_training_shows_its_own_losses():
    losses = {"generator/photo": 1.0, "cycle": 2.0, "identity": 3.0, "total": 6.0, "other": 1.0}
    assert [name for name, _ in main_losses(losses)] == ["total", "cycle", "identity"]
