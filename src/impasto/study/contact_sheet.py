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
"""Explains the numbers below the pictures."""

Place = tuple[int, int]


@dataclass(frozen=True)
class Plate:
    """One picture of a sheet, and its caption."""

    picture: Image.Image
    title: str
    note: str


@dataclass(frozen=True)
class Labels:
    """The labels of a grid's rows and columns, and what they are values of."""

    rows: Sequence[str]
    columns: Sequence[str]
    row_name: str
    column_name: str


@dataclass(frozen=True)
class Sheet:
    """Everything on a sheet, and its layout in pixels.

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
        """From a picture's lower edge to the end of its caption."""
        if self.labels is None:
            return self.measures.caption
        return round(0.6 * self.measures.title + 1.3 * self.measures.note)

    @cached_property
    def gutter(self) -> int:
        """Width of the row labels and their distance to the pictures; 0 without labels."""
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


def write_sheet(sheet: Sheet, path: Path) -> None:
    """Draw a sheet and write it as PNG."""
    with written_whole(path) as temporary:
        drawn(sheet).save(temporary, format="PNG", optimize=True)


def drawn(sheet: Sheet) -> Image.Image:
    """Draw a sheet."""
    lengths = sheet.measures
    small = _small_inputs(sheet)
    plates = [(sheet.place(number), each.picture) for number, each in enumerate(sheet.plates)]
    canvas = Image.new("RGB", sheet.size, PAPER)
    for place, picture in [*plates, *small]:
        _draw_shadow(canvas, place, picture.size, lengths)
    for place, picture in [*plates, *small]:
        canvas.paste(picture, place)
    write = _Writer(ImageDraw.Draw(canvas), lengths)
    _write_head(write, sheet, small)
    for (left, top), each in zip((place for place, _ in plates), sheet.plates, strict=True):
        below = top + each.picture.height + round(0.6 * lengths.title)
        if sheet.labels is None:
            write.title((left, below), each.title, sheet.cell[0])
            below += round(1.35 * lengths.title)
        write.note((left, below), each.note, sheet.cell[0])
    if sheet.labels is not None:
        _write_labels(write, sheet, sheet.labels)
    below = sheet.size[1] - lengths.margin - lengths.note
    write.note((lengths.margin, below), sheet.foot, sheet.size[0] - 2 * lengths.margin)
    return canvas


class _Writer:
    """Writes texts on a sheet, each cut to its room."""

    def __init__(self, drawing: ImageDraw.ImageDraw, lengths: Measures) -> None:
        self._drawing, self._lengths = drawing, lengths

    def title(self, place: Place, text: str, width: int, size: int | None = None) -> None:
        self._write(place, text, width, self._lengths.title if size is None else size, INK)

    def note(self, place: Place, text: str, width: int, size: int | None = None) -> None:
        self._write(place, text, width, self._lengths.note if size is None else size, FAINT)

    def _write(
        self, place: Place, text: str, width: int, size: int, color: tuple[int, int, int]
    ) -> None:
        font = font_for(text, size)
        self._drawing.text(place, fitted(text, font, width), fill=color, font=font)


def _small_inputs(sheet: Sheet) -> list[tuple[Place, Image.Image]]:
    """The inputs at the upper right, from left to right, all of one height."""
    right = sheet.size[0] - sheet.measures.margin
    placed = []
    for each in reversed(sheet.inputs):
        wide = max(1, round(each.picture.width * sheet.small / each.picture.height))
        small = each.picture.resize((wide, sheet.small), Image.Resampling.LANCZOS)
        placed.append(((right - wide, sheet.measures.margin), small))
        right -= wide + sheet.measures.gap // 2
    return placed[::-1]


def _draw_shadow(canvas: Image.Image, place: Place, size: Place, lengths: Measures) -> None:
    """A soft shadow below one picture; only the pixels around it are changed."""
    reach = lengths.gap // 2
    left, top = max(0, place[0] - reach), max(0, place[1] - reach)
    right = min(canvas.width, place[0] + size[0] + reach)
    bottom = min(canvas.height, place[1] + size[1] + reach)
    corner = place[0] - left, place[1] - top
    part = shaded(canvas.crop((left, top, right, bottom)), [corner], size, lengths)
    canvas.paste(part, (left, top))


def _write_head(write: _Writer, sheet: Sheet, small: Sequence[tuple[Place, Image.Image]]) -> None:
    lengths = sheet.measures
    left = top = lengths.margin
    width = min((place[0] for place, _ in small), default=sheet.size[0]) - left - lengths.gap
    large = round(1.7 * lengths.title)
    while large > lengths.title and font_for(sheet.title, large).getlength(sheet.title) > width:
        large -= 1
    write.title((left, top), sheet.title, width, large)
    below = top + round(1.6 * large)
    for line in _lines(sheet.subtitle, lengths.note + 1, width)[:3]:
        write.note((left, below), line, width, lengths.note + 1)
        below += round(1.5 * lengths.note)
    for ((x, y), picture), plate in zip(small, sheet.inputs, strict=True):
        write.note((x, y + picture.height + round(0.6 * lengths.note)), plate.title, picture.width)


def _write_labels(write: _Writer, sheet: Sheet, labels: Labels) -> None:
    lengths = sheet.measures
    below = round(1.4 * lengths.note)
    for column, text in enumerate(labels.columns):
        left, top = sheet.place(column)
        top -= round(2.75 * lengths.title)
        write.note((left, top), labels.column_name, sheet.cell[0])
        write.title((left, top + below), text, sheet.cell[0])
    for row, text in enumerate(labels.rows):
        left, room = lengths.margin, sheet.gutter - lengths.gap // 2
        top = sheet.place(row * sheet.across)[1] + sheet.cell[1] // 2 - round(1.3 * lengths.title)
        write.note((left, top), labels.row_name, room)
        write.title((left, top + below), text, room)


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
