"""Names of pictures that are frames: frame-%04d.png."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_NUMBER: Final = re.compile(r"%(0?\d?)d")
"""Where the number of a frame stands, in at most nine digits."""


def is_pattern(path: Path) -> bool:
    """Whether a name holds the place of a number, once, and is no name of a file otherwise."""
    return "%" not in _NUMBER.sub("", path.name) and len(_NUMBER.findall(path.name)) == 1


def numbered(pattern: Path, number: int) -> Path:
    """The file of a frame."""
    return pattern.with_name(pattern.name % number)


def of_pattern(pattern: Path) -> list[Path]:
    """The files there are whose names a pattern gives, in no order."""
    before, digits, after = _NUMBER.split(pattern.name, maxsplit=1)
    width = max(1, int(digits or 1))
    # printf's numbers are as long as they must be, and at least that many digits.
    name = re.compile(rf"{re.escape(before)}(\d{{{width},}}){re.escape(after)}")
    folder = pattern.parent
    there = folder.iterdir() if folder.is_dir() else iter(())
    return [each for each in there if name.fullmatch(each.name)]


def by_numbers(path: Path) -> list[tuple[int, str]]:
    """A key by which frame-10 comes behind frame-9."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
