"""What the terminal shows."""

import io
import itertools
import re

import pytest
from rich.console import Console

from impasto.step import Step
from impasto.track import terminal_progress
from impasto.track.wording import compact, duration, main_losses


def run(console, numbers, of, notes=None, **options):
    with terminal_progress("boat", console, **options) as on_step:
        for number in numbers:
            losses = {
                "style/relu1_1": 7.0,
                "style": 1e5 / number,
                "total": 2e5 / number,
                "content": 0.5,
            }
            on_step(Step(number, of, losses, lambda: None, (notes or {}).get(number, "")))


def plain_text(numbers, of, notes=None):
    out = io.StringIO()
    clock = itertools.count(0.0, 30.0).__next__
    run(Console(file=out, force_terminal=False, width=40), numbers, of, notes, clock=clock)
    return out.getvalue()


def drawn_text(width, numbers, of, notes=None):
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width, legacy_windows=False)
    run(console, numbers, of, notes)
    return out.getvalue()


def visible(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "\n").splitlines()


def test_a_log_gets_exact_plain_lines():
    assert plain_text([1, 2, 3, 4], of=4) == (
        "boat: step 1/4, total 2.00e5, content 0.500, style 1.00e5, 0:30, about 1:30 left\n"
        "boat: step 2/4, total 1.00e5, content 0.500, style 5.00e4, 1:00, about 1:00 left\n"
        "boat: step 3/4, total 6.67e4, content 0.500, style 3.33e4, 1:30, about 0:30 left\n"
        "boat: step 4/4, total 5.00e4, content 0.500, style 2.50e4, 2:00\n"
    )


def test_a_log_gets_a_line_every_tenth():
    lines = plain_text(range(1, 501), of=500).splitlines()
    numbers = [int(re.search(r"step (\d+)/500", line)[1]) for line in lines]
    assert numbers == list(range(50, 501, 50))


def test_a_resumed_run_is_timed_from_where_it_goes_on():
    first, *_ = plain_text(range(391, 501), of=500).splitlines()
    # Ten steps took the 30 seconds between two looks at the clock, so 100 steps take 300.
    assert first.startswith("boat: step 400/500")
    assert first.endswith("0:30, about 5:00 left")


def test_a_log_gets_notes_as_they_are_and_no_control_characters():
    text = plain_text(range(1, 101), of=100, notes={33: "rolled back [smaller step]"})
    assert "boat: step 33: rolled back [smaller step]\n" in text
    assert len(text.splitlines()) == 11
    assert all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.parametrize(
    ("width", "shown"), [(80, ["total"]), (120, ["total", "content", "style"])]
)
def test_a_terminal_gets_one_line_that_fits(width, shown):
    lines = visible(drawn_text(width, range(1, 31), of=30))
    assert max(len(line) for line in lines) < width
    last = next(line for line in reversed(lines) if line.strip())
    assert re.match(r"boat ━+ 30/30 ", last)
    assert [name for name in ("total", "content", "style") if f"{name} " in last] == shown
    assert "6.67e3" in last
    assert "relu1_1" not in last


def test_notes_stand_above_the_bar():
    lines = visible(drawn_text(120, range(1, 6), of=5, notes={3: "Adam [from here]"}))
    note = lines.index("step 3: Adam [from here]")
    last_bar = max(index for index, line in enumerate(lines) if "━" in line)
    assert note < last_bar


def test_a_terminal_shows_the_run_before_its_first_step():
    assert any("boat" in line and "preparing" in line for line in visible(drawn_text(80, [], of=5)))


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in drawn_text(80, range(1, 11), of=10)


def test_quiet_shows_nothing(capfd):
    out = io.StringIO()
    run(Console(file=out, force_terminal=True), [1, 2], of=2, notes={1: "note"}, quiet=True)
    run(None, [1, 2], of=2, quiet=True)
    assert out.getvalue() == ""
    assert capfd.readouterr() == ("", "")


def test_progress_goes_to_standard_error(capfd):
    run(None, [1, 2], of=2)
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
