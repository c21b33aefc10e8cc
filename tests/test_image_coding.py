"""Colors by code points: cICP in PNG, nclx in AVIF and HEIC, and profiles that name them."""

import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from image_files import chunk, png
from impasto.errors import PictureError
from impasto.image import read_picture
from impasto.image.light import Coding, coded_transform, tone_mapped
from impasto.samples import sample

BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
"""Linear light from sRGB to BT.2020 (ITU-R BT.2087)."""

P3 = np.array([[0.8225, 0.1774, 0], [0.0332, 0.9669, 0], [0.0171, 0.0724, 0.9108]])
"""Likewise to Display P3."""


@pytest.fixture(scope="module")
def photograph():
    image = Image.open(sample("content", "coffee").path).convert("RGB").resize((80, 60))
    return np.asarray(image) / 255


def linear(srgb):
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def pq(light):
    power = (light / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg(light):
    scene = np.maximum(light / 1000, 0) ** (1 / 1.2)
    high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)


def near(picture, expected, most):
    assert np.abs(picture.pixels - expected).mean() <= most


@pytest.mark.parametrize(("transfer", "curve"), [(16, pq), (18, hlg)])
@pytest.mark.parametrize("bits", [8, 16])
def test_hdr_png(tmp_path, photograph, transfer, curve, bits):
    coded = curve((linear(photograph) @ BT2020.T).clip(0) * 203)
    path = tmp_path / "hdr.png"
    levels = np.rint(coded * (2**bits - 1))
    path.write_bytes(png(levels, 2, chunk(b"cICP", bytes([9, transfer, 0, 1])), bits=bits))
    near(read_picture(path), photograph, 0.01)


def test_wide_colors_and_a_narrow_range(tmp_path, photograph):
    wide = (linear(photograph) @ P3.T).clip(0, 1)
    encoded = np.where(wide <= 0.0031308, 12.92 * wide, 1.055 * wide ** (1 / 2.4) - 0.055)
    path = tmp_path / "p3.png"
    path.write_bytes(png(np.rint(encoded * 255), 2, chunk(b"cICP", bytes([12, 13, 0, 1])), bits=8))
    near(read_picture(path), photograph, 0.004)
    narrow = np.rint(16 + 219 * photograph)
    path.write_bytes(png(narrow, 2, chunk(b"cICP", bytes([1, 13, 0, 0])), bits=8))
    near(read_picture(path), photograph, 0.004)


def test_code_points_of_srgb_change_nothing(tmp_path, photograph):
    levels, path = np.rint(photograph * 255), tmp_path / "a.png"
    for points in ((1, 13, 0, 1), (1, 1, 0, 1), (2, 2, 0, 1), (1, 6, 0, 1)):
        path.write_bytes(png(levels, 2, chunk(b"cICP", bytes(points)), bits=8))
        assert (np.rint(read_picture(path).pixels * 255) == levels).all()


@pytest.mark.parametrize("suffix", ["heic", "avif"])
def test_nclx(tmp_path, photograph, suffix):
    heif = pytest.importorskip("pillow_heif")
    coded = np.rint(pq((linear(photograph) @ BT2020.T).clip(0) * 203) * 255).astype(np.uint8)
    path, points = tmp_path / f"hdr.{suffix}", (9, 16, 9)
    if suffix == "heic":
        names = ("color_primaries", "transfer_characteristics", "matrix_coefficients")
        given = dict(zip(names, points, strict=True), full_range_flag=1)
        heif.from_pillow(Image.fromarray(coded)).save(path, quality=-1, **given)
    else:
        Image.fromarray(coded).save(path, quality=100, subsampling="4:4:4")
        # Pillow writes the code points of sRGB, with a matrix that stays.
        data = path.read_bytes()
        at = data.index(b"colrnclx") + 8
        path.write_bytes(data[:at] + struct.pack(">HH", *points[:2]) + data[at + 4 :])
    near(read_picture(path), photograph, 0.02)


def test_a_profile_that_names_hdr(tmp_path, photograph):
    coded = np.rint(pq((linear(photograph) @ BT2020.T).clip(0) * 203) * 65535)
    entry = b"cicp" + bytes(4) + bytes([9, 16, 0, 1])
    table = struct.pack(">I4sII", 1, b"cicp", 144, len(entry)) + entry
    head = struct.pack(">I4x4x4s4s4s", 128 + len(table), b"mntr", b"RGB ", b"XYZ ")
    icc = (head.ljust(36, b"\0") + b"acsp").ljust(128, b"\0") + table
    path = tmp_path / "hdr.png"
    path.write_bytes(png(coded, 2, chunk(b"iCCP", b"HDR\0\0" + zlib.compress(icc))))
    near(read_picture(path), photograph, 0.01)


def test_tone_mapping():
    levels = np.rint(pq(np.array([20.0, 50, 140, 203, 400, 1000, 10_000])) * 65535)
    gray = np.repeat(levels.astype(np.uint16)[:, None], 3, axis=1)
    shown = tone_mapped(gray, 9, 16)
    assert np.ptp(shown, axis=1).max() < 1e-3  # gray stays gray
    assert (np.diff(shown[:-1, 0]) > 0).all()
    expected = 1.055 * (np.array([20, 50, 140]) / 203) ** (1 / 2.4) - 0.055
    assert_allclose(shown[:3, 0], expected, atol=1e-3)
    assert 0.92 < shown[3, 0] < 0.96  # paper white leaves room for what is brighter
    assert_allclose(shown[-2:, 0], 1, atol=1e-3)


def test_every_code_there_is_is_taken():
    colors = np.random.default_rng(0).random((4, 5, 3)).astype(np.float32)
    for primaries in range(24):
        for transfer in range(20):
            transform = coded_transform(Coding(primaries, transfer))
            found = colors if transform is None else transform(colors)
            assert np.isfinite(found).all()
            assert found.min() >= 0
            assert found.max() <= 1


def test_damaged_boxes_are_left_to_the_decoder(tmp_path, photograph):
    buffer = io.BytesIO()
    Image.fromarray(np.rint(photograph * 255).astype(np.uint8)).save(buffer, "AVIF")
    data, path = buffer.getvalue(), tmp_path / "a.avif"
    for word in (b"pitm", b"ipma", b"ipco", b"iprp"):
        path.write_bytes(data.replace(word, b"free"))
        with suppress(PictureError):
            read_picture(path)
