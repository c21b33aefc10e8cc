"""Large pictures: read smaller where less is wanted, in bands, and refused before memory ends."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from image_files import deep, png
from impasto import device
from impasto.errors import MemoryEstimateError, PictureError
from impasto.image import decode, decoded, read_picture

ROWS, COLUMNS = np.mgrid[:300, :400]
SMOOTH = np.stack([COLUMNS / 399, ROWS / 299, np.full((300, 400), 0.3)], axis=-1)
LEVELS = np.rint(SMOOTH * 255).astype(np.uint8)


@pytest.fixture
def large(monkeypatch):
    """Pictures count as large from a thousand pixels on."""
    monkeypatch.setattr(decode, "LARGE", 1000)


def written(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    if kind == "deep.png":
        path.write_bytes(png(np.rint(SMOOTH * 65535), 2))
    elif kind == "deep.tif":
        tifffile.imwrite(path, np.rint(SMOOTH * 65535).astype(np.uint16), photometric="rgb")
    else:
        options = {"jpg": {"quality": 95}, "webp": {"lossless": True}, "gif": {}, "avif": {}}
        Image.fromarray(LEVELS).save(path, **options.get(kind, {}))
    return path


KINDS = ("jpg", "png", "webp", "gif", "tif", "bmp", "avif", "deep.png", "deep.tif")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_wanted_small_is_read_smaller(tmp_path, large, kind):
    path = written(tmp_path, kind)
    assert read_picture(path).width == 400
    picture = read_picture(path, longer=20)
    assert 80 <= picture.width < 160
    assert picture.height == round(picture.width * 3 / 4)
    image = Image.fromarray(LEVELS).resize((picture.width, picture.height), Image.Resampling.BOX)
    assert np.abs(picture.pixels - np.asarray(image) / 255).mean() < 0.02


def test_what_is_no_large_picture_stays_as_it_is(tmp_path):
    path = written(tmp_path, "jpg")
    assert (read_picture(path, longer=20).pixels == read_picture(path).pixels).all()


def test_what_is_hidden_has_no_part_in_a_smaller_picture(tmp_path, large):
    levels = np.dstack([LEVELS, np.where(COLUMNS < 202, 255, 0).astype(np.uint8)])
    levels[:, 202:, :3] = (0, 0, 255)
    path = tmp_path / "a.png"
    Image.fromarray(levels).save(path)
    picture = read_picture(path, longer=20)
    column = 202 * picture.width // 400
    assert 0 < picture.alpha[10, column] < 1
    assert abs(picture.pixels[10, column, 2] - 0.3) < 0.02


@pytest.mark.parametrize("orientation", [1, 6])
def test_bands_change_nothing(tmp_path, monkeypatch, orientation):
    kinds = {
        "P": Image.fromarray(LEVELS).quantize(7),
        "L": Image.fromarray(LEVELS[..., 0]),
        "LA": Image.fromarray(LEVELS[..., :2], "LA"),
        "CMYK": Image.fromarray(LEVELS).convert("CMYK"),
        "RGBA": Image.fromarray(np.dstack([LEVELS, LEVELS[..., 0]])),
        "I;16": Image.fromarray(deep(30, 40)),
    }
    exif = Image.Exif()
    exif[274] = orientation
    for mode, image in kinds.items():
        path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
        image.save(path, exif=exif)
        whole = read_picture(path)
        monkeypatch.setattr(decoded, "_BAND", 700)
        parts = read_picture(path)
        monkeypatch.undo()
        assert (parts.pixels == whole.pixels).all(), mode
        assert whole.alpha is None or (parts.alpha == whole.alpha).all()


@pytest.mark.parametrize(("longer", "advice"), [(0, "give a --size"), (2000, "make it smaller")])
def test_what_does_not_fit_is_refused_before_it_is_decoded(tmp_path, monkeypatch, longer, advice):
    path = tmp_path / "black.png"
    Image.new("1", (30_000, 12_000)).save(path)
    monkeypatch.setattr(device, "free_memory", lambda: 300_000_000)
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(MemoryEstimateError) as caught:
        read_picture(path, longer=longer)
    message = str(caught.value)
    assert message.startswith(f"{path}: reading 30000 x 12000 pixels needs about ")
    assert "and 0.3 GB are free: " in message
    assert advice in message


def test_a_header_that_claims_more_than_its_bytes_can_hold(tmp_path):
    path = tmp_path / "bomb.png"
    Image.fromarray(LEVELS).save(path)
    data = bytearray(path.read_bytes())
    data[16:24] = struct.pack(">II", 20_000, 20_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    path.write_bytes(data)
    with pytest.raises(PictureError, match="its header is damaged"):
        read_picture(path)


def test_most_pixels_a_byte_are_no_fewer_than_there_can_be(tmp_path):
    for kind, mode in {"png": "1", "gif": "L", "bmp": "1", "jpg": "L", "p.jpg": "L"}.items():
        path = tmp_path / f"a.{kind}"
        options = {"optimize": True, "quality": 1} if kind.endswith("jpg") else {}
        Image.new(mode, (3000, 3000)).save(path, progressive=kind == "p.jpg", **options)
        assert read_picture(path).width == 3000
