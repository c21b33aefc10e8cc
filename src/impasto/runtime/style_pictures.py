"""Styles that are given as pictures, or as codes of pictures, and their shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from impasto.errors import OptionError

CODE_SUFFIX: Final = ".imp"
"""Of the files in which `impasto encode` keeps the code of a style."""


@dataclass(frozen=True, slots=True)
class StylePicture:
    """A style for a network that takes any.

    Attributes:
        name: What it is called in results and blends.
        path: A picture, or a file of `impasto encode`.
        share: Its weight in a blend; the shares of a blend need not sum to 1.
    """

    name: str
    path: Path
    share: float = 1.0


def style_pictures(texts: Sequence[str]) -> tuple[StylePicture, ...]:
    """The styles that texts name, each ``PICTURE`` or ``PICTURE:SHARE``.

    Styles are called by their files; of two of one name the second becomes ``name-2``.

    Raises:
        OptionError: A share is negative or no number, or all are 0.
    """
    found: dict[str, StylePicture] = {}
    for text in texts:
        path, share = _parted(text)
        name = _unused(path.stem.strip().replace(":", "-").replace(",", "-") or "style", found)
        found[name] = StylePicture(name, path, share)
    if found and not any(each.share for each in found.values()):
        raise OptionError("style", "a share above 0 for at least one picture", ",".join(texts))
    return tuple(found.values())


def _parted(text: str) -> tuple[Path, float]:
    path, colon, number = text.rpartition(":")
    # A file may be called a:0.4, and C:\night.jpg is no blend.
    if not (colon and path) or Path(text).exists():
        return Path(text), 1.0
    try:
        share = float(number)
    except ValueError:
        return Path(text), 1.0
    if not (math.isfinite(share) and share >= 0):
        raise OptionError("style", "a picture, and a share from 0 as in night.jpg:0.4", text)
    return Path(path), share


def _unused(name: str, taken: dict[str, StylePicture]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
