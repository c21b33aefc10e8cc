"""A sheet of all styles of some models, with the photograph first."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont

PAPER: Final = (250, 249, 246)
INK: Final = (38, 36, 34)
FAINT: Final = (134, 128, 120)
SHADOW: Final = (196, 192, 185)

Font = ImageFont.ImageFont | ImageFont.FreeTypeFont


@dataclass(frozen=True)
class Entry:
    """One picture of a sheet with its caption."""

    title: str
    note: str
    picture: Image.Image


class Measures:
    """Lengths on a sheet in pixels, from the longer side of its pictures."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.gap = max(12, size // 10)  # between pictures
        self.margin = max(20, size // 7)  # around the page
        self.title = max(12, size // 18)  # height of a title's letters
        self.note = max(10, size // 24)  # height of a note's letters
        # From a picture's lower edge to the end of its caption.
        self.caption = round(0.8 * self.title + 1.35 * self.title + 1.3 * self.note)


def columns_for(count: int) -> int:
    """The number of columns that makes a sheet a little wider than high."""
    return max(1, math.ceil(math.sqrt(count * 1.3)))


def drawn(entries: Sequence[Entry], columns: int) -> Image.Image:
    """Draw a sheet of one or more pictures of the same size."""
    width, height = entries[0].picture.size
    measures = Measures(max(width, height))
    columns = min(columns, len(entries))
    rows = -(-len(entries) // columns)
    across, down = width + measures.gap, height + measures.caption + measures.gap
    page = Image.new(
        "RGB",
        (
            2 * measures.margin + columns * across - measures.gap,
            2 * measures.margin + rows * down - measures.gap,
        ),
        PAPER,
    )
    places = [
        (measures.margin + (number % columns) * across, measures.margin + number // columns * down)
        for number in range(len(entries))
    ]
    page = shaded(page, places, (width, height), measures)
    for entry, place in zip(entries, places, strict=True):
        opaque = entry.picture.convert("RGBA")
        page.paste(opaque, place, opaque)  # what is transparent shows the page
        _caption(page, entry, (place[0], place[1] + height), width, measures)
    return page


def shaded(
    page: Image.Image,
    places: Sequence[tuple[int, int]],
    size: tuple[int, int],
    measures: Measures,
) -> Image.Image:
    """Soft shadows under the pictures."""
    drawing = ImageDraw.Draw(page)
    drop = max(2, measures.size // 80)
    for left, top in places:
        box = (left, top + drop, left + size[0] - 1, top + size[1] - 1 + drop)
        drawing.rectangle(box, fill=SHADOW)
    return page.filter(ImageFilter.GaussianBlur(1.5 * drop))


def _caption(
    page: Image.Image, entry: Entry, corner: tuple[int, int], width: int, measures: Measures
) -> None:
    drawing = ImageDraw.Draw(page)
    left, bottom = corner
    top = bottom + round(0.8 * measures.title)
    for text, size, color in (
        (entry.title, measures.title, INK),
        (entry.note, measures.note, FAINT),
    ):
        font = font_for(text, size)
        drawing.text((left, top), fitted(text, font, width), fill=color, font=font)
        top += round(1.35 * size)


def font_for(text: str, size: int) -> Font:
    """A font, with a size in pixels, that has all letters of a text."""
    # Pillow's own font has no accents. matplotlib, which impasto installs, includes DejaVu; only
    # its file is used.
    found = None if text.isascii() else importlib.util.find_spec("matplotlib")
    if found is None or found.origin is None:
        return ImageFont.load_default(size)
    dejavu = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(dejavu, size) if dejavu.exists() else ImageFont.load_default(size)


def fitted(text: str, font: Font, width: int) -> str:
    """A text no wider than ``width`` pixels, shortened with an ellipsis if needed."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip(' ,')}…"
