"""The page of all styles."""

import numpy as np
import pytest
from PIL import Image, ImageFont

from impasto.networks import sheet
from impasto.networks.sheet import PAPER, Entry, columns_for, drawn, fitted

COLORS = [(200, 30, 30), (30, 160, 30), (30, 30, 200), (120, 120, 0), (0, 120, 120)]


def entries(width=96, height=64, mode="RGB"):
    return [
        Entry(f"Style {number}", "A. Painter, 1889", Image.new("RGB", (width, height), color))
        for number, color in enumerate(COLORS)
    ]


def found(page, color):
    rows, columns = np.nonzero((np.asarray(page) == color).all(-1))
    return rows.min(), columns.min(), rows.max() - rows.min() + 1, columns.max() - columns.min() + 1


def test_pictures_stand_in_rows_and_keep_their_pixels():
    page = drawn(entries(), 3)
    places = [found(page, color) for color in COLORS]
    assert {place[2:] for place in places} == {(64, 96)}
    tops, lefts = zip(*(place[:2] for place in places), strict=True)
    assert tops[0] == tops[1] == tops[2] < tops[3] == tops[4]
    assert lefts[0] == lefts[3] < lefts[1] == lefts[4] < lefts[2]
    assert page.getpixel((0, 0)) == PAPER


def test_captions_are_below_their_pictures():
    page = np.asarray(drawn(entries(), 3).convert("L"), int)
    top, left, height, width = found(drawn(entries(), 3), COLORS[0])
    next_row = found(drawn(entries(), 3), COLORS[3])[0]
    below = page[top + height + 6 : next_row - 4, left : left + width]
    assert below.min() < 90  # ink
    without = [Entry("", "", each.picture) for each in entries()]
    empty = np.asarray(drawn(without, 3).convert("L"), int)
    assert empty[top + height + 12 : next_row - 6, left : left + width].min() > 200


def test_more_columns_than_pictures():
    assert drawn(entries()[:2], 9).width < drawn(entries(), 5).width
    assert drawn(entries()[:1], 1).size[0] > 96


def test_what_is_transparent_shows_the_page():
    clear = Image.new("RGBA", (96, 64), (255, 0, 0, 0))
    page = drawn([Entry("a", "", clear)], 1)
    assert (255, 0, 0) not in {color for _, color in page.getcolors(1 << 20)}


@pytest.mark.parametrize(("count", "columns"), [(1, 2), (2, 2), (9, 4), (12, 4), (20, 6)])
def test_pages_are_somewhat_wider_than_high(count, columns):
    assert columns_for(count) == columns


def test_long_texts_are_shortened():
    font = ImageFont.load_default(14)
    assert fitted("short", font, 200) == "short"
    cut = fitted("A very long title of a very large painting", font, 100)
    assert cut.endswith("…")
    assert font.getlength(cut) <= 100
    assert len(cut) > 5


def test_accents_are_drawn():
    # Pillow's own font draws the same box for each of them.
    glyphs = [bytes(sheet.font_for(text, 20).getmask(text)) for text in ("é", "ö")]
    assert glyphs[0] != glyphs[1]
