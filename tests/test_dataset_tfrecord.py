"""TFRecord, byte by byte: as TensorFlow writes it, as it may be broken."""

import gzip
import io
import logging
import pickle
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from dataset_files import course, crc32c, example, field, flat, framed, masked, write_noise
from impasto.dataset.crops import Crops
from impasto.dataset.example import Record, from_bytes, pixels_of, to_bytes
from impasto.dataset.framing import masked_crc, read_record, records_of, write_record
from impasto.dataset.pictures import open_pictures
from impasto.dataset.shards import RecordPictures
from impasto.errors import PictureError

BY_TENSORFLOW = Path(__file__).parent / "fixtures" / "by_tensorflow.tfrecord"

ONE_PIXEL = bytes.fromhex(
    "4000000000000000" "2817f495"  # 64 bytes of data
    "0a3e"  # Example: features, 62 bytes
    "0a10" "0a05" "696d616765" "1207" "0a05" "0a03" "010203"  # "image": bytes 1 2 3
    "0a0f" "0a05" "6c6162656c" "1206" "1a04" "0a02" "ac02"  # "label": int64 300
    "0a19" "0a05" "7368617065" "1210" "0a0e" "0a0c"  # "shape": bytes
    "010000000100000003000000"  # int32 1, 1, 3
    "d5519366"
)  # fmt: skip
"""TensorFlow 2.21.0: tf.io.TFRecordWriter, of an Example with the course's three features,
serialized deterministically (which only orders them)."""


def write(path, *records):
    path.write_bytes(b"".join(records))
    return path


def told(path, words):
    with pytest.raises(PictureError) as caught:
        open_pictures(path)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(reversed(range(32))), 0x113FDB5C),
    ],
)
def test_checksums_of_the_standard(data, crc):
    """RFC 3720, B.4. The mask is TensorFlow's: turned right by 15 bits, plus a constant."""
    assert crc32c(data) == crc
    rotated = int(f"{crc:032b}"[-15:] + f"{crc:032b}"[:-15], 2)
    assert masked_crc(data) == (rotated + 0xA282EAD8) % 2**32
    assert struct.pack("<I", masked_crc(data)) == masked(data)


def test_a_record_is_tensorflows_to_the_last_bit(tmp_path):
    path = tmp_path / "one.tfrecord"
    with path.open("wb") as file:
        write_record(file, to_bytes(Record(bytes([1, 2, 3]), 300, (1, 1, 3))))
    assert path.read_bytes() == ONE_PIXEL
    pictures = open_pictures(path)
    assert (len(pictures), pictures.label(0)) == (1, 300)
    assert pictures.read(0).tolist() == [[[1, 2, 3]]]


def image(height, width, channels=3):
    """As in fixtures/by_tensorflow.py."""
    y, x = np.mgrid[:height, :width]
    planes = [x * 8 % 256, y * 8 % 256, (x + y) * 4 % 256]
    return np.stack(planes[:channels], axis=-1).astype(np.uint8)


def test_what_tensorflow_writes():
    pictures = open_pictures(BY_TENSORFLOW)
    assert [pictures.label(index) for index in range(5)] == [3, -1, 7, 300, 0]
    assert [pictures.name(index) for index in (0, 4)] == [
        "by_tensorflow.tfrecord#0",
        "by_tensorflow.tfrecord#4",
    ]
    small, large, gray = image(12, 16), image(16, 24), image(6, 5, 1)
    assert_array_equal(pictures.read(0), small)
    assert_array_equal(pictures.read(2), small)
    assert_array_equal(pictures.read(4), gray.repeat(3, axis=2))
    for index in (1, 3):
        pixels = pictures.read(index)
        assert pixels.shape == (16, 24, 3)
        assert_allclose(pixels.astype(float), large, atol=20)  # a lossy format


@given(
    st.binary(min_size=1),
    st.integers(-(2**63), 2**63 - 1),
    st.tuples(*[st.integers(0, 2**31 - 1)] * 3),
)
def test_a_record_comes_back(data, label, shape):
    record = Record(data, label, shape)
    assert from_bytes(to_bytes(record), "it") == record


def test_the_wire_format_by_hand():
    pixels = image(2, 3)
    assert from_bytes(course(pixels, 5), "it") == Record(pixels.tobytes(), 5, (2, 3, 3))
    assert_array_equal(pixels_of(from_bytes(course(pixels), "it"), "it"), pixels)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1), (2, 3, 3), (2, 3, 4)])
def test_raw_pixels_of_any_channels(shape):
    levels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    pixels = pixels_of(from_bytes(course(levels), "it"), "it")
    planes = levels.reshape(2, 3, -1)
    assert_array_equal(pixels, planes[..., :3] if planes.shape[2] > 1 else planes.repeat(3, axis=2))
    pixels[0] = 0  # it may be written to


