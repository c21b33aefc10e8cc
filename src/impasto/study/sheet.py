"""The contact sheet: pictures in a grid where two things vary, else in rows that wrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

from impasto.files import written_whole
from impasto.networks.sheet import (
    FAINT,
    INK,
    PAPER,
    Measures,
    columns_for,
    fitted,
    font_for,
    shaded,
)

FOOT: Final = "style, content: distance to the style and to the photograph; 0 would be the same"
"""What the numbers below the pictures are."""


@dataclass(frozen=True)
class Plate:
    """One picture of a sheet, and what is written below it."""

    picture: Image.Image
    title: str
    note: str


@dataclass(frozen=True)
class Labels:
    """What stands beside the rows and above the columns of a grid, and what they are."""

    rows: Sequence[str]
    columns: Sequence[str]
    row_name: str
    column_name: str


@dataclass(frozen=True)
class Sheet:
    """Everything on a sheet, and where it stands.

    Attributes:
        title: Of the whole.
        subtitle: What all pictures share.
        inputs: Photograph and styles, small, at the upper right.
        plates: The pictures, row by row.
        labels: Of rows and columns; None for rows that wrap.
        foot: At the lower edge.
        columns: Pictures in a row where they wrap; 0 makes a sheet somewhat wider than high.
    """

    title: str
    subtitle: str
    inputs: Sequence[Plate]
    plates: Sequence[Plate]
    labels: Labels | None = None
    foot: str = FOOT
    columns: int = 0

    @cached_property
    def cell(self) -> tuple[int, int]:
        """Width and height that every picture fits into, with room for its caption."""
        sizes = [each.picture.size for each in self.plates]
        wide = max(width for width, _ in sizes)
        return max(wide, round(0.56 * self.measures.size)), max(height for _, height in sizes)

    @cached_property
    def measures(self) -> Measures:
        """Lengths that follow from the size of the pictures."""
        return Measures(max(288, *(max(each.picture.size) for each in self.plates)))

    @property
    def across(self) -> int:
        """Pictures in a row."""
        if self.labels is not None:
            return len(self.labels.columns)
        return min(len(self.plates), self.columns or max(2, columns_for(len(self.plates))))

    @property
    def caption(self) -> int:
        """From a picture's lower edge to the end of what is written below it."""
        if self.labels is None:
            return self.measures.caption
        return round(0.6 * self.measures.title + 1.3 * self.measures.note)

    @cached_property
    def gutter(self) -> int:
        """Width of the row labels, their distance to the pictures included; 0 without."""
        if self.labels is None:
            return 0
        texts = [(each, self.measures.title) for each in self.labels.rows]
        texts.append((self.labels.row_name, self.measures.note))
        widest = max(font_for(text, size).getlength(text) for text, size in texts)
        return min(round(widest), self.measures.size) + self.measures.gap

    @property
    def small(self) -> int:
        """Height of the inputs."""
        return max(round(0.34 * self.measures.size), 4 * self.measures.title)

    @property
    def header(self) -> int:
        """From the upper margin to the pictures, column labels included."""
        labels = round(3.2 * self.measures.title) if self.labels is not None else 0
        return self.small + round(2.4 * self.measures.note) + self.measures.gap + labels

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole."""
        lengths = self.measures
        rows = -(-len(self.plates) // self.across)
        wide = self.gutter + self.across * (self.cell[0] + lengths.gap) - lengths.gap
        high = self.header + rows * (self.cell[1] + self.caption + lengths.gap)
        least = round((1.05 + 0.5 * len(self.inputs)) * lengths.size)
        return 2 * lengths.margin + max(wide, least), 2 * lengths.margin + high + lengths.note

    def place(self, number: int) -> tuple[int, int]:
        """Left and upper edge of a picture's cell."""
        row, column = divmod(number, self.across)
        lengths = self.measures
        left = lengths.margin + self.gutter + column * (self.cell[0] + lengths.gap)
        high = self.cell[1] + self.caption + lengths.gap
        return left, lengths.margin + self.header + row * high


def drawn(sheet: Sheet) -> Image.Image:
    """Draw a sheet."""
    small = _small_inputs(sheet)
    places = [(sheet.place(number), each.picture) for number, each in enumerate(sheet.plates)]
    canvas = Image.new("RGB", sheet.size, PAPER)
    for (left, top), picture in [*places, *small]:
        canvas = _shadow(canvas, (left, top), picture.size, sheet)
    for place, picture in [*places, *small]:
        canvas.paste(picture, place)
    drawing = ImageDraw.Draw(canvas)
    _write_head(drawing, sheet, small)
    _write_captions(drawing, sheet)
    if sheet.labels is not None:
        _write_labels(drawing, sheet, sheet.labels)
    lengths = sheet.measures
    foot = sheet.size[0] - 2 * lengths.margin
    below = sheet.size[1] - lengths.margin - lengths.note
    _write(drawing, (lengths.margin, below), sheet.foot, lengths.note, FAINT, foot)
    return canvas


