"""Pictures go out with the right colors, depth and tags, whole or not at all."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from image_files import BLUE, CORNERS, GOLD, GREEN, RED, WRITTEN, corners
from impasto.errors import PictureError
from impasto.image import (
    Picture,
    from_tensor,
    png,
    read_manifest,
    read_picture,
    tiff,
    write_picture,
)


def picture_of(levels, **fields):
    return Picture(np.asarray(levels, np.float32) / 255, **fields)


@pytest.mark.parametrize(("suffix", "bits"), WRITTEN)
def test_red_stays_red(tmp_path, suffix, bits):
    path = picture_of(CORNERS).save(tmp_path / f"out{suffix}", bits=bits)
    tolerance = 3 if suffix in (".jpg", ".avif") else 0
    assert_allclose(corners(read_picture(path)), [RED, GREEN, BLUE, GOLD], atol=tolerance + 1e-3)
    with Image.open(path) as image:  # not only our own reader must see it
        assert_allclose(image.convert("RGB").getpixel((0, 0)), RED, atol=tolerance)
        assert_allclose(image.convert("RGB").getpixel((23, 15)), GOLD, atol=tolerance)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bits_as_other_programs_read_them(tmp_path, suffix, channels):
    values = np.random.default_rng(0).random((9, 13, channels)).astype(np.float32)
    alpha = np.ascontiguousarray(values[..., 3]) if channels == 4 else None
    path = Picture(np.ascontiguousarray(values[..., :3]), alpha).save(
        tmp_path / f"o{suffix}", bits=16
    )
    expected = np.rint(values * np.float32(65535))
    by_opencv = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert_array_equal(by_opencv[..., [2, 1, 0, 3][:channels]], expected)
    if suffix == ".tif":
        assert_array_equal(tifffile.imread(path), expected)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bits_hold_more_than_256_levels(tmp_path, suffix):
    ramp = np.tile(np.linspace(0, 1, 4096, dtype=np.float32)[None, :, None], (2, 1, 3))
    path = Picture(ramp, bits=16).save(tmp_path / f"ramp{suffix}")
    read = read_picture(path)
    assert (len(np.unique(read.pixels)), read.bits) == (4096, 16)
    assert len(np.unique(read_picture(read.save(path, bits=8)).pixels)) == 256


def test_16_bit_pictures_go_into_jpeg_with_8(tmp_path):
    assert read_picture(picture_of(CORNERS, bits=16).save(tmp_path / "out.jpg")).bits == 8


@given(
    pixels=hnp.arrays(np.float32, (3, 5, 3), elements=st.floats(-0.25, 1.25, width=32)),
    alpha=st.none() | hnp.arrays(np.float32, (3, 5), elements=st.floats(0.0625, 0.5, width=32)),
    bits=st.sampled_from([8, 16]),
    suffix=st.sampled_from([".png", ".tif", ".webp"]),
)
@settings(max_examples=60, deadline=None)
def test_lossless_formats_round_to_the_nearest_level(tmp_path_factory, pixels, alpha, bits, suffix):
    path = tmp_path_factory.getbasetemp() / f"round{suffix}"
    bits = 8 if suffix == ".webp" else bits
    read = read_picture(Picture(pixels, alpha).save(path, bits=bits))
    half = 0.5 / (2**bits - 1) + 1e-6
    assert np.abs(read.pixels - np.clip(pixels, 0, 1)).max() <= half
    if alpha is None:
        assert read.alpha is None
    else:
        assert np.abs(read.alpha - alpha).max() <= half
    assert_array_equal(read_picture(read.save(path, bits=bits)).pixels, read.pixels)


@pytest.mark.parametrize(("suffix", "bits"), WRITTEN)
def test_alpha_goes_out_except_in_jpeg(tmp_path, suffix, bits):
    alpha = np.ones((16, 24), np.float32)
    alpha[:8, :12], alpha[8:] = 0.4, 0
    path = picture_of(CORNERS, alpha=alpha).save(tmp_path / f"out{suffix}", bits=bits)
    read = read_picture(path)
    if suffix == ".jpg":
        assert read.alpha is None
        # 0.4 of red over white, and white where nothing is left.
        expected = [(255, 153, 153), GREEN, (255, 255, 255), (255, 255, 255)]
        assert_allclose(corners(read), expected, atol=3)
    else:
        assert_allclose(read.alpha, alpha, atol=0.01)
        assert_allclose(corners(read)[:2], [RED, GREEN], atol=4)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_color_under_alpha_zero_is_written(tmp_path, suffix):
    path = picture_of(CORNERS, alpha=np.zeros((16, 24), np.float32)).save(tmp_path / f"o{suffix}")
    with Image.open(path) as image:
        assert image.convert("RGBA").getpixel((23, 15)) == (*GOLD, 0)


@pytest.mark.parametrize(("suffix", "bits"), WRITTEN)
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1)])
def test_small_and_long(tmp_path, suffix, bits, size):
    path = picture_of(np.full((*size, 3), RED)).save(tmp_path / f"thin{suffix}", bits=bits)
    read = read_picture(path)
    assert (read.height, read.width) == size
    assert_allclose(read.pixels.mean(axis=(0, 1)) * 255, RED, atol=4)


def test_tiff_of_many_strips(tmp_path, monkeypatch):
    monkeypatch.setattr(tiff, "STRIP", 500)
    path = picture_of(CORNERS).save(tmp_path / "strips.tif", bits=16)
    with tifffile.TiffFile(path) as file:
        assert len(file.pages.first.dataoffsets) == 6  # 500 bytes hold 3 of the 16 rows
        assert_array_equal(file.pages.first.asarray(), CORNERS * np.uint16(257))
    with Image.open(path) as image:
        assert_array_equal(np.asarray(image), CORNERS)


# The tags that make viewers show the colors as they are.


@pytest.mark.parametrize("bits", [8, 16])
def test_png_chunks(tmp_path, bits):
    path = picture_of(CORNERS, manifest={"steps": 5}).save(tmp_path / "out.png", bits=bits)
    with Image.open(path) as image:
        assert image.info["srgb"] == 0
        assert image.info["Software"] == "impasto"
        assert set(image.text) == {"Software", "impasto"}
    with Image.open(path) as image:
        image.verify()  # checks the CRC of every chunk


@pytest.mark.parametrize(("suffix", "bits"), [each for each in WRITTEN if each[0] != ".png"])
def test_files_are_marked_as_srgb(tmp_path, suffix, bits):
    with Image.open(picture_of(CORNERS).save(tmp_path / f"out{suffix}", bits=bits)) as image:
        assert b"sRGB" in image.info["icc_profile"].replace(b"\0", b"")
        assert len(image.info["icc_profile"]) < 1000


# The manifest.

MANIFEST = {
    "method": "gatys",
    "options": {"steps": 500, "style_weight": 1e6, "init": None},
    "styles": [Path("bilder/Öl & <Kreide>.jpg"), "half-decoded \udcff", '"]]>', "日本"],
}
READ_BACK = MANIFEST | {"styles": [str(style) for style in MANIFEST["styles"]]}


@pytest.mark.parametrize(("suffix", "bits"), WRITTEN)
def test_manifest_is_read_back(tmp_path, suffix, bits):
    path = tmp_path / f"out{suffix}"
    picture_of(CORNERS, manifest=MANIFEST).save(path, bits=bits)
    assert read_manifest(path) == READ_BACK
    assert read_picture(path).manifest == READ_BACK
    picture_of(CORNERS).save(path, bits=bits)
    assert read_manifest(path) is None


@pytest.mark.parametrize(("suffix", "bits"), WRITTEN)
def test_long_manifests_come_through_or_are_left_out(tmp_path, caplog, suffix, bits):
    path = tmp_path / f"out{suffix}"
    long = {"losses": ["0123456789" * 100] * 100}
    assert picture_of(CORNERS, manifest=long).save(path, bits=bits) == path
    assert read_manifest(path) == (None if suffix == ".jpg" else long)
    picture_of(CORNERS, manifest={"losses": "x" * 2_000_000}).save(path, bits=bits)
    assert (read_manifest(path), read_picture(path).width) == (None, 24)
    assert "manifest is larger than" in caplog.text


def test_manifest_that_another_program_spoiled(tmp_path):
    from PIL.PngImagePlugin import PngInfo

    for text in ("{not json", "[1, 2]", ""):
        info = PngInfo()
        info.add_itxt("impasto", text)
        Image.fromarray(CORNERS).save(tmp_path / "out.png", pnginfo=info)
        assert read_manifest(tmp_path / "out.png") is None
    Image.fromarray(CORNERS).save(tmp_path / "out.jpg", xmp=b"<x:xmpmeta>other</x:xmpmeta>")
    assert read_manifest(tmp_path / "out.jpg") is None


# Whole or not at all.


def test_folders_are_made_and_the_path_comes_back(tmp_path):
    path = tmp_path / "new" / "folder" / "out.png"
    assert write_picture(picture_of(CORNERS), str(path)) == path
    assert read_picture(path).width == 24


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch, failure, suffix):
    path = picture_of(CORNERS).save(tmp_path / f"out{suffix}")
    before = path.read_bytes()

    def failing(*given):
        raise failure

    monkeypatch.setattr(Picture, "levels", failing)  # what follows the header
    expected = PictureError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected, match="No space left" if expected is PictureError else None):
        picture_of(CORNERS[::-1]).save(path, bits=16)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def poster(height=700, width=531, channels=3):
    """A picture of several bands, smooth and grainy, its values all over their range."""
    y, x = np.mgrid[:height, :width, :1][:2]
    planes = (np.sin(x / 41 + np.arange(channels)) * np.cos(y / 67) + 1) / 2
    grain = np.random.default_rng(0).normal(0, 0.02, planes.shape)
    return np.clip(planes + grain, 0, 1).astype(np.float32)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("bits", [8, 16])
def test_large_pictures_go_out_in_bands(tmp_path, monkeypatch, suffix, channels, bits):
    monkeypatch.setattr(png, "LARGE", 1)
    values = poster(channels=channels)
    alpha = np.ascontiguousarray(values[..., 3]) if channels == 4 else None
    picture = Picture(np.ascontiguousarray(values[..., :3]), alpha, manifest={"steps": 5})
    path = picture.save(tmp_path / f"o{suffix}", bits=bits)
    expected = np.rint(values * np.float32(2**bits - 1))
    if suffix == ".png":
        found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., [2, 1, 0, 3][:channels]]
    else:
        found = tifffile.imread(path)
    assert_array_equal(found, expected)
    with Image.open(path) as image:
        assert image.mode == ("RGB" if channels == 3 else "RGBA")
        image.load()
    assert read_manifest(path) == {"steps": 5}


@pytest.mark.parametrize("bits", [8, 16])
def test_filters_make_a_large_png_no_larger_than_other_programs_do(tmp_path, monkeypatch, bits):
    monkeypatch.setattr(png, "LARGE", 1)
    picture = Picture(poster())
    ours = picture.save(tmp_path / "o.png", bits=bits).stat().st_size
    levels = picture.levels(bits)[..., ::-1]
    _, theirs = cv2.imencode(".png", levels, [cv2.IMWRITE_PNG_COMPRESSION, png.EFFORT])
    assert ours < 1.02 * len(theirs)


@pytest.mark.parametrize(("suffix", "bits"), [(".png", 16), (".tif", 16), (".tif", 8), (".png", 8)])
def test_no_copy_of_a_large_picture_is_made(tmp_path, monkeypatch, suffix, bits):
    monkeypatch.setattr(png, "LARGE", 1)
    monkeypatch.setattr(tiff, "STRIP", 1 << 17)
    picture = Picture(np.full((4000, 300, 3), 0.3, np.float32))
    picture.save(tmp_path / f"first{suffix}", bits=bits)  # what is imported late, is by now
    tracemalloc.start()
    picture.save(tmp_path / f"out{suffix}", bits=bits)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.25 * picture.pixels.nbytes


def test_one_copy_of_an_image_is_made():
    image = torch.full((1, 3, 2000, 300), 0.3)
    tracemalloc.start()
    picture = from_tensor(image)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * picture.pixels.nbytes
    assert np.shares_memory(picture.pixels, image.numpy()) is False


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PictureError, match=r"out\.png: cannot be written"):
        picture_of(CORNERS).save(tmp_path / "file" / "out.png")


def test_an_encoder_that_fails(tmp_path, monkeypatch):
    def failing(*args, **options):
        raise OSError("encoder error -2")

    monkeypatch.setattr(Image.Image, "save", failing)
    with pytest.raises(PictureError, match=r"out\.jpg: cannot be written \(encoder error"):
        picture_of(CORNERS).save(tmp_path / "out.jpg")
    assert not list(tmp_path.iterdir())


def test_the_package_is_light():
    code = "import impasto.image, sys; print({'torch', 'cv2', 'tifffile'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_pil():
    picture = picture_of(CORNERS, alpha=np.full((16, 24), 0.5, np.float32))
    assert picture.pil().mode == "RGBA"
    assert picture.pil().getpixel((0, 0)) == (*RED, 128)
    assert picture_of(CORNERS).pil().mode == "RGB"
