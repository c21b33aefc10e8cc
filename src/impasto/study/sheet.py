"""The pictures of a study on a labelled page: a grid where two things vary, else wrapped rows."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from impasto.networks.sheet import (
    FAINT,
    INK,
    PAPER,
    Measures,
    fitted,
    font_for,
    shaded,
)
from impasto.study.layout import Labels, Page


def drawn(page: Page) -> Image.Image:
    """Draw a page."""
    small = _small_inputs(page)
    places = [(page.place(number), each.picture) for number, each in enumerate(page.plates)]
    canvas = Image.new("RGB", page.size, PAPER)
    for (left, top), picture in [*places, *small]:
        canvas = _shadow(canvas, (left, top), picture.size, page)
    for place, picture in [*places, *small]:
        canvas.paste(picture, place)
    drawing = ImageDraw.Draw(canvas)
    _write_head(drawing, page, small)
    _write_captions(drawing, page)
    if page.labels is not None:
        _write_labels(drawing, page, page.labels)
    lengths = page.measures
    foot = page.size[0] - 2 * lengths.margin
    below = page.size[1] - lengths.margin - lengths.note
    _write(drawing, (lengths.margin, below), page.foot, lengths.note, FAINT, foot)
    return canvas


def _small_inputs(page: Page) -> list[tuple[tuple[int, int], Image.Image]]:
    """The inputs at the upper right, from left to right, all of one height."""
    high = page.small
    right = page.size[0] - page.measures.margin
    placed = []
    for each in reversed(page.inputs):
        picture = each.picture
        wide = max(1, round(picture.width * high / picture.height))
        small = picture.resize((wide, high), Image.Resampling.LANCZOS)
        placed.append(((right - wide, page.measures.margin), small))
        right -= wide + page.measures.gap // 2
    return placed[::-1]


def _shadow(
    canvas: Image.Image, place: tuple[int, int], size: tuple[int, int], page: Page
) -> Image.Image:
    """A soft shadow below one picture; only what is near it is touched."""
    reach = page.measures.gap // 2
    box = (
        max(0, place[0] - reach),
        max(0, place[1] - reach),
        min(canvas.width, place[0] + size[0] + reach),
        min(canvas.height, place[1] + size[1] + reach),
    )
    corner = place[0] - box[0], place[1] - box[1]
    part = shaded(canvas.crop(box), [corner], size, page.measures)
    canvas.paste(part, box[:2])
    return canvas


def _write_head(
    drawing: ImageDraw.ImageDraw,
    page: Page,
    small: Sequence[tuple[tuple[int, int], Image.Image]],
) -> None:
    lengths = page.measures
    left, top = lengths.margin, lengths.margin
    width = min((place[0] for place, _ in small), default=page.size[0]) - left - lengths.gap
    large = _fitting(page.title, round(1.7 * lengths.title), lengths.title, width)
    _write(drawing, (left, top), page.title, large, INK, width)
    below = top + round(1.6 * large)
    for line in _lines(page.subtitle, lengths.note + 1, width)[:3]:
        _write(drawing, (left, below), line, lengths.note + 1, FAINT, width)
        below += round(1.5 * lengths.note)
    for (x, y), picture in small:
        text = page.inputs[small.index(((x, y), picture))].title
        place = x, y + picture.height + round(0.6 * lengths.note)
        _write(drawing, place, text, lengths.note, FAINT, picture.width)


def _write_captions(drawing: ImageDraw.ImageDraw, page: Page) -> None:
    lengths, width = page.measures, page.cell[0]
    for number, plate in enumerate(page.plates):
        left, top = page.place(number)
        below = top + plate.picture.height + round(0.6 * lengths.title)
        if page.labels is None:
            _write(drawing, (left, below), plate.title, lengths.title, INK, width)
            below += round(1.35 * lengths.title)
        _write(drawing, (left, below), plate.note, lengths.note, FAINT, width)


def _write_labels(drawing: ImageDraw.ImageDraw, page: Page, labels: Labels) -> None:
    lengths = page.measures
    for column, text in enumerate(labels.columns):
        left, top = page.place(column)
        above = top - round(2.75 * lengths.title)
        _write_label(drawing, (left, above), labels.column_name, text, page.cell[0], lengths)
    for row, text in enumerate(labels.rows):
        _, top = page.place(row * page.across)
        middle = top + page.cell[1] // 2 - round(1.3 * lengths.title)
        room = page.gutter - lengths.gap // 2
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
