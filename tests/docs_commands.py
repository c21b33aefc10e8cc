"""The commands that the pages have: read as a shell would, checked, and run small."""

import importlib
import io
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unittest.mock import patch

from cli_pictures import EXACT, Outcome, impasto
from docs_desk import MADE_BY, lay
from impasto.cli.main import COMMANDS, main

TRAIN: Final = {
    "--steps": "2", "--size": "32", "--batch": "2", "--workers": "0", "--width": "2",
    "--blocks": "1", "--device": "cpu", "--precision": "fp32", "--accumulate": None,
}  # fmt: skip

FAST: Final[dict[str, dict[str, str | None]]] = {
    "paint": {"--size": "48", "--steps": "2", **dict([EXACT[:2], EXACT[2:]])},
    "study": {"--size": "48", "--steps": "2", **dict([EXACT[:2], EXACT[2:]])},
    "video": {"--size": "48", "--start": None, "--end": None},
    "video paint": {"--size": "48", "--steps": "1", "--first-steps": "1", "--end": None},
    "apply": {"--size": "64"},
    "sheet": {"--size": "64"},
    "train johnson": {**TRAIN, "--style-size": "32"},
    "train adain": {
        **{name: each for name, each in TRAIN.items() if name not in ("--width", "--blocks")},
        "--encoder-width": "2",
        "--decoder-width": "2",
    },
    "train cyclegan": {**TRAIN, "--discriminator-width": "2"},
}
"""What makes a command quick: options in place of those on the page; None leaves one out."""

ONLY_READ: Final = {
    r"impasto (apply|video) .*--engine ray": "starts a cluster; tests/test_runtime_ray.py does",
    r"impasto video \d+ --show": "needs a camera and a display",
    r"impasto weights (fetch|import)": "wants a file of half a gigabyte; tests/test_weights.py",
    r"impasto demo(?! --list)": "half a minute; tests/test_packaging.py runs it",
    r"impasto doctor": "half a minute; tests/test_packaging.py runs it",
    r"impasto study .*--(course|study)": "dozens of paintings; tests/test_study_course.py, _ready",
    r"(accelerate|torchrun) .*-m impasto": "several processes; tests/test_training_processes.py",
}
"""Commands that are read by the real parser but not run, with the reason."""

NOT_OURS: Final = {
    r"scripts/[\w-]+( .*)?": "installs, or runs everything; only that the script is there",
    r"pip install .+": "installs; only that the extras are there",
}
"""Commands of other programs."""


@dataclass(frozen=True)
class Line:
    """A command as a page has it, on one line, with the number of that line.

    Attributes:
        promised: The file that the comment behind the command begins with, if any.
    """

    text: str
    number: int
    promised: str = ""

    @property
    def words(self) -> list[str]:
        """What the program is given, from ``impasto`` on and without redirections."""
        words = shlex.split(self.text, comments=True)
        if "-m" in words:  # accelerate launch -m impasto ...
            words = words[words.index("-m") + 1 :]
        for sign in ("<", ">"):
            if sign in words:
                words = [*words[: words.index(sign)], *words[words.index(sign) + 2 :]]
        return words

    def beside(self, sign: str) -> str:
        """The file after ``<`` or ``>``; nothing where there is none."""
        words = shlex.split(self.text, comments=True)
        return words[words.index(sign) + 1] if sign in words else ""


def lines(text: str, first: int) -> Iterator[Line]:
    """The commands of a block, comments and empty lines left out, broken lines joined."""
    number = first
    for piece in re.split(r"(?<!\\)\n", text):
        joined = re.sub(r"\s*\\\n\s*", " ", piece).strip()
        if joined and not joined.startswith("#"):
            command, _, comment = joined.partition(" #")
            promised = re.match(r"\s*([\w+-]+\.(?:png|jpg|mp4))\b", comment)
            yield Line(command.strip(), number, promised[1] if promised else "")
        number += piece.count("\n") + 1


def matching(table: dict[str, str], text: str) -> bool:
    """Whether a command is in one of the tables."""
    return any(re.match(pattern, text) for pattern in table)


class _ReadError(BaseException):
    """A command was read and is not to be run."""


@contextmanager
def only_reading() -> Iterator[None]:
    """Let every command end after its arguments have been read by the real parser."""
    stop = _ReadError()
    modules = [*COMMANDS, "train_adain", "train_cyclegan"]
    patches = [patch("impasto.cli.applying.apply_given", side_effect=stop)]
    for name in modules:
        module = importlib.import_module(f"impasto.cli.{name}")
        if name != "apply" and hasattr(module, "parse"):
            patches.append(patch.object(module, "parse", _then(module.parse, stop)))
    models = importlib.import_module("impasto.cli.models")
    slowly = _then(lambda _kind, given, _name: models._slowly(given), stop)
    patches.append(patch.object(models, "quick", slowly))
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


def _then(parse: Callable[..., object], stop: BaseException) -> Callable[..., object]:
    def parsed(*given: object, **named: object) -> object:
        parse(*given, **named)
        raise stop

    return parsed


def read(words: list[str], at: Path) -> str:
    """The complaint of the parser about a command; nothing where it is right."""
    try:
        with only_reading():
            done = impasto(*words[1:], at=at)
    except _ReadError:
        return ""
    return done.err or "was not read to its end"


def run(line: Line, at: Path, done: set[str]) -> str:
    """Run a command small; give what went wrong, or nothing.

    Args:
        line: The command.
        at: The folder of the reader.
        done: Commands that have been run there, to which this one is added.
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
    """A text stream with bytes below, as standard output is."""

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
    """The same command with options that make it quick."""
    command = " ".join(words[1 : 3 if words[1] == "train" else 2])
    if command == "video" and "paint" in words:
        return [*_changed(words, FAST["video paint"]), "--overwrite"]
    if command == "paint" and not {"--style", "--method"} & set(words):
        return words  # it goes on, or makes again, what was quick in the first place
    small = _changed(words, FAST.get(command, {}))
    if "--overwrite" in options_of(command) and not {"--resume", "--overwrite"} & set(words):
        small.append("--overwrite")
    return small


def _changed(words: list[str], changes: dict[str, str | None]) -> list[str]:
    """A command with the values of some options changed, each of which has one value."""
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
    """Of the values that a study varies, the first two."""
    return re.sub(r"^([a-z_]+=[^,]+,[^,]+),.*$", r"\1", word)


_OPTIONS: dict[str, frozenset[str]] = {}


def options_of(command: str) -> frozenset[str]:
    """Every option that the help of a command names."""
    if command not in _OPTIONS:
        told = io.StringIO()
        with redirect_stdout(told):
            main([*command.split(), "--help"])
        _OPTIONS[command] = frozenset(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", told.getvalue()))
    return _OPTIONS[command]
