"""Every mode and format comes in with the right colors and alpha."""

import sys

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from image_files import BLUE, CORNERS, GOLD, GREEN, RED, chunk, corners, deep, png
from impasto.errors import MissingExtraError
from impasto.image import read_picture
from impasto.image.read import bled


@pytest.mark.parametrize(
    ("suffix", "options", "tolerance"),
    [
        (".png", {}, 0),
        (".bmp", {}, 0),
        (".tif", {}, 0),
        (".tif", {"compression": "tiff_lzw"}, 0),
        (".tif", {"compression": "tiff_deflate"}, 0),
        (".gif", {}, 0),
        (".webp", {"lossless": True}, 0),
        (".jpg", {"quality": 95, "subsampling": 0}, 3),
        (".webp", {"quality": 95}, 8),
        (".avif", {"quality": 95, "subsampling": "4:4:4"}, 4),
    ],
)
def test_formats_keep_red_red(tmp_path, suffix, options, tolerance):
    path = tmp_path / f"corners{suffix}"
    Image.fromarray(CORNERS).save(path, **options)
    picture = read_picture(path)
    assert_allclose(corners(picture), [RED, GREEN, BLUE, GOLD], atol=tolerance + 1e-4)
    assert (picture.pixels.dtype, picture.bits, picture.alpha) == (np.float32, 8, None)


def test_reads_heic(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "phone.heic"
    heif = pillow_heif.from_pillow(Image.fromarray(CORNERS))
    heif.save(path, quality=95, chroma=444, exif=exif.tobytes())
    picture = read_picture(path)
    assert (picture.width, picture.height) == (16, 24)
    assert_allclose(corners(picture), [BLUE, RED, GOLD, GREEN], atol=8)


def test_heic_without_its_package_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.delitem(Image.OPEN, "HEIF", raising=False)
    path = tmp_path / "phone.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64))
    with pytest.raises(MissingExtraError, match=r"HEIC.*impasto\[heic\]"):
        read_picture(path)


def test_format_is_known_by_content_not_suffix(tmp_path):
    path = tmp_path / "really_a.jpg"
    Image.fromarray(CORNERS).save(path, "PNG")
    assert_array_equal(corners(read_picture(path)), np.array([RED, GREEN, BLUE, GOLD]))


@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA", "RGBX", "YCbCr", "HSV", "CMYK"])
def test_color_modes(mode):
    image = Image.fromarray(CORNERS).convert(mode)
    assert_allclose(corners(read_picture(image)), [RED, GREEN, BLUE, GOLD], atol=4)


@pytest.mark.parametrize("mode", ["L", "LA", "1", "I", "F", "I;16"])
def test_gray_modes(mode):
    bright = {"L": 200, "LA": (200, 255), "1": 1, "I": 200 * 257, "F": 200 / 255, "I;16": 200 * 257}
    image = Image.new(mode, (3, 2))
    image.putpixel((2, 0), bright[mode])
    picture = read_picture(image)
    expected = np.zeros((2, 3, 3))
    expected[0, 2] = 1 if mode == "1" else 200 / 255
    if mode == "LA":  # everything else is transparent and takes on the only color there is
        expected[:] = 200 / 255
    assert_allclose(picture.pixels, expected, atol=1e-6)
    assert picture.bits == (16 if mode in ("I", "F", "I;16") else 8)


def test_lab_file(tmp_path):
    levels = np.array([[[255, 0, 0], [136, 81, 70]]], np.uint8)
    path = tmp_path / "lab.tif"
    tifffile.imwrite(path, levels, photometric="cielab")
    white, red = read_picture(path).pixels[0] * 255
    assert_allclose(white, [255, 255, 255], atol=2)
    # CSS Color 4 gives Lab 54.3 80.8 69.9 for sRGB red, under D50.
    assert_allclose(red, RED, atol=6)


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_files(tmp_path, suffix):
    path = tmp_path / f"inks{suffix}"
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(path)
    # Into a JPEG Pillow writes the Adobe marker and inverts, as Photoshop; both ways must agree.
    assert (b"Adobe" in path.read_bytes()) == (suffix == ".jpg")
    assert_allclose(read_picture(path).pixels[4, 4] * 255, RED, atol=3)


def half_clear(mode):
    """Left half red at 50 %, right half fully transparent with green beneath."""
    levels = np.zeros((8, 8, 4), np.uint8)
    levels[:, :4], levels[:, 4:] = (*RED, 128), (*GREEN, 0)
    return Image.fromarray(levels).convert(mode)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_alpha_is_kept_and_hidden_color_is_not(tmp_path, suffix):
    path = tmp_path / f"clear{suffix}"
    half_clear("RGBA").save(
        path, **({"lossless": True, "exact": True} if suffix == ".webp" else {})
    )
    picture = read_picture(path)
    assert_allclose(picture.alpha[0], [128 / 255] * 4 + [0] * 4, atol=1e-6)
    assert_allclose(picture.pixels, np.broadcast_to([1, 0, 0], (8, 8, 3)), atol=1e-6)


def test_premultiplied_modes_are_divided():
    picture = read_picture(half_clear("RGBa"))
    assert_allclose(picture.pixels[0, 0] * 255, RED, atol=1)
    assert_allclose(picture.alpha[0, 0], 128 / 255, atol=1e-6)


def test_palette_with_transparency(tmp_path):
    image = Image.new("P", (4, 1))
    image.putpalette([*RED, *GREEN, *BLUE])
    image.putdata([0, 0, 1, 2])
    for path, clear in ((tmp_path / "p.png", bytes([255, 51])), (tmp_path / "p.gif", 1)):
        image.save(path, transparency=clear)
        picture = read_picture(path)
        share = 51 / 255 if isinstance(clear, bytes) else 0
        assert_allclose(picture.alpha[0], [1, 1, share, 1], atol=1e-6)
        assert_allclose(picture.pixels[0, [0, 3]] * 255, [RED, BLUE], atol=1e-4)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize(("kind", "channels"), [(0, 1), (2, 3)])
def test_one_transparent_color_in_png(tmp_path, bits, kind, channels):
    levels = deep(3, 4, channels) >> (16 - bits)
    clear = chunk(b"tRNS", levels[1, 2].astype(">u2").tobytes())
    path = tmp_path / "trns.png"
    path.write_bytes(png(levels, kind, clear, bits=bits))
    picture = read_picture(path)
    expected = np.ones((3, 4))
    expected[1, 2] = 0
    assert_array_equal(picture.alpha, expected)
    assert picture.bits == bits
    seen = levels[0, 0] / (2**bits - 1)
    assert_allclose(picture.pixels[0, 0], np.broadcast_to(seen, 3), atol=1e-6)


def test_opaque_alpha_is_no_alpha():
    assert read_picture(Image.new("RGBA", (2, 2), (*RED, 255))).alpha is None


def test_first_picture_of_mpo(tmp_path):
    path = tmp_path / "stereo.jpg"
    Image.new("RGB", (8, 8), RED).save(
        path, "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8), BLUE)]
    )
    assert_allclose(read_picture(path).pixels[3, 3] * 255, RED, atol=3)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (2, 3)])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".gif"])
