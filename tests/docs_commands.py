"""Check the commands of the pages with the real parser, and run them at small sizes."""

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Final
from unittest.mock import patch

from cli_pictures import EXACT, Outcome, impasto
from docs_desk import MADE_BY, lay
from docs_lines import Line
from impasto.commands.main import main

TRAIN: Final = {
    "--steps": "2", "--size": "32", "--batch": "2", "--workers": "0", "--width": "2",
    "--blocks": "1", "--device": "cpu", "--precision": "fp32", "--accumulate": None,
}  # fmt: skip

_OF_ANY_SHAPE: Final = {
    name: each for name, each in TRAIN.items() if name not in ("--width", "--blocks")
}

FAST: Final[dict[str, dict[str, str | None]]] = {
    "paint": {"--size": "48", "--steps": "2", "--print": None, **dict([EXACT[:2], EXACT[2:]])},
    "study": {"--size": "48", "--steps": "2", **dict([EXACT[:2], EXACT[2:]])},
    "video": {"--size": "48", "--start": None, "--end": None},
    "video paint": {"--size": "48", "--steps": "1", "--first-steps": "1", "--end": None},
    "video keys": {"--size": "48", "--first-steps": "1", "--end": None},
    "apply": {"--size": "64"},
    "sheet": {"--size": "64"},
    "train johnson": {**_OF_ANY_SHAPE, "--style-size": "32"},
    "train anew": {**TRAIN, "--style-size": "32"},
    "train adain": {
        **_OF_ANY_SHAPE,
        "--encoder-width": "2",
        "--decoder-width": "2",
    },
    "train cyclegan": {**TRAIN, "--discriminator-width": "2"},
}
"""Options that make a command fast, in place of those on the page; None drops one."""


class _ReadError(BaseException):
    """A command was parsed; do not run it."""


@contextmanager
def only_reading() -> Iterator[None]:
    """Stop every command after the real parser has read its arguments."""
    with patch("impasto.commands.main.worker_of", side_effect=_ReadError()):
        yield


def read(words: list[str], at: Path) -> str:
    """Return the parser's error for a command, or nothing if the command is valid."""
    try:
        with only_reading():
            done = impasto(*words[1:], at=at)
    except _ReadError:
        return ""
    return done.err or "was not parsed"


def run(line: Line, at: Path, done: set[str]) -> str:
    """Run a command at a small size; return what went wrong, or nothing.

    Args:
        line: The command.
        at: The folder to run it in.
        done: The commands already run there; this one is added.
    """
    if line.text in done:
        return "" if _written(line, at) else "did not write what the page says"
    done.add(line.text)
    for word in _inputs(line):
        made_by = MADE_BY.get(word, "")
        if made_by and not (at / word).exists() and made_by != line.text:
            run(Line(made_by, 0), at, done)
        if ".." not in word:
            lay(at / word.rstrip("/"))
    outcome = _outcome(line, quick(line.words), at)
    if outcome.code != 0:
        return outcome.err or f"ended with {outcome.code}"
    return "" if _written(line, at) else "did not write what the page says"


def _inputs(line: Line) -> list[str]:
    words = [part for word in line.words[1:] for part in re.split(r"[=]", word)]
    return [re.sub(r":[\d.]+$", "", word) for word in [*words, line.beside("<")] if word]


def _outcome(line: Line, words: list[str], at: Path) -> Outcome:
    given = line.beside("<")
    if not given:
        return impasto(*words[1:], at=at)
    taken = io.TextIOWrapper(io.BytesIO((at / given).read_bytes()))
    out = io.TextIOWrapper(io.BytesIO())
    with patch.object(sys, "stdin", taken), patch("cli_pictures.io.StringIO", _Both):
        outcome = impasto(*words[1:], at=at)
    del out
    return outcome


class _Both(io.TextIOWrapper):
    """A text stream with a byte buffer, like standard output."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO())

    def getvalue(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode(errors="replace")  # type: ignore[attr-defined]


def _written(line: Line, at: Path) -> bool:
    words = line.words
    named = [words[n + 1] for n, word in enumerate(words[:-1]) if word in ("-o", "--output")]
    named += [line.promised] if line.promised else []
    return all((at / each).exists() for each in named if each != "-" and "%" not in each)


def quick(words: list[str]) -> list[str]:
    """Return the same command with options that make it fast."""
    command = " ".join(words[1 : 3 if words[1] == "train" else 2])
    if command == "video" and ("paint" in words or {"--keyframes", "--style"} <= {*words}):
        kind = "video keys" if "--keyframes" in words else "video paint"
        return [*_changed(words, FAST[kind]), "--overwrite"]
    if command == "train johnson" and {"scratch", "paper"} & set(words):
        return _changed(words, FAST["train anew"])
    if command == "paint" and not {"--style", "--method"} & set(words):
        return words  # resumes or repeats a run that is fast already
    small = _changed(words, FAST.get(command, {}))
    if "--overwrite" in options_of(command) and not {"--resume", "--overwrite"} & set(words):
        small.append("--overwrite")
    return small


def _changed(words: list[str], changes: dict[str, str | None]) -> list[str]:
    """Change the values of some options of a command; each has one value."""
    kept: list[str] = []
    skip = False
    for word in words:
        skip, dropped = word in changes, skip
        if not skip and not dropped:
            kept.append(_fewer(word))
    for name, value in changes.items():
        if value is not None:
            kept += [name, value]
    return kept


def _fewer(word: str) -> str:
    """Keep the first two values that a study varies."""
    return re.sub(r"^([a-z_]+=[^,]+,[^,]+),.*$", r"\1", word)


_OPTIONS: dict[str, frozenset[str]] = {}


def options_of(command: str) -> frozenset[str]:
    """Every option in the help of a command."""
    if command not in _OPTIONS:
        printed = io.StringIO()
        with redirect_stdout(printed):
            main([*command.split(), "--help"])
        _OPTIONS[command] = frozenset(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", printed.getvalue()))
    return _OPTIONS[command]
