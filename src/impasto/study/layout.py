"""Where everything stands on a page of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from PIL import Image

from impasto.networks.sheet import Measures, columns_for, font_for

FOOT: Final = "style, content: distance to the style and to the photograph; 0 would be the same"
"""What the numbers below the pictures are."""


@dataclass(frozen=True)
class Plate:
    """One picture of a page, and what is written below it."""

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
class Page:
    """Everything on a page, and where it stands.

    Attributes:
        title: Of the whole.
        subtitle: What all pictures share.
        inputs: Photograph and styles, small, at the upper right.
        plates: The pictures, row by row.
        labels: Of rows and columns; None for rows that wrap.
        foot: At the lower edge.
        columns: Pictures in a row where they wrap; 0 makes a page somewhat wider than high.
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
