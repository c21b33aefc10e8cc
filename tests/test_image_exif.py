"""EXIF goes from file to file, as far as it is still true, and turns pictures upright."""

import struct

import numpy as np
import pytest
import tifffile
from numpy.testing import assert_allclose, assert_array_equal
from PIL import ExifTags, Image

from image_files import CORNERS, WRITTEN, check_deep, chunk, corners, deep, png
from impasto.image import Picture, from_tensor, read_picture

CAMERA, GPS, THUMBNAIL = 0x8769, 0x8825, ExifTags.IFD.IFD1


def camera_exif():
    exif = Image.Exif()
    exif.update({0x010F: "Make", 0x0110: "Model X", 0x0112: 6, 0x0131: "firmware 1", 0x8298: "Me"})
    exif.get_ifd(CAMERA).update(
        {
            0x829A: 0.004,  # ExposureTime
            0x9003: "2024:05:06 07:08:09",
            0x927C: b"maker's notes",
            0xA001: 65535,
            0xA002: 24,
            0xA003: 16,
            0x9286: b"ASCII\0\0\0mine",  # UserComment
        }
    )
    exif.get_ifd(GPS).update({1: "N", 2: (48.0, 12.0, 30.5)})
    return exif


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    Image.fromarray(CORNERS).save(path, exif=camera_exif())
    return read_picture(path)


def exif_in(path):
    with Image.open(path) as image:
        exif = image.getexif()
        return exif, dict(exif.get_ifd(CAMERA)), dict(exif.get_ifd(GPS))


def test_exif_of_the_picture_is_upright(photo):
    exif = Image.Exif()
    exif.load(photo.exif)
    assert (photo.width, exif[0x0112], exif[0x0110]) == (16, 1, "Model X")


@pytest.mark.parametrize(("suffix", "bits"), WRITTEN)
def test_exif_survives_and_is_true(photo, tmp_path, suffix, bits):
    resized = from_tensor(photo.tensor()[..., :10, :12], like=photo)
    exif, camera, place = exif_in(resized.save(tmp_path / f"out{suffix}", bits=bits))
    assert (exif[0x010F], exif[0x0110], exif[0x8298]) == ("Make", "Model X", "Me")
    assert exif.get(0x0112, 1) == 1
    assert exif[0x0131] == "impasto"
    assert camera[0x829A] == pytest.approx(0.004)
    assert camera[0x9003] == "2024:05:06 07:08:09"
    assert camera[0x9286] == b"ASCII\0\0\0mine"
    assert (camera[0xA001], camera[0xA002], camera[0xA003]) == (1, 12, 10)
    assert 0x927C not in camera
    assert place[1] == "N"
    assert [float(part) for part in place[2]] == [48, 12, 30.5]


@pytest.mark.parametrize(("suffix", "bits"), WRITTEN)
def test_exif_survives_twice(photo, tmp_path, suffix, bits):
    once = read_picture(photo.save(tmp_path / f"once{suffix}", bits=bits))
    assert (once.width, once.height) == (16, 24), "turned a second time"
    exif, camera, _ = exif_in(once.save(tmp_path / "twice.jpg"))
    assert exif[0x0110] == "Model X"
    assert camera[0x829A] == pytest.approx(0.004)


def test_the_thumbnail_goes(tmp_path):
    entry = struct.Struct("<HHLL")
    first = struct.pack("<H", 1) + entry.pack(0x0110, 2, 4, int.from_bytes(b"Cam\0", "little"))
    second = struct.pack("<H", 2) + entry.pack(513, 4, 1, 56) + entry.pack(514, 4, 1, 9)
    data = b"II*\0" + struct.pack("<L", 8) + first + struct.pack("<L", 26) + second + bytes(4)
    path = tmp_path / "thumb.jpg"
    Image.fromarray(CORNERS).save(path, exif=b"Exif\0\0" + data + b"THUMBNAIL")
    with Image.open(path) as image:
        assert image.getexif().get_ifd(THUMBNAIL), "the test's own file is wrong"
    picture = read_picture(path)
    assert b"THUMBNAIL" not in picture.exif
    exif, *_ = exif_in(picture.save(tmp_path / "out.jpg"))
    assert exif[0x0110] == "Cam"
    assert not exif.get_ifd(THUMBNAIL)


def test_tags_of_an_old_tiff_do_not_reach_the_new_one(tmp_path):
    path = tmp_path / "old.tif"
    tags = {0x0110: "Model X", 305: "scanner", 270: "my cat", 33432: "Me"}
    Image.fromarray(CORNERS).save(path, compression="tiff_lzw", tiffinfo=tags)
    picture = read_picture(path)
    exif, *_ = exif_in(picture.save(tmp_path / "new.jpg"))
    assert dict(exif) == {0x0110: "Model X", 270: "my cat", 33432: "Me", 0x0112: 1, 305: "impasto"}


