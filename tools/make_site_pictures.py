"""Makes the picture that the site's front page begins with: python tools/make_site_pictures.py.

The strip of README (tools/make_readme_pictures.py), a photograph and what four styles make of it,
as one picture that is cut by slanting lines.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
SIZE = (840, 560)
MANNERS = 5
GAP = 8
"""Pixels between the pictures of the strip."""

SLANT = 0.07
"""How far a cut leans to either side of its middle, as a share of the width."""

CUT = 3
"""Pixels of the white line between two manners."""

FINE = 4
"""The cuts are drawn so many times as large and then reduced, for smooth edges."""


def strip(number: int) -> Image.Image:
    """White where one of the manners is to be seen."""
    width, height = SIZE
    left = -width if number == 0 else width * number / MANNERS + CUT / 2
    right = 2 * width if number == MANNERS - 1 else width * (number + 1) / MANNERS - CUT / 2
    lean = SLANT * width
    corners = [(left + lean, 0), (right + lean, 0), (right - lean, height), (left - lean, height)]
    mask = Image.new("L", (width * FINE, height * FINE))
    ImageDraw.Draw(mask).polygon([(x * FINE, y * FINE) for x, y in corners], fill=255)
    return mask.resize(SIZE, Image.Resampling.LANCZOS)


def main() -> None:
    row = Image.open(PICTURES / "coffee.jpg")
    step = (row.width + GAP) / MANNERS
    page = Image.new("RGB", SIZE, "white")
    for number in range(MANNERS):
        left = round(number * step)
        manner = row.crop((left, 0, left + round(step) - GAP, row.height))
        page.paste(manner.resize(SIZE, Image.Resampling.LANCZOS), (0, 0), strip(number))
    page.save(PICTURES / "slices.jpg", quality=88)


if __name__ == "__main__":
    main()
