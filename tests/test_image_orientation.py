"""Pictures come in upright."""

import numpy as np
import pytest
import tifffile
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from image_files import CORNERS, check_deep, chunk, corners, deep, png
from impasto.image import read_picture

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