def test_a_picture_without_exif_names_its_software_only(tmp_path):
    picture = read_picture(CORNERS)
    assert picture.exif is None
    for suffix in (".jpg", ".png", ".webp", ".avif"):
        exif, *_ = exif_in(picture.save(tmp_path / f"out{suffix}"))
        assert dict(exif) == {0x0131: "impasto"}


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\x08\0\0\0\xff\xff", b"Exif\0\0"]
)
def test_damaged_exif_does_not_harm_the_picture(tmp_path, exif):
    path = tmp_path / "odd.jpg"
    Image.fromarray(CORNERS).save(path, exif=exif)
    picture = read_picture(path)
    assert (picture.width, picture.height) == (24, 16)
    picture.save(tmp_path / "out.jpg")


def test_exif_that_cannot_be_written_does_not_cost_the_picture(tmp_path, caplog):
    pixels = np.zeros((2, 2, 3), np.float32)
    for exif in (b"junk", b"Exif\0\0junk", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"):
        for suffix, bits in WRITTEN:
            path = Picture(pixels, exif=exif).save(tmp_path / f"out{suffix}", bits=bits)
            assert read_picture(path).width == 2
    assert "damaged and is left out" in caplog.text


def test_unicode_fields_of_windows(tmp_path):
    title = "Öl".encode("utf-16-le") + b"\0\0"
    exif = Image.Exif()
    exif.update({0x9C9B: title, 0x4746: 5, 0x011A: 72.0, 0x010E: "Öl"})
    Image.fromarray(CORNERS).save(tmp_path / "photo.jpg", exif=exif)
    picture = read_picture(tmp_path / "photo.jpg")
    for suffix, bits in WRITTEN:
        written, *_ = exif_in(picture.save(tmp_path / f"out{suffix}", bits=bits))
        assert bytes(written[0x9C9B]) == title
        assert (written[0x4746], written[0x011A]) == (5, 72)


def test_exif_too_large_for_jpeg_is_left_out(tmp_path, caplog):
    exif = Image.Exif()
    exif[0x0110] = "Model X"
    exif.get_ifd(CAMERA)[0x9286] = bytes(70_000)
    picture = Picture(np.zeros((2, 2, 3), np.float32), exif=exif.tobytes())
    written, *_ = exif_in(picture.save(tmp_path / "out.jpg"))
    assert dict(written) == {0x0131: "impasto"}
    assert "larger than JPEG takes" in caplog.text
    assert exif_in(picture.save(tmp_path / "out.png"))[0][0x0110] == "Model X"


TURNED = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.fliplr(np.rot90(a, -1)),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.fliplr(np.rot90(a, 1)),
    8: lambda a: np.rot90(a, 1),
}
"""How stored rows become the picture, in words of turns and mirrors."""


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_orientation_turns_pixels_and_alpha(tmp_path, suffix, orientation):
    levels = np.random.default_rng(0).integers(1, 256, (4, 6, 4)).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned{suffix}"
    options = {"lossless": True} if suffix == ".webp" else {}
    Image.fromarray(levels).save(path, exif=exif, **options)
    picture = read_picture(path)
    upright = TURNED[orientation](levels)
    assert_array_equal(np.rint(picture.pixels * 255), upright[..., :3])
    assert_array_equal(np.rint(picture.alpha * 255), upright[..., 3])
    assert picture.pixels.flags.c_contiguous
    assert picture.alpha.flags.c_contiguous


@pytest.mark.parametrize("orientation", TURNED)
def test_orientation_of_jpeg_and_of_pillow_images(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.jpg"
    Image.fromarray(CORNERS).save(path, exif=exif, quality=95, subsampling=0)
    expected = TURNED[orientation](CORNERS)[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert_allclose(corners(read_picture(path)), expected, atol=3)
    with Image.open(path) as image:
        assert_allclose(corners(read_picture(image)), expected, atol=3)


@pytest.mark.parametrize("orientation", TURNED)
def test_orientation_of_16_bit_files(tmp_path, orientation):
    levels = deep(4, 6, 3)
    tiff, file = tmp_path / "turned.tif", tmp_path / "turned.png"
    tag = (274, 3, 1, orientation, True)
    tifffile.imwrite(tiff, levels, photometric="rgb", extratags=[tag])
    exif = Image.Exif()
    exif[0x0112] = orientation
    file.write_bytes(png(levels, 2, chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))))
    for path in (tiff, file):
        check_deep(read_picture(path), TURNED[orientation](levels))