def encoded(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


INTS = np.array([5, 6, 3])
OTHERS = {
    "object detection": {"image__encoded": encoded(image(5, 6)), "image__class__label": 5},
    "a name nobody knows": {"my_png": encoded(image(5, 6)), "name": b"lake", "class": 5},
    "slashes": {"image__encoded_image": encoded(image(5, 6)), "image__label": 5},
    "the name of the file beside": {"image": b"a.png", "jpeg": encoded(image(5, 6)), "label": 5},
    "sides": {"image_raw": image(5, 6).tobytes(), "height": 5, "width": 6, "label": 5},
    "rows": {"image_raw": image(5, 6).tobytes(), "rows": 5, "cols": 6, "depth": 3, "label": 5},
    "int64 as numpy has them": {
        "image": image(5, 6).tobytes(), "shape": INTS.tobytes(), "label": 5,
    },
    "StyleGAN": {
        "data": image(5, 6).transpose(2, 0, 1).tobytes(),
        "shape": np.array([3, 5, 6], np.int32).tobytes(), "label": 5,
    },
}  # fmt: skip


@pytest.mark.parametrize("program", OTHERS)
def test_records_of_other_programs(program):
    record = from_bytes(example(**OTHERS[program]), "it")
    assert record.label == 5
    assert_array_equal(pixels_of(record, "it"), image(5, 6))


def test_a_shape_of_integers():
    shape = field(1, field(1, b"shape") + field(2, field(3, field(1, bytes([2, 3, 3])))))
    pixels = field(1, field(1, b"image") + field(2, field(1, field(1, image(2, 3).tobytes()))))
    record = from_bytes(field(1, shape + pixels), "it")
    assert_array_equal(pixels_of(record, "it"), image(2, 3))


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_files_that_are_compressed(tmp_path, monkeypatch, compress):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    whole = b"".join(framed(course(flat(each), each)) for each in range(9))
    path = write(tmp_path / "a.tfrecord", compress(whole))
    pictures = open_pictures(path)
    assert [pictures.label(each) for each in (8, 0, 3)] == [8, 0, 3]
    assert (pickle.loads(pickle.dumps(pictures)).read(7) == 7).all()
    assert pictures.lost == ()
    del pictures
    assert [*tmp_path.iterdir()] == [path]
    path.write_bytes(compress(whole)[:-9])
    [lost] = RecordPictures([path]).lost
    assert lost == f"{path}: the compressed file is cut off"


def test_a_length_that_looks_compressed(tmp_path):
    record = framed(bytes(0x9C78))  # 40,056 bytes: 78 9c
    assert record[:2] == b"\x78\x9c"
    assert len(open_pictures(write(tmp_path / "a.tfrecord", record))) == 1


def test_a_file_of_many_records(tmp_path):
    path = write(tmp_path / "a.tfrecord", *(framed(course(flat(each), each)) for each in range(40)))
    pictures = open_pictures(path)
    assert len(pictures) == 40
    for index in (39, 0, 17):
        assert (pictures.read(index) == index).all()
        assert pictures.label(index) == index
    with pytest.raises(IndexError):
        pictures.name(40)
    with pytest.raises(IndexError):
        pictures.read(-1)


def test_shards(tmp_path):
    for number in range(3):
        records = [framed(course(flat(10 * number + each))) for each in range(number)]
        write(tmp_path / f"a-0000{number}-of-00003.tfrecord", *records)
    (tmp_path / "notes.txt").write_text("about them")
    for path in (tmp_path, tmp_path / "a-*.tfrecord", tmp_path / ".." / tmp_path.name / "a-*"):
        pictures = open_pictures(path)
        assert [int(pictures.read(index)[0, 0, 0]) for index in range(3)] == [10, 20, 21]
        names = [
            f"a-0000{file}-of-00003.tfrecord#{record}" for file, record in ((1, 0), (2, 0), (2, 1))
        ]
        assert [pictures.name(index) for index in range(3)] == names
    assert len(open_pictures(tmp_path / "a-0000[12]*")) == 3
    assert len(open_pictures(tmp_path / "a-00001*")) == 1
    (tmp_path / "a-00001-of-00003.tfrecord").unlink()
    told(tmp_path, "a-00001-of-00003.tfrecord: this shard is missing")


def test_a_relative_pattern_and_files_of_one_name(tmp_path, monkeypatch):
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "train.tfrecord-00000-of-00001", framed(course(flat(1))))
    monkeypatch.chdir(tmp_path)
    pictures = open_pictures(Path("*/train*"))
    names = [pictures.name(index).replace("\\", "/") for index in range(2)]
    assert names == [f"{each}/train.tfrecord-00000-of-00001#0" for each in "xy"]
    assert len(open_pictures(Path("x"))) == 1


def test_it_pickles_without_the_record_last_read(tmp_path):
    path = write(tmp_path / "a.tfrecord", framed(course(flat(9, 60, 80), 4)))
    pictures = open_pictures(path)
    pictures.read(0)
    data = pickle.dumps(pictures)
    assert len(data) < 2000  # the record has 14,400 bytes
    again = pickle.loads(data)
    assert (again.read(0) == 9).all()
    assert again.label(0) == 4


