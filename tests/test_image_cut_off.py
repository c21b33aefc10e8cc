"""A file that is cut off is read as far as it goes, whatever its format, and that is logged."""

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageFile

from image_files import deep, png
from impasto.errors import PictureError
from impasto.image import read_picture

NOISE = np.random.default_rng(0).integers(0, 256, (64, 80, 3)).astype(np.uint8)

KINDS = {
    "jpg": {"quality": 95},
    "progressive.jpg": {"progressive": True},
    "png": {},
    "gif": {"interlace": False},
    "bmp": {},
    "tif": {},
}


def cut(path, share, data):
    path.write_bytes(data[: int(len(data) * share)] if share < 1 else data[: -int(share)])
    return path


def noise_in(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    tags = {278: 8} if kind.endswith("tif") else None
    Image.fromarray(NOISE).save(path, **KINDS[kind], **({"tiffinfo": tags} if tags else {}))
    return path, read_picture(path).pixels


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_there_is_read(tmp_path, kind, caplog):
    path, whole = noise_in(tmp_path, kind)
    part = read_picture(cut(path, 0.6, path.read_bytes())).pixels
    if kind not in ("progressive.jpg", "bmp"):  # all at once, and from below
        assert (part[:16] == whole[:16]).all()
    assert (part != whole).any()
    [line] = caplog.messages
    assert line.startswith(f"{path}: is cut off")
    assert line.endswith("it is read as far as it goes")
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("left", [2, 16, 60])
def test_where_nothing_is_there_it_is_refused(tmp_path, kind, left):
    path, _ = noise_in(tmp_path, kind)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(PictureError) as caught:
        read_picture(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("suffix", ["webp", "avif"])
def test_formats_that_are_one_piece_are_refused(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(NOISE).save(path)
    with pytest.raises(PictureError, match="damaged"):
        read_picture(cut(path, 0.7, path.read_bytes()))


@pytest.mark.parametrize(("kind", "lost"), [("jpg", 2), ("png", 12), ("png", 16)])
def test_a_missing_end_mark_loses_nothing(tmp_path, kind, lost, caplog):
    path, whole = noise_in(tmp_path, kind)
    assert (read_picture(cut(path, lost, path.read_bytes())).pixels == whole).all()
    assert len(caplog.messages) == 1


def test_png_of_16_bits(tmp_path, caplog):
    levels = deep(32, 32, 3)
    data = png(levels, 2)
    whole = read_picture(cut(tmp_path / "end.png", 16, data))
    assert (np.rint(whole.pixels * 65535) == levels).all()
    part = read_picture(cut(tmp_path / "half.png", 0.5, data))
    assert np.abs(part.pixels[:8] - levels[:8] / 65535).max() < 1 / 255
    assert len(caplog.messages) == 2


@pytest.mark.parametrize("options", [{}, {"rowsperstrip": 4, "compression": "zlib"}])
def test_tiff_of_16_bits(tmp_path, options, caplog):
    levels, path = deep(32, 32, 3), tmp_path / "a.tif"
    tifffile.imwrite(path, levels, photometric="rgb", **options)
    data = path.read_bytes()
    part = read_picture(cut(path, 0.6, data))
    assert (np.rint(part.pixels[:16] * 65535) == levels[:16]).all()
    assert (part.pixels[-4:] == 0).all()
    assert len(caplog.messages) == 1
    with pytest.raises(PictureError, match="is cut off before"):
        read_picture(cut(path, 0.1 if options else 0.03, data))


def test_damage_in_the_midst(tmp_path, caplog):
    path, whole = noise_in(tmp_path, "png")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    assert (read_picture(path).pixels[:16] == whole[:16]).all()
    assert len(caplog.messages) == 1
