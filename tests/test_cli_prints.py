"""``impasto paint`` for paper, in several ways, or only to know what it would take."""

import pytest
from PIL import Image

from cli_pictures import EXACT, SMALL, desk, impasto, listing, paint
from impasto.errors import OptionError
from impasto.image import Picture, read_picture
from impasto.options.paper import paper_of, side_on


@pytest.mark.parametrize(("text", "dpi", "sides"), [
    ("30x40cm", 300, (3543, 4724)), ("8x10in", 300, (2400, 3000)), ("100x50.8mm", 254, (1000, 508)),
    ("A4", 300, (3508, 2480)), ("a0", 100, (4681, 3311)),
])  # fmt: skip
def test_paper_in_pixels(text, dpi, sides):
    assert paper_of(text, dpi) == sides


@pytest.mark.parametrize("text", ["30cm", "30x40", "0x3cm", "A11", "900x900cm", "x", "1e9x2in"])
def test_what_is_no_paper_is_refused(text):
    with pytest.raises(OptionError, match=r"^print: "):
        paper_of(text, 300)


def test_a_picture_fits_on_the_paper_either_way_up():
    assert side_on((3000, 4000), 600, 400) == 4000
    assert side_on((3000, 4000), 400, 600) == 4000
    assert side_on((3000, 4000), 500, 500) == 3000


def test_a_print_has_its_size_and_says_so(tmp_path):
    folder = desk(tmp_path)
    small = [each for each in SMALL if each != "--size"]
    wanted = ("--print", "2x1in", "--dpi", "20")
    outcome = impasto("paint", "a.png", "--style", "s.png", *small[1:], *wanted, at=folder)
    assert outcome.code == 0, outcome.err
    with Image.open(folder / "a-s.png") as made:
        assert made.size == (26, 20)
        assert made.info["dpi"] == pytest.approx((20, 20), abs=0.1)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
def test_dots_per_inch_are_in_the_file(tmp_path, suffix):
    photo = read_picture(desk(tmp_path) / "a.png")
    path = Picture(photo.pixels, dpi=240).save(tmp_path / f"b.{suffix}")
    with Image.open(path) as made:
        assert float(made.getexif()[0x011A]) == 240
        if suffix != "webp":
            assert made.info["dpi"] == pytest.approx((240, 240), abs=0.1)


def test_a_dry_run_says_what_it_would_take_and_paints_nothing(tmp_path):
    folder = desk(tmp_path)
    before = listing(folder)
    outcome = paint("a.png", "--dry-run", at=folder)
    [result] = outcome.results
    assert (result["status"], result["size"], result["steps"]) == ("planned", [48, 36], 4)
    assert result["memory"] > 1e8
    assert result["seconds"] > 0
    assert listing(folder) == before


def test_a_dry_run_of_a_study_adds_its_paintings_up(tmp_path):
    folder = desk(tmp_path)
    before = listing(folder)
    call = ("study", "a.png", "--style", "s.png", *SMALL, "--vary", "steps=4,8", "--run-dir", "s")
    outcome = impasto(*call, "--dry-run", at=folder)
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert ["4 steps" in lines[0], "8 steps" in lines[1]] == [True, True]
    assert lines[2].startswith("2 paintings to do: about ")
    assert listing(folder) == before
    assert impasto(*call, at=folder).code == 0
    assert impasto(*call, "--dry-run", at=folder).out == "all 2 paintings are done\n"


def test_variations_differ_and_stand_side_by_side(tmp_path):
    folder = desk(tmp_path)
    wanted = ("a.png", "--style", "s.png", *SMALL, "--variations", "5")
    outcome = impasto("paint", *wanted, at=folder)
    assert outcome.code == 0, outcome.err
    made = [f"a-s-{number}.png" for number in range(1, 6)]
    assert listing(folder) == sorted([*made, "a-s-variations.png", "a.png", "s.png"])
    assert len({(folder / each).read_bytes() for each in made}) == 5
    again = impasto("paint", *wanted, at=folder)
    assert again.out.count("exists, skipped") == 5
    alone = impasto("paint", "a.png", "--style", "s.png", *SMALL, "-o", "b.png", at=folder)
    assert alone.code == 0
    assert read_picture(folder / "b.png").pixels.tobytes() == (
        read_picture(folder / made[0]).pixels.tobytes()
    )


def test_the_variations_of_another_method_have_its_own_options(tmp_path):
    folder = desk(tmp_path)
    call = ("--method", "nearest", "--size", "48", "--steps", "4", "--coarsest", "32", *EXACT)
    outcome = impasto("paint", "a.png", "--style", "s.png", *call, "--variations", "4", at=folder)
    assert outcome.code == 0, outcome.err
    assert len(listing(folder)) == 7


def test_a_dry_run_of_variations_writes_no_sheet(tmp_path):
    folder = desk(tmp_path)
    call = ("paint", "a.png", "--style", "s.png", *SMALL, "--variations", "2")
    assert impasto(*call, at=folder).code == 0
    sheet = folder / "a-s-variations.png"
    sheet.unlink()
    assert impasto(*call, "--dry-run", at=folder).code == 0
    assert not sheet.exists()


def test_a_painting_begins_with_the_instant_picture(tmp_path):
    folder = desk(tmp_path)
    outcome = paint("a.png", "--style", "s.png", "s.png", "--init", "instant", at=folder)
    assert outcome.code == 0, outcome.err
    assert outcome.results[0]["options"]["init"] == "instant"
