"""Kinds of files that are easily taken for something else."""

import hashlib
import importlib.util
import os
import threading

import numpy as np
import pytest
import tifffile
from PIL import Image

from image_files import chunk, deep, lzw, png, tiff
from impasto.errors import MissingExtraError, PictureError
from impasto.image import pictures_in, read_picture
from impasto.source import open_source, warn_if_flat

HEIGHT, WIDTH = 8, 16
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
RAMP = np.stack([COLUMNS / 15, ROWS / 7, np.full((HEIGHT, WIDTH), 0.3)], axis=-1)
"""Red grows to the right, green downward."""

GRAY = bytes(HEIGHT * WIDTH * 2)

CODECS = importlib.util.find_spec("imagecodecs") is not None


def packed(levels, bits):
    """Rows of numbers of so many bits, each row from a whole byte on."""
    rows = []
    for row in levels.reshape(len(levels), -1):
        text = "".join(format(int(level), f"0{bits}b") for level in row)
        text += "0" * (-len(text) % 8)
        rows.append(int(text, 2).to_bytes(len(text) // 8, "big"))
    return b"".join(rows)


def test_separate_planes_of_16_bits(tmp_path, caplog):
    path = tmp_path / "planes.tif"
    planes = [
        lzw(plane.tobytes()) for plane in np.rint(RAMP * 65535).astype("<u2").T.swapaxes(1, 2)
    ]
    path.write_bytes(tiff(WIDTH, HEIGHT, 16, planes, t259=5, t262=2, t277=3, t284=2))
    picture = read_picture(path)
    assert np.abs(picture.pixels - RAMP).max() < 1 / 255
    assert picture.bits == (16 if CODECS else 8)
    assert CODECS or "read with 8 bits" in caplog.text


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_numbers_of_odd_bits(tmp_path, bits):
    path = tmp_path / "odd.tif"
    levels = np.rint(RAMP * (2**bits - 1))
    path.write_bytes(tiff(WIDTH, HEIGHT, bits, [packed(levels, bits)], t262=2, t277=3))
    if CODECS:
        assert np.abs(read_picture(path).pixels - RAMP).max() < 2**-bits
    else:
        with pytest.raises(MissingExtraError, match=rf"odd.tif: reading a TIFF of {bits} bits"):
            read_picture(path)


def test_packings_that_nobody_here_knows_are_named(tmp_path):
    path = tmp_path / "odd.tif"
    path.write_bytes(tiff(WIDTH, HEIGHT, 16, [GRAY], t259=59999, t262=1))
    with pytest.raises(PictureError, match=r"59999|damaged"):
        read_picture(path)


def test_16_bits_of_an_animation(tmp_path):
    levels = deep(5, 7, 4)
    levels[..., 3] |= 1
    control = chunk(b"acTL", bytes([0, 0, 0, 2, 0, 0, 0, 0]))
    frame = bytes([0, 0, 0, 7, 0, 0, 0, 5, *bytes(8), 0, 1, 0, 1, 0, 0])
    path = tmp_path / "moving.png"
    path.write_bytes(png(levels, 6, control, chunk(b"fcTL", bytes(4) + frame)))
    picture = read_picture(path)
    assert (np.rint(picture.pixels * 65535) == levels[..., :3]).all()
    assert (np.rint(picture.alpha * 65535) == levels[..., 3]).all()


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_alpha_of_animations(tmp_path, suffix):
    image = Image.new("RGBA", (8, 6), (200, 30, 60, 255))
    image.paste((0, 0, 0, 0), (4, 0, 8, 6))
    other = Image.new("RGBA", (8, 6), (20, 30, 60, 9))
    path = tmp_path / f"moving.{suffix}"
    image.save(path, save_all=True, append_images=[other], duration=50)
    picture = read_picture(path)
    assert (picture.alpha == np.tile([1, 1, 1, 1, 0, 0, 0, 0], (6, 1))).all()
    assert np.abs(picture.pixels[0, 0] * 255 - [200, 30, 60]).max() < 4


PREVIEW = {"t254": 1, "t262": 2, "t277": 3}


def small(**more):
    return tiff(4, 2, 8, [bytes([200, 30, 60] * 8)], **PREVIEW, **more)


RAW = {
    "a preview and a sensor's": small(below=tiff(WIDTH, HEIGHT, 16, [GRAY], t254=0, t262=32803)),
    "linear light": small(below=tiff(WIDTH, HEIGHT, 16, [GRAY], t254=0, t262=34892)),
    "no preview": tiff(WIDTH, HEIGHT, 16, [GRAY], t262=32803),
    "a preview not marked": tiff(
        4, 2, 8, [bytes(24)], t262=2, t277=3, below=tiff(WIDTH, HEIGHT, 16, [GRAY], t262=32803)
    ),
    "Canon": b"II*\0\x10\0\0\0CR\2\0" + bytes(90),
    "Canon, new": b"\0\0\0\x18ftypcrx " + bytes(90),
    "Olympus": b"IIRO\x08\0\0\0" + bytes(90),
    "Panasonic": b"IIU\0\x18\0\0\0" + bytes(90),
    "Fujifilm": b"FUJIFILMCCD-RAW 0201" + bytes(90),
}


@pytest.mark.parametrize("kind", RAW)
def test_raw_photographs_are_refused_and_not_their_previews_painted(tmp_path, kind):
    path = tmp_path / "a.dng"
    path.write_bytes(RAW[kind])
    with pytest.raises(PictureError, match=r"is a raw photograph, .*: develop it"):
        read_picture(path)


def test_the_picture_behind_its_preview(tmp_path):
    levels = np.rint(RAMP * 255).astype(np.uint8)
    path = tmp_path / "a.tif"
    main = tiff(WIDTH, HEIGHT, 8, [levels[..., 0].tobytes()], t254=0, t262=1)
    path.write_bytes(small(below=main))
    assert (np.rint(read_picture(path).pixels[..., 0] * 255) == levels[..., 0]).all()
    with tifffile.TiffWriter(path) as file:
        file.write(levels[::4, ::4], photometric="rgb", subfiletype=1)
        file.write(levels, photometric="rgb")
    assert (np.rint(read_picture(path).pixels * 255) == levels).all()
    with tifffile.TiffWriter(path) as file:  # smaller versions of it come after it
        file.write(levels, photometric="rgb", subifds=1)
        file.write(levels[::2, ::2], photometric="rgb", subfiletype=1)
    assert (np.rint(read_picture(path).pixels * 255) == levels).all()


def test_a_folder_gives_pictures_by_their_rarer_suffixes(tmp_path):
    image = Image.fromarray(np.rint(RAMP * 255).astype(np.uint8))
    for suffix, form in {"jfif": "JPEG", "jpe": "JPEG", "mpo": "MPO", "apng": "PNG"}.items():
        image.save(tmp_path / f"a.{suffix}", form)
    found = pictures_in(tmp_path)
    assert [path.suffix for path in found] == [".apng", ".jfif", ".jpe", ".mpo"]
    for path in found:
        assert read_picture(path).width == WIDTH


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without named pipes")
def test_a_pipe_is_read_once_and_hashed_by_what_it_gave(tmp_path):
    path, pipe = tmp_path / "a.png", tmp_path / "pipe"
    Image.fromarray(deep(300, 300, 3).astype(np.uint8)).save(path)
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(path.read_bytes()))
    writer.start()
    source = open_source(pipe)
    writer.join()
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (source.picture.pixels == read_picture(path).pixels).all()


def test_a_file_that_never_ends_is_not_read_to_its_end():
    if not os.path.exists("/dev/zero"):  # noqa: PTH110
        pytest.skip("a system without /dev/zero")
    with pytest.raises(PictureError, match="no picture that impasto reads"):
        read_picture("/dev/zero")


def test_a_style_of_one_color_is_reported(tmp_path, caplog):
    path = tmp_path / "flat.png"
    Image.new("RGB", (9, 9), (200, 30, 60)).save(path)
    warn_if_flat(open_source(path))
    [line] = caplog.messages
    assert line.startswith(f"{path}: has only one color")
    Image.fromarray(np.rint(RAMP * 255).astype(np.uint8)).save(path)
    warn_if_flat(open_source(path))
    assert len(caplog.messages) == 1
