"""Names of the results, no two of them the same."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path


def file_name(photograph: str, style: str) -> str:
    """PHOTO-STYLE.png."""
    return f"{photograph}-{style}.png"


def file_names(contents: Sequence[Path], style: str) -> list[str]:
    """A name for the result of each photograph.

    A photograph is called by its stem; where several have the same, with its suffix, then with
    its folder, and in the end with a number. Capitals make no difference, as they make none to
    some file systems.
    """
    ways = [_ways(content) for content in contents]
    claims = Counter(way for each in ways for way in {name.casefold() for name in each})
    taken = set(claims)
    names = []
    for each in ways:
        name = next((way for way in each if claims[way.casefold()] == 1), None)
        if name is None:
            numbered = (f"{each[0]}-{number}" for number in itertools.count(2))
            name = next(way for way in numbered if way.casefold() not in taken)
            taken.add(name.casefold())
        names.append(file_name(name, style))
    return names


def _ways(content: Path) -> tuple[str, str, str]:
    full = content.name.replace(".", "-")
    return content.stem, full, f"{content.absolute().parent.name}-{full}"
