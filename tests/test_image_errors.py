"""Each thing that can be wrong with a file is reported in one line that names the file."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from image_files import CORNERS, deep
from impasto.errors import PictureError
from impasto.image import check_writable, formats, read_manifest, read_picture


def refused(path, words, read=read_picture):
    with pytest.raises(PictureError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert words in message
    assert "\n" not in message
    assert "<" not in message, "an object's address helps nobody"


@pytest.mark.parametrize("read", [read_picture, read_manifest])
def test_what_is_no_picture_file(tmp_path, read):
    refused(tmp_path / "nowhere.png", "no such file", read)
    refused(tmp_path, "is a folder", read)
    (tmp_path / "empty.png").touch()
    refused(tmp_path / "empty.png", "is empty", read)
    (tmp_path / "text.png").write_text("I am a letter")
    refused(tmp_path / "text.png", "no picture that impasto reads", read)


def test_a_small_file_that_claims_to_be_huge(tmp_path):
    path = tmp_path / "bomb.png"
    Image.fromarray(CORNERS).save(path)
    data = bytearray(path.read_bytes())
    data[16:24] = struct.pack(">II", 100_000, 90_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    path.write_bytes(data)
    refused(path, "100000 x 90000 is 9,000 megapixels, the limit is 500")
    data[16:24] = struct.pack(">II", 0, 10)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    path.write_bytes(data)
    refused(path, "")


def test_a_tiff_of_floats_that_claims_to_be_huge(tmp_path, monkeypatch):
    path = tmp_path / "bomb.tif"
    tifffile.imwrite(path, np.zeros((30, 40, 3), np.float32), photometric="rgb")
    monkeypatch.setattr(formats, "MAX_PIXELS", 1000)
    refused(path, "40 x 30 is 0 megapixels, the limit is 0")


@pytest.mark.parametrize("name", ["large.png", "large.tif"])
def test_pictures_above_the_limit_of_pillow_are_read(name, tmp_path, monkeypatch):
    path = tmp_path / name
    Image.fromarray(CORNERS).save(path, **{"compression": "tiff_lzw"} if "tif" in name else {})
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert read_picture(path).width == 24
    assert Image.MAX_IMAGE_PIXELS == 10, "the limit of other parts of the program is theirs"


def test_tiffs_of_other_kinds(tmp_path):
    path = tmp_path / "lab.tif"
    tifffile.imwrite(path, deep(4, 4, 3), photometric="cielab")
    refused(path, "a CIELAB TIFF cannot be read, save it as RGB")
    path = tmp_path / "floats.tif"
    tifffile.imwrite(path, np.full((4, 4, 3), 900, np.float32), photometric="rgb")
    refused(path, "expected floats from 0 to 1, got values up to 900")
    path = tmp_path / "volume.tif"
    tifffile.imwrite(
        path,
        np.zeros((16, 16, 16), "f4"),
        photometric="minisblack",
        volumetric=True,
        tile=(16, 16, 16),
    )
    refused(path, "is not a picture")


def test_check_writable(tmp_path):
    check_writable(tmp_path / "out.png", bits=16)
    check_writable(tmp_path / "new" / "folder" / "out.PNG")
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").touch()
    refused(tmp_path / "file" / "out.png", "is not a folder", check_writable)
    (tmp_path / "folder.png").mkdir()
    refused(tmp_path / "folder.png", "is a folder", check_writable)


def test_check_writable_in_a_folder_of_others(tmp_path, monkeypatch):
    # The tests may run as root, to whom nothing is forbidden.
    monkeypatch.setattr(formats.os, "access", lambda folder, mode: False)
    refused(tmp_path / "out.png", "no permission to write", check_writable)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("out.pgn", {}, "cannot write .pgn files, did you mean .png?"),
        ("out.tifff", {}, "did you mean .tiff?"),
        ("out.gif", {}, "cannot write .gif files"),
        ("out.docx", {}, "take one of .png, .jpg"),
        ("out", {}, "has no suffix"),
        ("out.jpg", {"bits": 16}, "JPEG holds 8 bits per channel"),
        ("out.png", {"bits": 12}, "must be 8 or 16, got 12"),
        ("out.webp", {"size": (20_000, 10)}, "20000 x 10 is too large for WEBP"),
        ("out.jpg", {"size": (10, 65_501)}, "too large for JPEG (at most 65500 a side)"),
    ],
)
def test_what_cannot_be_written(tmp_path, name, options, words):
    refused(tmp_path / name, words, lambda path: check_writable(path, **options))
    if "size" not in options:
        refused(tmp_path / name, words, lambda path: read_picture(CORNERS).save(path, **options))
    assert not list(tmp_path.iterdir())


def test_a_pillow_without_avif(tmp_path, monkeypatch):
    Image.init()
    monkeypatch.delitem(Image.SAVE, "AVIF")
    refused(tmp_path / "out.avif", "writes no AVIF", check_writable)