def test_a_folder_and_its_records_give_the_same_crops(tmp_path):
    paths = [write_noise(tmp_path / f"{each}.jpg", 50, 70, seed=each) for each in range(4)]
    records = (example(image=path.read_bytes(), label=0) for path in paths)
    (tmp_path / "r").mkdir()
    written = write(tmp_path / "r" / "a.tfrecord", *map(framed, records))
    ours, theirs = Crops(open_pictures(tmp_path), 32, 0), Crops(open_pictures(written), 32, 0)
    for position in range(12):
        assert_array_equal(ours[position].image, theirs[position].image)


GOOD = framed(course(flat(1)))
BROKEN = {
    "is damaged, the checksum of its data is wrong": GOOD[:-10] + b"\xaa" + GOOD[-9:],
    "holds no tf.train.Example": framed(b"\xff\xff\xff"),
    "no feature is known as the image: it holds label (1 number), shape (0 bytes)": framed(
        example(label=3, shape=b"")
    ),
    "no feature is known as the image: it holds nothing": framed(b""),
    "no feature is known as the image: it holds image (1 number)": framed(example(image=3)),
    "back and front are pictures: it holds back (4 bytes), front (4 bytes)": framed(
        example(front=b"GIF8", back=b"\x89PNG")
    ),
    "is damaged or no picture that impasto reads (JPEG, PNG": framed(
        example(image=b"a letter", label=1)
    ),
    "and its 8 bytes are not 6 x 8 x 3 pixels": framed(
        example(image=b"a letter", shape=struct.pack("<3i", 6, 8, 3))
    ),
    "expected a shape of height, width, 1, 3 or 4, got (2, 3, 2)": framed(
        course(np.zeros((2, 3, 2), np.uint8))
    ),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_a_broken_record_is_named_and_skipped(tmp_path, reason):
    path = write(tmp_path / "a.tfrecord", GOOD, BROKEN[reason], GOOD)
    pictures = open_pictures(path)
    with pytest.raises(PictureError) as caught:
        pictures.read(1)
    assert str(caught.value).startswith(f"{path}#1: ")
    assert reason in str(caught.value)
    assert (pictures.read(2) == 1).all()
    told = {each for position in range(3) for each in Crops(pictures, 4, 0)[position].skipped}
    [(name, why)] = told
    assert name == "a.tfrecord#1"
    assert reason in why
    assert str(tmp_path) not in why


@pytest.mark.parametrize("at", range(12))
def test_a_wrong_length_loses_the_rest(tmp_path, caplog, at):
    bad = bytearray(GOOD)
    bad[at] ^= 4
    path = write(tmp_path / "a.tfrecord", GOOD, bad, GOOD)
    with caplog.at_level(logging.WARNING, "impasto"):
        pictures = RecordPictures([path])
    assert len(pictures) == 1
    lost = f"the checksum of a length is wrong at byte {len(GOOD)}, {2 * len(GOOD)} bytes are lost"
    assert pictures.lost == (f"{path}: {lost}",)
    assert caplog.messages == [f"{path}: {lost}"]


@pytest.mark.parametrize("left", [1, 11, 12, 13, len(GOOD) - 1])
def test_a_file_that_is_cut_off(tmp_path, left):
    path = write(tmp_path / "a.tfrecord", GOOD, GOOD[:left])
    found = records_of(path)
    assert found.offsets.tolist() == [0]
    why = "the checksum of a length is missing" if left < 12 else "a record is cut off"
    assert found.lost == f"{why} at byte {len(GOOD)}, {left} bytes are lost"


def test_a_whole_file_loses_nothing(tmp_path):
    found = records_of(write(tmp_path / "a.tfrecord", GOOD, GOOD))
    assert found.lost == ""
    assert found.offsets.tolist() == [0, len(GOOD)]
    assert found.lengths.tolist() == [len(GOOD) - 16] * 2


def test_what_is_no_tfrecord(tmp_path):
    told(
        write(tmp_path / "a.tfrecord", b"a letter to a friend"),
        "is no TFRecord file",
    )
    told(write(tmp_path / "b.tfrecord", b"short"), "is no TFRecord file")
    told(write(tmp_path / "c.tfrecord"), "holds no records")
    told(write(tmp_path / "d.tfrecord", gzip.compress(b"a letter")), "something else compressed")
    told(write(tmp_path / "e.tfrecord", GOOD[:40]), "a record is cut off at byte 0")
    told(write(tmp_path / "photo.jpg", GOOD), "is one picture")
    assert len(open_pictures(write(tmp_path / "no-suffix", GOOD))) == 1


def test_a_file_that_goes_away_or_changes(tmp_path):
    path = write(tmp_path / "a.tfrecord", GOOD)
    pictures = open_pictures(path)
    path.write_bytes(GOOD[:30])
    with pytest.raises(PictureError, match=r"a\.tfrecord#0: is cut off"):
        pictures.read(0)
    path.unlink()
    with pytest.raises(PictureError, match=r"a\.tfrecord#0: cannot be read"):
        pictures.label(0)


def test_reading_checks_the_data(tmp_path):
    path = write(tmp_path / "a.tfrecord", GOOD)
    assert read_record(path, 0, len(GOOD) - 16, "it") == GOOD[12:-4]
    with pytest.raises(PictureError, match="it: is damaged"):
        read_record(path, 0, len(GOOD) - 20, "it")
