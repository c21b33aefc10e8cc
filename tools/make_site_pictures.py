"""Paints the picture that the site's front page begins with: python tools/make_site_pictures.py.

One bundled photograph, cut by slanting lines: as it is, then in four bundled styles, painted with
the default recipe. That takes some minutes on two cores.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

import impasto
from impasto.samples import sample

STYLES = ("night-swirl", "stained-glass", "woodblock", "watercolor")
SIZE = 840
SLANT = 0.14
"""How far a cut leans, as a share of the width."""

CUT = 3
"""Pixels of the white line between two manners."""

FINE = 4
"""The cuts are drawn so many times as large and then reduced, for smooth edges."""


def strip(width: int, height: int, number: int, count: int) -> Image.Image:
    """White where one of so many manners is to be seen."""
    lean = SLANT * width
    first, last = (
        width * part / count
        for part in (number, number + 1)
    )
    left = -2 * width if number == 0 else first + CUT / 2
    right = 3 * width if number == count - 1 else last - CUT / 2
    corners = [(left + lean / 2, 0), (right + lean / 2, 0)]
    corners += [(right - lean / 2, height), (left - lean / 2, height)]
    mask = Image.new("L", (width * FINE, height * FINE))
    scaled = [(x * FINE, y * FINE) for x, y in corners]
    ImageDraw.Draw(mask).polygon(scaled, fill=255)
    return mask.resize((width, height), Image.Resampling.LANCZOS)


def main() -> None:
    content = sample("content", "coffee").path
    painted = [impasto.paint(content, sample("style", n).path, size=SIZE).pil() for n in STYLES]
    size = painted[0].size
    photograph = Image.open(content).convert("RGB").resize(size, Image.Resampling.LANCZOS)
    page = Image.new("RGB", size, "white")
    manners = [photograph, *painted]
    for number, manner in enumerate(manners):
        page.paste(manner, (0, 0), strip(*size, number, len(manners)))
    page.save(Path(__file__).parent.parent / "docs" / "pictures" / "slices.jpg", quality=88)


if __name__ == "__main__":
    main()