def write_sheet(sheet: Sheet, path: Path) -> None:
    """Draw a sheet and write it as PNG."""
    with written_whole(path) as temporary:
        drawn(sheet).save(temporary, format="PNG", optimize=True)


def _small_inputs(sheet: Sheet) -> list[tuple[tuple[int, int], Image.Image]]:
    """The inputs at the upper right, from left to right, all of one height."""
    high = sheet.small
    right = sheet.size[0] - sheet.measures.margin
    placed = []
    for each in reversed(sheet.inputs):
        picture = each.picture
        wide = max(1, round(picture.width * high / picture.height))
        small = picture.resize((wide, high), Image.Resampling.LANCZOS)
        placed.append(((right - wide, sheet.measures.margin), small))
        right -= wide + sheet.measures.gap // 2
    return placed[::-1]


def _shadow(
    canvas: Image.Image, place: tuple[int, int], size: tuple[int, int], sheet: Sheet
) -> Image.Image:
    """A soft shadow below one picture; only what is near it is touched."""
    reach = sheet.measures.gap // 2
    box = (
        max(0, place[0] - reach),
        max(0, place[1] - reach),
        min(canvas.width, place[0] + size[0] + reach),
        min(canvas.height, place[1] + size[1] + reach),
    )
    corner = place[0] - box[0], place[1] - box[1]
    part = shaded(canvas.crop(box), [corner], size, sheet.measures)
    canvas.paste(part, box[:2])
    return canvas


def _write_head(
    drawing: ImageDraw.ImageDraw,
    sheet: Sheet,
    small: Sequence[tuple[tuple[int, int], Image.Image]],
) -> None:
    lengths = sheet.measures
    left, top = lengths.margin, lengths.margin
    width = min((place[0] for place, _ in small), default=sheet.size[0]) - left - lengths.gap
    large = _fitting(sheet.title, round(1.7 * lengths.title), lengths.title, width)
    _write(drawing, (left, top), sheet.title, large, INK, width)
    below = top + round(1.6 * large)
    for line in _lines(sheet.subtitle, lengths.note + 1, width)[:3]:
        _write(drawing, (left, below), line, lengths.note + 1, FAINT, width)
        below += round(1.5 * lengths.note)
    for (x, y), picture in small:
        text = sheet.inputs[small.index(((x, y), picture))].title
        place = x, y + picture.height + round(0.6 * lengths.note)
        _write(drawing, place, text, lengths.note, FAINT, picture.width)


def _write_captions(drawing: ImageDraw.ImageDraw, sheet: Sheet) -> None:
    lengths, width = sheet.measures, sheet.cell[0]
    for number, plate in enumerate(sheet.plates):
        left, top = sheet.place(number)
        below = top + plate.picture.height + round(0.6 * lengths.title)
        if sheet.labels is None:
            _write(drawing, (left, below), plate.title, lengths.title, INK, width)
            below += round(1.35 * lengths.title)
        _write(drawing, (left, below), plate.note, lengths.note, FAINT, width)


def _write_labels(drawing: ImageDraw.ImageDraw, sheet: Sheet, labels: Labels) -> None:
    lengths = sheet.measures
    for column, text in enumerate(labels.columns):
        left, top = sheet.place(column)
        above = top - round(2.75 * lengths.title)
        _write_label(drawing, (left, above), labels.column_name, text, sheet.cell[0], lengths)
    for row, text in enumerate(labels.rows):
        _, top = sheet.place(row * sheet.across)
        middle = top + sheet.cell[1] // 2 - round(1.3 * lengths.title)
        room = sheet.gutter - lengths.gap // 2
        place = lengths.margin, middle
        _write_label(drawing, place, labels.row_name, text, room, lengths)


def _write_label(
    drawing: ImageDraw.ImageDraw,
    place: tuple[int, int],
    name: str,
    text: str,
    width: int,
    lengths: Measures,
) -> None:
    left, top = place
    _write(drawing, (left, top), name, lengths.note, FAINT, width)
    _write(drawing, (left, top + round(1.4 * lengths.note)), text, lengths.title, INK, width)


def _write(
    drawing: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    size: int,
    color: tuple[int, int, int],
    width: int,
) -> None:
    font = font_for(text, size)
    drawing.text(place, fitted(text, font, width), fill=color, font=font)


def _fitting(text: str, size: int, least: int, width: int) -> int:
    """The size at which a text has room, not below the least."""
    while size > least and font_for(text, size).getlength(text) > width:
        size -= 1
    return size


def _lines(text: str, size: int, width: int) -> list[str]:
    """A text broken at its commas into lines that fit."""
    font, lines = font_for(text, size), [""]
    for part in text.split(", "):
        longer = f"{lines[-1]}, {part}".removeprefix(", ")
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines[-1] += ","
            lines.append(part)
    return lines
