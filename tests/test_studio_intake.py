"""What the studio lets in, and what becomes of it."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from conftest import photograph_pixels
from film_clips import moving_square, write_film
from impasto.errors import ImpastoError, OptionError, PictureError, VideoError
from impasto.image import read_picture
from impasto.studio.intake import Intake, plain_title
from impasto.studio.room import Limits
from studio_parts import photo_file, until


@pytest.fixture
def intake(tmp_path):
    return Intake(tmp_path / "uploads", tmp_path / "arriving", Limits(megabytes=1, megapixels=0.5))


def whole(intake, upload):
    """The same upload, once its file is there."""
    return intake.again(upload.path.name)


def claimed_png(path, width, height):
    """A file of some bytes that says it is a picture of any size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 64)), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n"
    for kind, body in chunks:
        data += struct.pack(">I", len(body)) + kind + body
        data += struct.pack(">I", zlib.crc32(kind + body))
    path.write_bytes(data)
    return path


def test_a_picture_is_written_again_under_a_name_of_our_own(intake, tmp_path):
    source = photo_file(tmp_path, "my lake.png")
    upload = whole(intake, intake.picture(source))
    assert upload.title == "my lake"
    assert upload.size == (64, 48)
    assert upload.path.parent == tmp_path / "uploads"
    assert "lake" not in upload.path.name
    assert np.array_equal(read_picture(upload.path).levels(8), read_picture(source).levels(8))


def test_what_hides_behind_the_pixels_does_not_come_in(intake, tmp_path):
    source = photo_file(tmp_path)
    source.write_bytes(source.read_bytes() + b"<script>alert(1)</script>")
    assert b"script" not in whole(intake, intake.picture(source)).path.read_bytes()


def test_sixteen_bits_stay_sixteen(intake, tmp_path):
    levels = (photograph_pixels(20, 20)[..., 0] * 65535).astype(np.uint16)
    Image.fromarray(levels).save(tmp_path / "deep.png")
    assert read_picture(whole(intake, intake.picture(tmp_path / "deep.png")).path).bits == 16


def test_a_small_file_that_claims_to_be_huge_is_refused_before_it_is_decoded(intake, tmp_path):
    with pytest.raises(PictureError, match=r"^bomb: 60000 x 60000 is 3,600.0 megapixels"):
        intake.picture(claimed_png(tmp_path / "bomb.png", 60000, 60000))


def test_the_limits_are_reported_in_one_line(intake, tmp_path):
    (tmp_path / "big.png").write_bytes(b"x" * 1_500_000)
    with pytest.raises(PictureError, match=r"^big: 1.5 MB, the limit here is 1 MB$"):
        intake.picture(tmp_path / "big.png")
    wide = Image.new("RGB", (2000, 400))
    wide.save(tmp_path / "wide.png")
    with pytest.raises(PictureError, match=r"0\.8 megapixels, the limit here is 0\.5"):
        intake.picture(tmp_path / "wide.png")


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"<svg onload=alert(1)>", b"%!PS-Adobe", b"\x89PNG\r\n\x1a\nxx"]
)
def test_what_is_no_picture_is_refused_by_the_clients_name_for_it(intake, tmp_path, data):
    path = tmp_path / "upload-7f3"
    path.write_bytes(data)
    with pytest.raises(ImpastoError, match=r"^holiday: ") as caught:
        intake.picture(path, "holiday.png")
    assert str(tmp_path) not in str(caught.value)
    assert not list((tmp_path / "uploads").iterdir())


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("lake.jpg", "lake"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\lake.png", "lake"),
        ("<img src=x onerror=alert(1)>.png", "img src x onerror alert(1)"),
        ("&lt;b&gt;.png", "b"),
        ("a\nb\x00c.png", "a b c"),
        ("", "picture"),
        ("x" * 300 + ".png", "x" * 60),
        ("Müller, 2024 (1).jpeg", "Müller, 2024 (1)"),
    ],
)
def test_titles_are_harmless(name, title):
    assert plain_title(name) == title


def test_a_film_is_taken_in_once_it_can_be_read(tmp_path):
    intake = Intake(tmp_path / "uploads", tmp_path / "arriving", Limits())
    write_film(tmp_path / "a.mp4", moving_square(3))
    upload = intake.film(tmp_path / "a.mp4")
    assert upload.path.suffix == ".mp4"
    (tmp_path / "b.mp4").write_bytes(b"no film")
    with pytest.raises(VideoError, match=r"^b: "):
        intake.film(tmp_path / "b.mp4")
    with pytest.raises(VideoError, match="no film of a kind known here"):
        intake.film(tmp_path / "a.mp4", "a.m3u8")  # a list of addresses that would be fetched
    assert len(list(intake.room.folder.iterdir())) == 1


def test_old_uploads_are_forgotten(intake, tmp_path):
    upload = whole(intake, intake.picture(photo_file(tmp_path)))
    intake.forget_old()
    assert upload.path.exists()
    intake.forget_old(hours=-1)
    assert not upload.path.exists()
    with pytest.raises(PictureError, match="no longer here"):
        whole(intake, upload)


def arrived(intake, folder, name="0" * 32 + ".png"):
    """A picture as it has come in."""
    path = intake.arriving.part("anna") / name
    path.parent.mkdir(exist_ok=True)
    photo_file(folder).rename(path)
    return path


def test_what_was_taken_in_outlives_a_killed_studio(intake, tmp_path):
    raw = arrived(intake, tmp_path)
    again = Intake(tmp_path / "uploads", tmp_path / "arriving", intake.limits)
    upload = again.again("0" * 32 + ".png", "anna")  # it was never written before the end
    assert read_picture(upload.path).width == 64
    until(lambda: not raw.exists())
    third = Intake(tmp_path / "uploads", tmp_path / "arriving", intake.limits)
    assert third.again(upload.path.name, "anna").size == (64, 48)


@pytest.mark.parametrize("name", ["0" * 32 + ".png", "../" + "0" * 32 + ".png", "x", ""])
def test_an_upload_is_its_owners_alone(intake, tmp_path, name):
    upload = intake.picture(arrived(intake, tmp_path), "lake.png", "anna")
    assert whole_of(intake, upload, "anna") == upload
    with pytest.raises(PictureError, match="no longer here"):
        intake.again(name, "bert")


def whole_of(intake, upload, owner):
    return intake.again(upload.path.name, owner)


def test_limits_are_numbers_above_nothing():
    with pytest.raises(OptionError, match="megapixels: expected a number above 0"):
        Limits(megapixels=0)
