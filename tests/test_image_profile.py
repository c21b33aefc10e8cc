"""Embedded profiles become sRGB; broken ones are ignored, and said so in the log."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image, ImageCms

from image_files import RED, chunk, deep, png
from impasto.image import read_picture
from impasto.image.profile import srgb_profile

P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
"""The red, green and blue columns of the profiles that go by these names."""

SRGB_CURVE = (3, [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])


def profile(space, connection, **tags):
    """An ICC profile, version 2, of the given tags."""
    data, table, start = b"", struct.pack(">I", len(tags)), 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        value += bytes(-len(value) % 4)
        table += struct.pack(">4sII", name.encode(), start + len(data), len(value))
        data += value
    white = fixed(0.9642, 1, 0.8249)
    head = struct.pack(
        ">I4sI4s4s4s", start + len(data), b"", 0x02400000, b"mntr", space, connection
    )
    head += bytes(12) + b"acsp" + bytes(28) + white
    return head.ljust(128, b"\0") + table + data


def fixed(*numbers):
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def curve(gamma):
    return struct.pack(">4s4xIH", b"curv", 1, round(gamma * 256))


def parametric(kind, numbers):
    return struct.pack(">4s4xHxx", b"para", kind) + fixed(*numbers)


def matrix_profile(columns, trc):
    columns = {
        f"{c}XYZ": b"XYZ \0\0\0\0" + fixed(*xyz) for c, xyz in zip("rgb", columns, strict=True)
    }
    return profile(b"RGB ", b"XYZ ", **columns, **{f"{c}TRC": trc for c in "rgb"})


def table_profile(space, channels, lightness):
    """A profile that is a table of two nodes a side, to neutral Lab of the given lightness."""
    nodes = np.array(list(np.ndindex(*[2] * channels)), float)
    lab = np.array([[lightness(node) * 0xFF00, 0x8000, 0x8000] for node in nodes]).astype(">u2")
    ends = np.array([0, 65535], ">u2").tobytes()
    head = struct.pack(">4s4xBBBx", b"mft2", channels, 3, 2) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    lut = head + struct.pack(">HH", 2, 2) + ends * channels + lab.tobytes() + ends * 3
    return profile(space, b"Lab ", A2B0=lut)


def with_profile(tmp_path, levels, icc, suffix=".png"):
    path = tmp_path / f"tagged{suffix}"
    Image.fromarray(levels).save(path, icc_profile=icc)
    return read_picture(path)


def one(*color):
    return np.array([[color]], np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_display_p3(tmp_path, suffix):
    # CSS Color 4: color(display-p3 0.9175 0.2003 0.1386) is sRGB red.
    picture = read_picture(one(234, 51, 35)).pil()
    path = tmp_path / f"wide{suffix}"
    options = {"lossless": True} if suffix == ".webp" else {}
    picture.save(path, icc_profile=matrix_profile(P3, parametric(*SRGB_CURVE)), **options)
    assert_allclose(read_picture(path).pixels[0, 0] * 255, RED, atol=2)


def test_adobe_rgb(tmp_path):
    icc = matrix_profile(ADOBE, curve(563 / 256))
    # Known values of the Adobe RGB (1998) forms of sRGB red and mid gray.
    assert_allclose(with_profile(tmp_path, one(219, 0, 0), icc).pixels[0, 0] * 255, RED, atol=2)
    gray = with_profile(tmp_path, one(127, 127, 127), icc).pixels[0, 0] * 255
    assert_allclose(gray, [127.3, 127.3, 127.3], atol=1)


@pytest.mark.parametrize(
    "trc",
    [
        curve(1.8),
        struct.pack(">4s4xI", b"curv", 0),
        struct.pack(">4s4xI3H", b"curv", 3, 0, 12000, 65535),
        parametric(0, [2.2]),
        parametric(1, [2.4, 0.9, 0.1]),
        parametric(2, [2.4, 0.9, 0.05, 0.02]),
        parametric(2, [2.4, 1.1, -0.1, 0.02]),
        parametric(*SRGB_CURVE),
        parametric(4, [2.4, 0.9, 0.05, 0.1, 0.1, 0.02, 0.01]),
    ],
)
@pytest.mark.parametrize("columns", [P3, SRGB[1:] + SRGB[:1]])
def test_matrix_profiles_agree_with_little_cms(tmp_path, columns, trc):
    levels = np.random.default_rng(0).integers(0, 256, (20, 20, 3)).astype(np.uint8)
    icc = matrix_profile(columns, trc)
    theirs = ImageCms.profileToProfile(
        Image.fromarray(levels), io.BytesIO(icc), ImageCms.createProfile("sRGB"), 1
    )
    ours = with_profile(tmp_path, levels, icc).pixels * 255
    assert_allclose(ours, np.asarray(theirs), atol=1.6)
    assert np.abs(ours - levels).max() > 10, "the profile changes nothing"


def test_16_bits_stay_smooth_through_a_matrix(tmp_path):
    ramp = np.repeat(np.arange(0, 65536, 16, dtype=np.uint16)[None, :, None], 3, axis=2)
    icc = matrix_profile(P3, curve(1.8))
    path = tmp_path / "ramp.png"
    path.write_bytes(png(ramp, 2, chunk(b"iCCP", b"wide\0\0" + compressed(icc))))
    values = read_picture(path).pixels[0]
    light = (ramp[0] / 65535) ** (461 / 256)
    expected = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert_allclose(values, expected, atol=2e-3)
    assert len(np.unique(values[:, 1])) > 4000


def test_16_bits_stay_smooth_through_a_table(tmp_path):
    ramp = np.repeat(np.arange(0, 65536, 16, dtype=np.uint16)[None, :, None], 3, axis=2)
    icc = table_profile(b"RGB ", 3, np.mean)
    path = tmp_path / "ramp.tif"
    tifffile.imwrite(path, ramp, photometric="rgb", iccprofile=icc)
    values = read_picture(path).pixels[0]
    lightness = ramp[0] / 655.35
    light = np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness / 903.3)
    expected = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert_allclose(values[200:], expected[200:], atol=0.01)
    assert len(np.unique(values[:, 1])) > 3000


def test_tables_take_every_channel_into_account(tmp_path):
    icc = table_profile(b"RGB ", 3, lambda node: node @ [0.2, 0.3, 0.5])
    grays = [with_profile(tmp_path, one(*color), icc).pixels[0, 0] for color in np.eye(3) * 255]
    # L* of 20, 30 and 50 in sRGB: 48, 71 and 119.
    assert_allclose(np.array(grays) * 255, np.repeat([[48], [71], [119]], 3, axis=1), atol=3)


@pytest.mark.parametrize("bits", [8, 16])
def test_gray_profile(tmp_path, bits):
    icc = profile(b"GRAY", b"XYZ ", kTRC=curve(1.0))
    levels = np.array([[[(2**bits - 1) // 2]]], np.uint16)
    path = tmp_path / "gray.png"
    path.write_bytes(png(levels, 0, chunk(b"iCCP", b"g\0\0" + compressed(icc)), bits=bits))
    # Half of the light is 0.7354 in sRGB.
    assert_allclose(read_picture(path).pixels[0, 0], [0.7354] * 3, atol=2e-3)


def test_gray_and_alpha_with_gray_profile(tmp_path):
    icc = profile(b"GRAY", b"XYZ ", kTRC=curve(1.0))
    levels = np.array([[[32767, 32768]]], np.uint16)
    path = tmp_path / "gray.png"
    path.write_bytes(png(levels, 4, chunk(b"iCCP", b"g\0\0" + compressed(icc))))
    picture = read_picture(path)
    assert_allclose(picture.pixels[0, 0], [0.7354] * 3, atol=1e-3)
    assert_allclose(picture.alpha, 0.5, atol=1e-4)


@pytest.mark.parametrize("suffix", [".tif", ".jpg"])
def test_cmyk_profile(tmp_path, suffix):
    icc = table_profile(b"CMYK", 4, lambda node: 0.5 - 0.25 * node[0])
    path = tmp_path / f"inks{suffix}"
    image = Image.new("CMYK", (16, 8), (0, 0, 0, 0))
    image.paste((255, 0, 0, 0), (8, 0, 16, 8))
    image.save(path, icc_profile=icc, **({"quality": 95} if suffix == ".jpg" else {}))
    pixels = read_picture(path).pixels * 255
    paper, ink = pixels[4, 2], pixels[4, 13]
    assert np.ptp(paper) < 3
    assert np.ptp(ink) < 3
    assert paper.mean() > ink.mean() + 30


@pytest.mark.parametrize(
    "icc",
    [srgb_profile(), matrix_profile(SRGB, parametric(*SRGB_CURVE))],
    ids=["small", "matrix"],
)
def test_srgb_itself_changes_nothing(tmp_path, icc):
    levels = deep(20, 20, 3)
    path = tmp_path / "tagged.png"
    path.write_bytes(png(levels, 2, chunk(b"iCCP", b"s\0\0" + compressed(icc))))
    assert_array_equal(np.rint(read_picture(path).pixels * 65535), levels)


@pytest.mark.parametrize(
    ("icc", "words"),
    [
        (b"no profile at all", "no profile signature"),
        (matrix_profile(P3, curve(1.8))[:150], "ignored"),
        (matrix_profile(P3, b"junk" * 4), "curve of an unknown kind"),
        (matrix_profile(P3, parametric(9, [1.0])), "ignored"),
        (matrix_profile(((0, 0, 0),) * 3, curve(1.8))[:132], "ignored"),
        (profile(b"CMYK", b"Lab "), "it is for CMYK pictures"),
        (profile(b"GRAY", b"XYZ ", kTRC=curve(1.0)), "for gray pictures"),
        (profile(b"RGB ", b"Lab ", A2B0=b"junk"), "ignored"),
    ],
)
def test_profiles_of_no_use_are_logged_and_ignored(tmp_path, caplog, icc, words):
    picture = with_profile(tmp_path, one(10, 200, 30), icc)
    assert_allclose(picture.pixels[0, 0] * 255, [10, 200, 30], atol=1e-4)
    assert words in caplog.text
    assert "tagged.png" in caplog.text


def test_broken_cmyk_profile_is_logged_and_ignored(tmp_path, caplog):
    path = tmp_path / "inks.tif"
    Image.new("CMYK", (4, 4), (0, 255, 255, 0)).save(path, icc_profile=b"junk" * 50)
    assert_allclose(read_picture(path).pixels[0, 0] * 255, RED, atol=2)
    assert "ignored" in caplog.text


def compressed(icc):
    return zlib.compress(icc)
