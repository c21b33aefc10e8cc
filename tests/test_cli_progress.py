"""How far a row of jobs is."""

import io

import pytest

from impasto.cli.progress import progress_of


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(stream, of, **given):
    times = iter(range(1000))
    with progress_of(of, stream, clock=lambda: next(times), **given) as progress:
        for number in range(of):
            progress.cleared()
            progress.add(f"{number}.png")
    return stream.getvalue()


def test_a_log_gets_ten_lines_at_most():
    lines = run(io.StringIO(), 40).splitlines()
    assert len(lines) == 10
    assert lines[0] == "4 of 40 pictures, 0:01, about 0:09 left"
    assert lines[-1] == "40 of 40 pictures, 0:10"


def test_a_few_jobs_get_a_line_each():
    assert run(io.StringIO(), 3).splitlines() == [
        "1 of 3 pictures, 0:01, about 0:02 left",
        "2 of 3 pictures, 0:02, about 0:01 left",
        "3 of 3 pictures, 0:03",
    ]


def test_a_terminal_gets_one_line_that_goes_in_the_end():
    text = run(Terminal(), 3)
    assert "\n" not in text
    assert "2 of 3 pictures, 0:02, about 0:01 left  1.png" in text
    assert text.endswith("\r\x1b[K")


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_quiet(stream):
    assert run(stream(), 5, quiet=True) == ""
