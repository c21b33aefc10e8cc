"""Pictures decoded for training: the same as for painting, but quick."""

import struct
import sys
import zlib

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from dataset_files import write_noise
from image_files import CORNERS, deep, png
from impasto.dataset.fast_decode import decoded
from impasto.errors import PictureError
from impasto.image import read_picture
from test_image_profile import P3, curve, matrix_profile

BLOBS = np.random.default_rng(3).integers(0, 256, (20, 30, 4)).astype(np.uint8)


def careful(path):
    return np.rint(read_picture(path).pixels * 255).astype(np.uint8)


def as_mode(mode):
    image = Image.fromarray(BLOBS)
    return image if mode == "RGBA" else image.convert("RGB").convert(mode)


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [("1", ".png"), ("L", ".png"), ("LA", ".png"), ("P", ".png"), ("RGB", ".png"), ("RGBA", ".png"),
     ("L", ".jpg"), ("RGB", ".jpg"), ("CMYK", ".jpg"), ("RGB", ".webp"), ("RGBA", ".webp"),
     ("P", ".gif"), ("RGB", ".bmp"), ("RGB", ".tif"), ("I;16", ".tif"), ("RGB", ".avif")],
)  # fmt: skip
def test_every_mode_is_what_painting_reads(tmp_path, mode, suffix):
    path = tmp_path / f"a{suffix}"
    as_mode(mode).save(path)
    pixels = decoded(path, str(path))
    assert pixels.dtype == np.uint8
    assert_array_equal(pixels, careful(path))
    assert_array_equal(decoded(path.read_bytes(), "bytes"), pixels)


def test_16_bits_are_scaled_not_clipped(tmp_path):
    for channels, kind in ((1, 0), (3, 2)):
        path = tmp_path / f"{channels}.png"
        levels = deep(8, 9, channels)
        path.write_bytes(png(levels, kind))
        expected = np.broadcast_to(levels / 257, (8, 9, 3))
        assert_allclose(decoded(path, str(path)), expected, atol=1)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(tmp_path, orientation, suffix):
    path = tmp_path / f"a{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(CORNERS).save(path, exif=exif)
    pixels = decoded(path, str(path))
    assert_array_equal(pixels, careful(path))
    assert pixels.shape == ((24, 16, 3) if orientation > 4 else (16, 24, 3))


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_wide_profile_is_converted(tmp_path, mode):
    path = tmp_path / "a.png"
    Image.fromarray(BLOBS[..., :3]).convert(mode).save(
        path, icc_profile=matrix_profile(P3, curve(1.8))
    )
    pixels = decoded(path, str(path))
    assert_array_equal(pixels, careful(path))
    changed = (pixels != np.asarray(as_mode(mode).convert("RGB"))).mean()
    assert changed > 0.5


@pytest.mark.parametrize("at_least", [1, 100, 200, 320, 479, 480, 5000])
def test_a_jpeg_comes_as_small_as_will_do(tmp_path, at_least):
    path = write_noise(tmp_path / "a.jpg", 480, 800, quality=95)
    pixels = decoded(path, str(path), at_least)
    scale = max(scale for scale in (1, 2, 4, 8) if scale == 1 or 480 // scale >= at_least)
    assert pixels.shape == (480 // scale, 800 // scale, 3)
    whole = decoded(path, str(path)).astype(float)
    means = whole.reshape(480 // scale, scale, 800 // scale, scale, 3).mean((1, 3))
    assert_allclose(pixels, means, atol=8)


def told(source, words, name):
    with pytest.raises(PictureError) as caught:
        decoded(source, name)
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert message.count(name) == 1
    assert words in message
    assert "\n" not in message


@pytest.mark.parametrize("share", [0.02, 0.7])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_files_that_are_cut_off(tmp_path, suffix, share):
    path = write_noise(tmp_path / f"cut{suffix}", 64, 80)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    told(path, "damaged", str(path))
    told(path.read_bytes(), "damaged", "file#3")


def test_what_is_no_picture(tmp_path):
    told(tmp_path / "gone.png", "no such file", str(tmp_path / "gone.png"))
    told(tmp_path, "is a folder", str(tmp_path))
    for name, data, words in (("text.png", b"a letter", "no picture"), ("0.png", b"", "is empty")):
        (tmp_path / name).write_bytes(data)
        told(tmp_path / name, words, str(tmp_path / name))
    told(b"a letter", "no picture that impasto reads (JPEG, PNG", "file#0")


def test_a_small_file_that_claims_to_be_huge(tmp_path):
    path = write_noise(tmp_path / "bomb.png", 8, 8)
    data = bytearray(path.read_bytes())
    data[16:24] = struct.pack(">II", 100_000, 90_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    path.write_bytes(data)
    told(path, "the limit is 500", str(path))


def test_heic_without_its_package_is_one_broken_picture(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(12))
    told(path, "impasto[heic]", str(path))
