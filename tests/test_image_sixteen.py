"""PNG and TIFF of more than 8 bits come in to the last bit."""

import cv2
import numpy as np
import pytest
import tifffile
from numpy.testing import assert_allclose

from image_files import RED, check_deep, deep, png
from impasto.image import read_picture


@pytest.mark.parametrize(("kind", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_png_16(tmp_path, kind, channels):
    levels = deep(5, 7, channels)
    levels[..., -1] |= 1  # nothing is fully transparent
    path = tmp_path / "deep.png"
    path.write_bytes(png(levels, kind))
    check_deep(read_picture(path), levels)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("options", [{}, {"compression": "zlib", "predictor": True}])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_tiff_16(tmp_path, channels, options, byteorder):
    levels = deep(5, 7, channels)
    levels[..., -1] |= 1
    path = tmp_path / "deep.tif"
    tifffile.imwrite(
        path,
        levels[..., 0] if channels == 1 else levels,
        photometric="rgb" if channels > 2 else "minisblack",
        extrasamples=["unassalpha"] if channels in (2, 4) else None,
        byteorder=byteorder,
        **options,
    )
    check_deep(read_picture(path), levels)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("orientation", [1, 6])
def test_tiff_16_lzw(tmp_path, channels, orientation):
    levels = deep(5, 7, channels)
    levels[..., -1] |= 1
    path = tmp_path / "lzw.tif"
    blue_first = levels[..., [2, 1, 0, 3][:channels]] if channels > 1 else levels
    cv2.imwrite(str(path), blue_first, [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    with tifffile.TiffFile(path, mode="r+b") as file:
        assert file.pages.first.compression == tifffile.COMPRESSION.LZW
        # OpenCV writes no orientation; this tag of no use here becomes one.
        spare = file.pages.first.tags[277 if channels == 0 else 284]
    data = bytearray(path.read_bytes())
    data[spare.offset : spare.offset + 2] = (274).to_bytes(2, "little")
    data[spare.valueoffset : spare.valueoffset + 2] = orientation.to_bytes(2, "little")
    path.write_bytes(data)
    check_deep(read_picture(path), levels if orientation == 1 else np.rot90(levels, -1))


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_tiff_16_of_separate_planes(tmp_path, byteorder):
    levels = deep(5, 7, 3)
    path = tmp_path / "planes.tif"
    planes = np.ascontiguousarray(np.moveaxis(levels, -1, 0))
    tifffile.imwrite(path, planes, photometric="rgb", planarconfig="separate", byteorder=byteorder)
    check_deep(read_picture(path), levels)


def test_tiff_16_alpha_that_was_multiplied_in(tmp_path):
    levels = np.full((2, 2, 4), 20000, np.uint16)
    levels[..., 3] = 40000
    path = tmp_path / "premultiplied.tif"
    tifffile.imwrite(path, levels, photometric="rgb", extrasamples=["assocalpha"])
    picture = read_picture(path)
    assert_allclose(picture.pixels, 0.5, atol=1e-5)
    assert_allclose(picture.alpha, 40000 / 65535, atol=1e-5)


def test_tiff_where_white_is_zero(tmp_path):
    levels = deep(3, 4)
    path = tmp_path / "negative.tif"
    tifffile.imwrite(path, levels, photometric="miniswhite")
    assert_allclose(read_picture(path).pixels[..., 0], 1 - levels / 65535, atol=1e-6)


def test_tiff_16_cmyk(tmp_path):
    levels = np.zeros((2, 2, 4), np.uint16)
    levels[..., 1:3] = 65535
    path = tmp_path / "inks.tif"
    tifffile.imwrite(path, levels, photometric="separated")
    assert_allclose(read_picture(path).pixels[0, 0] * 255, RED, atol=1)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 3)])
def test_tiff_of_floats(tmp_path, shape, kind):
    values = np.random.default_rng(0).random(shape).astype(kind)
    path = tmp_path / "floats.tif"
    tifffile.imwrite(path, values, photometric="rgb" if len(shape) == 3 else "minisblack")
    picture = read_picture(path)
    expected = np.broadcast_to(values.reshape(3, 4, -1), (3, 4, 3))
    assert_allclose(picture.pixels, expected, atol=1e-6)
    assert picture.bits == 16


def test_tiff_of_32_bits(tmp_path):
    levels = np.array([[0, 2**31, 2**32 - 1]], np.uint32)
    path = tmp_path / "long.tif"
    tifffile.imwrite(path, levels)
    assert_allclose(read_picture(path).pixels[0, :, 0], [0, 0.5, 1], atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (2, 3)])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_small_and_long(tmp_path, size, channels):
    levels = deep(*size, channels)
    levels[..., -1] |= 1
    file, tiff = tmp_path / "thin.png", tmp_path / "thin.tif"
    file.write_bytes(png(levels, (0, 4, 2, 6)[channels - 1]))
    tifffile.imwrite(
        tiff,
        levels[..., 0] if channels == 1 else levels,
        photometric="rgb" if channels > 2 else "minisblack",
        planarconfig="contig" if channels > 1 else None,
        extrasamples=["unassalpha"] if channels in (2, 4) else None,
    )
    check_deep(read_picture(file), levels)
    check_deep(read_picture(tiff), levels)


def test_bigtiff(tmp_path, caplog):
    levels = deep(5, 7, 3)
    path = tmp_path / "big.tif"
    tifffile.imwrite(path, levels, bigtiff=True, photometric="rgb")
    check_deep(read_picture(path), levels)
    tifffile.imwrite(path, levels / 65535, bigtiff=True, photometric="rgb")
    assert_allclose(read_picture(path).pixels, levels / 65535, atol=1e-6)
    assert "damaged" not in caplog.text


def test_first_page_of_many(tmp_path):
    path = tmp_path / "pages.tif"
    tifffile.imwrite(path, np.stack([deep(5, 7, 3)] * 3), photometric="rgb")
    check_deep(read_picture(path), deep(5, 7, 3))
