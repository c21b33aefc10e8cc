"""What a film's file claims is asked about before memory is taken, and believed within limits."""

from fractions import Fraction

import numpy as np
import pytest

from cli_pictures import impasto
from film_clips import moving_square, write_film
from impasto.errors import MemoryEstimateError
from impasto.film import Reading, open_film
from trained_models import write_assets

MEGABYTE = 1 << 20


@pytest.fixture
def free(monkeypatch):
    """Sets how much memory is free."""

    def is_free(size):
        for module in ("device", "film.packets", "film.pipeline"):
            monkeypatch.setattr(f"impasto.{module}.free_memory", lambda: size)

    return is_free


def test_frames_that_do_not_fit_are_refused_before_they_are_decoded(free, tmp_path):
    path = write_film(tmp_path / "a.mkv", moving_square(2), codec="ffv1", pixels="bgra", options={})
    free(64 * 48 * 4 * 6)
    assert len(list(open_film(path).frames())) == 2
    free(64 * 48 * 4 * 6 - 1)
    told = r"a\.mkv: to decode frames of 64 x 48 needs about .* GB are free: make a smaller copy"
    with pytest.raises(MemoryEstimateError, match=told):
        open_film(path)
    free(1000)
    with pytest.raises(MemoryEstimateError, match="than the 0 megapixels that can be decoded"):
        open_film(path)


def test_frames_that_grow_on_the_way_are_left_out(free, tmp_path):
    large = write_film(tmp_path / "b.ts", [np.full((768, 1024, 3), 99, np.uint8)] * 6)
    data = write_film(tmp_path / "a.ts", moving_square(12)).read_bytes() + large.read_bytes()
    (tmp_path / "c.ts").write_bytes(data)
    assert len(list(open_film(tmp_path / "c.ts").frames())) == 18
    free(2 * MEGABYTE)
    reader = open_film(tmp_path / "c.ts")
    assert 10 <= len(list(reader.frames())) <= 12
    assert any("could not be read: left out" in told for told in reader.repairs)


def test_a_film_that_does_not_fit_while_it_is_painted_is_refused(free, tmp_path, monkeypatch):
    monkeypatch.setattr("impasto.networks.bundled.ASSETS", write_assets(tmp_path / "assets"))
    write_film(tmp_path / "a.mp4", moving_square(2))
    free(MEGABYTE)
    given = ("video", "a.mp4", "--model", "the-scream", "-o", "b.mp4")
    outcome = impasto(*given, at=tmp_path)
    assert outcome.code == 2
    assert "a.mp4: to paint 64 x 48 pixels needs about" in outcome.complaint
    fits = outcome.complaint.split("--size ")[1].split()[0]
    assert not list(tmp_path.glob("b.mp4*"))
    assert impasto(*given, "--size", fits, at=tmp_path).code == 0


def edited(path, mark, offset, data):
    """Overwrite bytes behind the first place of a mark."""
    whole = bytearray(path.read_bytes())
    start = whole.index(mark) + offset
    whole[start : start + len(data)] = data
    path.write_bytes(whole)
    return path


@pytest.mark.parametrize(
    ("suffix", "codec", "mark", "offset", "data"),
    [
        (".avi", "mpeg4", b"vids", 20, b"\xff\xff\xff\x7f\x01\0\0\0"),  # seconds of a count
        (".avi", "mpeg4", b"vids", 20, b"\x01\0\0\0\xff\xff\xff\x7f"),  # frames a second
        (".avi", "mpeg4", b"vids", 32, b"\xff\xff\xff\x7f"),  # frames
        (".mp4", "libx264", b"tkhd", 44, b"\x7f\xff\xff\xff" * 4),  # rotation
        (".mp4", "libx264", b"mdhd", 12, b"\x7f\xff\xff\xff"),  # counts of a second
        (".mp4", "libx264", b"mdhd", 16, b"\x7f\xff\xff\xff"),  # duration
    ],
)
def test_numbers_that_cannot_be_are_not_believed(suffix, codec, mark, offset, data, tmp_path):
    path = write_film(tmp_path / f"a{suffix}", moving_square(10), codec=codec, options={})
    reader = open_film(edited(path, mark, offset, data), Reading(fps=24))
    film, frames = reader.film, list(reader.frames())
    assert Fraction(1, 3600) <= film.rate <= 1000
    assert film.frames is None or film.frames <= 24 * path.stat().st_size
    assert {film.width, film.height} == {64, 48}
    assert sum(len(each.times) for each in frames) <= 24 * 3600


@pytest.mark.parametrize(
    ("claimed", "believed"), [(2, 2), (Fraction(1, 2), Fraction(1, 2)), (99, 1)]
)
def test_a_pixel_s_shape_is_believed_within_limits(claimed, believed, tmp_path):
    shape = {"sample_aspect_ratio": Fraction(claimed)}
    path = write_film(tmp_path / "a.mp4", moving_square(4), color=shape)
    assert open_film(path).film.aspect == believed
