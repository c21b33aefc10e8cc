"""The sheet, the plot and the page of a study."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFont

from cli_pictures import desk, write_photograph, write_style
from impasto.networks.sheet import PAPER
from impasto.study.contact_sheet import Labels, Plate, Sheet, drawn
from impasto.track import Curve, Model, draw_model, overlay, plot_overlaid
from impasto.track.overlay import PANEL
from study_parts import SMALL, VARY, study

pytestmark = pytest.mark.usefixtures("drawn_plots")

COLORS = [(200, 30, 30), (30, 160, 30), (30, 30, 200), (120, 120, 0), (0, 120, 120), (99, 0, 99)]


def plates(count=6, width=300, height=200, title="weight 5"):
    return [Plate(Image.new("RGB", (width, height), each), title, "n") for each in COLORS[:count]]


def inputs():
    return [Plate(Image.new("RGB", (80, 60), (1, 2, 3)), "photograph", "")]


LABELS = Labels(["5", "50"], ["conv2_2", "conv3_2", "conv4_2"], "weight", "layers")


def place(page, color):
    rows, columns = np.nonzero((np.asarray(page) == color).all(-1))
    return (
        columns.min(),
        rows.min(),
        columns.max() - columns.min() + 1,
        rows.max() - rows.min() + 1,
    )


def ink(page, box):
    return int(np.asarray(page.convert("L").crop(box), int).min())


def test_two_axes_make_rows_and_columns():
    page = Sheet("Title", "shared", inputs(), plates(), LABELS)
    sheet = drawn(page)
    assert sheet.size == page.size
    places = [place(sheet, color) for color in COLORS]
    assert {each[2:] for each in places} == {(300, 200)}
    lefts, tops = zip(*(each[:2] for each in places), strict=True)
    assert tops[0] == tops[1] == tops[2] < tops[3] == tops[4] == tops[5]
    assert lefts[0] == lefts[3] < lefts[1] == lefts[4] < lefts[2] == lefts[5]
    assert [*zip(lefts, tops, strict=True)] == [page.place(number) for number in range(6)]
    # The same distance to the right edge as to the lower left corner's text.
    assert sheet.width - (lefts[2] + 300) == page.measures.margin


def test_labels_stand_where_they_belong():
    sheet = drawn(Sheet("", "", [], plates(), LABELS, foot=""))
    blank = drawn(Sheet("", "", [], plates(), Labels(["", ""], ["", "", ""], "", ""), foot=""))
    for color in COLORS[:3]:  # above each column
        left, top, wide, _ = place(sheet, color)
        assert ink(sheet, (left, top - 60, left + wide, top - 4)) < 90
    for color in (COLORS[0], COLORS[3]):  # left of each row
        left, top, _, high = place(sheet, color)
        assert ink(sheet, (0, top, left - 16, top + high)) < 90
    left, top, _, high = place(blank, COLORS[0])
    assert ink(blank, (0, top, left - 16, top + high)) > 200


def test_one_axis_makes_rows_that_wrap_with_captions():
    page = Sheet("Title", "shared", inputs(), plates())
    sheet = drawn(page)
    places = [place(sheet, color) for color in COLORS]
    assert len({each[1] for each in places}) == 2
    left, top, wide, high = places[0]
    assert ink(sheet, (left, top + high + 14, left + wide, top + high + 34)) < 90
    assert Sheet("", "", [], plates(), columns=6).across == 6
    assert sheet.getpixel((0, 0)) == PAPER


@pytest.mark.parametrize("size", [(40, 30), (30, 40), (600, 20)])
def test_pictures_of_any_size_keep_theirs(size):
    sheet = drawn(Sheet("A long title " * 9, "a, b, " * 40, inputs(), plates(3, *size)))
    assert {place(sheet, color)[2:] for color in COLORS[:3]} == {size}


def test_long_titles_stay_left_of_the_inputs():
    page = Sheet("A title longer than any page " * 3, "and so on, " * 30, inputs(), plates(2))
    left = place(drawn(page), (1, 2, 3))[0]
    lengths = page.measures
    column = (left - lengths.gap + 2, 0, left - 14, page.header)
    assert ink(drawn(page), column) > 200


def table(path, steps=3, start=4.0):
    rows = [f"{step},{step},{start / step},{1 / step},{2 / step}" for step in range(1, steps + 1)]
    path.write_text("\n".join(["step,seconds,total,content,style", *rows]) + "\n")
    return path


def test_curves_lie_over_one_another(tmp_path):
    curves = [
        Curve(table(tmp_path / f"{name}{second}.csv", start=4.0 + number), name, second)
        for number, (name, second) in enumerate([("a", "x"), ("a", "y"), ("$b$_", "x"), ("b", "y")])
    ]
    path = tmp_path / "losses.png"
    plot_overlaid(curves, path, names=("weight", "layer"))
    with Image.open(path) as plot:
        assert plot.height == PANEL[1]
        assert plot.width > 3 * PANEL[0]
        found = {color for _, color in plot.convert("RGB").getcolors(1 << 20)}
    assert (0x1F, 0x6F, 0x8B) in found
    assert (0xC8, 0x55, 0x3D) in found
    first = path.read_bytes()
    plot_overlaid(curves, path, names=("weight", "layer"))
    assert path.read_bytes() == first
    plot_overlaid(curves[:1], path, losses=("total",))
    with Image.open(path) as plot:
        assert plot.width < 2.5 * PANEL[0]


def test_losses_that_are_missing_nan_or_zero_are_no_error(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("step,seconds,total,content\n1,1,5,0\n2,2,nan,1e-9\n3,3,0.1,4\n")
    plot_overlaid([Curve(path, "a")], tmp_path / "a.png")
    path.write_text("step,seconds,total\n1,1,5\n")
    plot_overlaid([Curve(path, "a")], tmp_path / "a.png")
    assert (tmp_path / "a.png").is_file()


def test_a_single_leap_does_not_squeeze_the_curves():
    fell = [100 / step for step in range(1, 101)]
    leaped = [*fell[:4], 1e6, *fell[5:]]
    begun_at_nothing = [1e-9, 1e-9, *fell[2:]]
    assert overlay._shown_range([fell, leaped]) == (1.0, 100.0)
    assert overlay._shown_range([begun_at_nothing]) == (1.0, 25.0)
    low, high = overlay._shown_range([[5.0, 1e-20]])
    assert (high, low) == (5.0, pytest.approx(5e-5))


@pytest.mark.parametrize("network", ["vgg16", "vgg19"])
def test_the_model_is_drawn_with_its_layers_marked(network, tmp_path):
    def drawing(content, style):
        draw_model(Model(network, "max", content, style, 0.01, 1.0), tmp_path / "model.png")
        with Image.open(tmp_path / "model.png") as picture:
            pixels = np.asarray(picture.convert("RGB"))
        marked = [(pixels == color).all(-1).sum() for color in ((200, 85, 61), (31, 111, 139))]
        return pixels.shape, marked

    shape, few = drawing({"conv4_2": 1.0}, {"conv4_1": 1.0})
    _, more = drawing({"relu4_2": 1.0}, {"conv3_1": 1.0, "relu4_1": 2.0})
    assert shape[1] > shape[0] > 400
    assert more[0] > few[0]
    assert few[1] > 500


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.sources, self.words, self.open = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.sources += [value for name, value in attributes if name in ("src", "href")]
        if tag not in ("img", "meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.words.append(text)


def read(path):
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    """A study of pictures whose names would be markup."""
    from cli_pictures import impasto

    folder = tmp_path_factory.mktemp("evil")
    names = "<b>&'\"lake.png", "<script>alert(1)<.png", "<i>$x_1$ ä.png"
    write_photograph(folder / names[0])
    write_style(folder / names[1])
    write_photograph(folder / names[2], seed=4)
    vary = "--vary", f"init=noise,{names[2]}"
    given = ("study", names[0], "--style", names[1], *SMALL, *vary, "--run-dir", "runs")
    outcome = impasto(*given, at=folder)
    assert outcome.code == 0, outcome
    return folder / "runs", names


def test_names_are_escaped(evil):
    folder, names = evil
    page = read(folder / "index.html")
    assert not {"script", "b>", "i"} & set(page.tags)
    text = "".join(page.words)
    for name in names:
        assert Path(name).stem in text
    assert "<script" not in (folder / "index.html").read_text()


def test_the_page_needs_no_other_file(evil):
    folder, _ = evil
    page = read(folder / "index.html")
    pictures = [each for each in page.sources if each.startswith("data:image/")]
    assert page.tags.count("img") == len(pictures) == 5  # two inputs, two paintings, the plot
    links = [each for each in page.sources if not each.startswith("data:")]
    assert len(links) == 3  # the paintings at full size, and the table
    for each in links:
        assert (folder / each).is_file()
    assert not re.search(r"https?://|@import|url\(", (folder / "index.html").read_text())


def test_the_page_of_a_grid_has_heads_of_rows_and_columns(tmp_path):
    folder = desk(tmp_path)
    assert study(*VARY, "--steps", 1, at=folder).code == 0
    page = read(folder / "runs" / "index.html")
    text = " ".join(page.words)
    assert "Content weight by content layers" in text
    for word in ("0.5", "5", "conv2_2", "conv4_2", "steps 1", "size 40"):
        assert word in text
    assert page.tags.count("figure") == 2 + 4 + 1
    assert {"tr", "th", "td"} <= set(page.tags)


def test_the_font_has_the_letters_of_names():
    assert isinstance(ImageFont.load_default(12), ImageFont.FreeTypeFont)
