"""Sizes on paper, in pixels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from impasto.errors import OptionError

_INCHES: Final[Mapping[str, float]] = {"mm": 1 / 25.4, "cm": 1 / 2.54, "in": 1.0}
_LARGEST: Final = 65_536
"""Longer side in pixels of the largest picture."""


def paper_of(text: str, dpi: int) -> tuple[int, int]:
    """The sides of a paper in pixels: ``30x40cm``, ``8x10in``, ``A4``.

    Raises:
        OptionError: It is not a size, or the picture would be too small or too large.
    """
    if series := re.fullmatch(r"[aA](10|\d)", text):
        # ISO 216: A0 has a square meter, and each next size half the area, rounded down.
        sides = [1189, 841]
        for _ in range(int(series[1])):
            sides = [sides[1], sides[0] // 2]
        inches = [side / 25.4 for side in sides]
    elif sized := re.fullmatch(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|cm|in)", text):
        inches = [float(side) * _INCHES[sized[3]] for side in sized.groups()[:2]]
    else:
        raise OptionError("print", "a size on paper such as 30x40cm, 8x10in or A4", text)
    width, height = (round(side * dpi) for side in inches)
    if not (min(width, height) >= 1 and max(width, height) <= _LARGEST):
        raise OptionError("print", f"at {dpi} dpi 1 to {_LARGEST} pixels", text)
    return width, height


def side_on(paper: tuple[int, int], width: int, height: int) -> int:
    """Longer side of the largest picture of a shape that fits on a paper, in any orientation."""
    longer, shorter = max(width, height), min(width, height)
    return max(1, min(max(paper), int(min(paper) * longer / shorter)))