def test_small_and_long(tmp_path, size, suffix):
    path = tmp_path / f"thin{suffix}"
    Image.new("RGB", size, RED).save(path)
    picture = read_picture(path)
    assert (picture.width, picture.height) == size
    assert_allclose(picture.pixels.mean(axis=(0, 1)) * 255, RED, atol=4)


UNIT = st.floats(0, 1, width=32)


@given(
    st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
        lambda size: st.tuples(
            hnp.arrays(np.float32, (*size, 3), elements=UNIT),
            hnp.arrays(np.float32, size, elements=st.sampled_from([0, 0, 0, 1 / 255, 0.5, 1])),
        )
    )
)
@settings(max_examples=60, deadline=None)
def test_visible_pixels_stay_and_filling_lies_between_them(case):
    pixels, alpha = case
    filled = bled(pixels, alpha)
    visible = alpha > 0
    assert_array_equal(filled[visible], pixels[visible])
    if visible.any():
        low, high = pixels[visible].min(axis=0), pixels[visible].max(axis=0)
        assert np.all(filled >= low - 1e-5)
        assert np.all(filled <= high + 1e-5)
    else:
        assert np.all(filled == 0.5)


def test_hidden_color_has_no_influence():
    rng = np.random.default_rng(0)
    alpha = (rng.random((30, 41)) > 0.7).astype(np.float32)
    pixels = rng.random((30, 41, 3)).astype(np.float32)
    other = np.where(alpha[..., None] > 0, pixels, rng.random((30, 41, 3))).astype(np.float32)
    assert_array_equal(bled(pixels, alpha), bled(other, alpha))


def test_the_nearest_color_wins_and_the_filling_is_smooth():
    pixels = np.zeros((64, 64, 3), np.float32)
    pixels[:, 0], pixels[:, -1] = (1, 0, 0), (0, 0, 1)
    alpha = np.zeros((64, 64), np.float32)
    alpha[:, [0, -1]] = 1
    filled = bled(pixels, alpha)
    assert np.all(filled[:, 1:10, 0] > 0.7)
    assert np.all(filled[:, -10:-1, 2] > 0.7)
    assert np.abs(np.diff(filled, axis=1)).max() < 0.3
    assert_allclose(filled[32, :, 0], filled[32, ::-1, 2], atol=1e-5)


def test_nothing_visible_is_mid_gray():
    picture = read_picture(np.zeros((3, 5, 4), np.uint8))
    assert np.all(picture.pixels == 0.5)
    assert np.all(picture.alpha == 0)
