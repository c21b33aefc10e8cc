"""Pictures, and TFRecord files by the letter of their format, for the tests of impasto.dataset."""

import struct

import numpy as np
from PIL import Image


def crc32c(data):
    """CRC-32C by its definition: Castagnoli's polynomial, bit by bit (RFC 3720, 12.1)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _bit in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15) + ((crc & 0x7FFF) << 17) + 0xA282EAD8) % 2**32)


def framed(data):
    """One record of a TFRecord file."""
    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def field(number, payload):
    """A length-delimited field of a protobuf message; short ones only."""
    assert len(payload) < 2**14
    size = len(payload)
    length = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    return bytes([number << 3 | 2]) + length + payload


def example(**features):
    """A tf.train.Example by its wire format; values are bytes or ints from 0 to 127."""
    entries = b""
    for name, value in features.items():
        kind = (1, value) if isinstance(value, bytes) else (3, bytes([value]))
        feature = field(kind[0], field(1, kind[1]))
        entries += field(1, field(1, name.replace("__", "/").encode()) + field(2, feature))
    return field(1, entries)


def course(pixels, label=0):
    """An Example as the course writes it."""
    shape = np.array(pixels.shape, np.int32).tobytes()
    return example(label=label, shape=shape, image=pixels.tobytes())


def flat(level, height=6, width=8):
    """A picture of one gray, told from others by its level."""
    return np.full((height, width, 3), level, np.uint8)


def write_flat(path, level, height=6, width=8):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(flat(level, height, width)).save(path)
    return path


def write_noise(path, height, width, seed=0, **options):
    """A picture of soft blobs, which no two crops of are alike."""
    path.parent.mkdir(parents=True, exist_ok=True)
    blobs = np.random.default_rng(seed).integers(0, 256, (9, 12, 3)).astype(np.uint8)
    image = Image.fromarray(blobs).resize((width, height), Image.Resampling.BICUBIC)
    image.save(path, **options)
    return path


def flat_folder(folder, count):
    """Pictures of the grays 0 to count - 1, in the order of their names."""
    for level in range(count):
        write_flat(folder / f"{level:03}.png", level)
    return folder


class Grays:
    """Pictures of one gray each, without files; broken ones raise."""

    def __init__(self, count, broken=()):
        self.count = count
        self.broken = frozenset(broken)

    def __len__(self):
        return self.count

    def name(self, index):
        return f"gray{index}"

    def label(self, index):
        return index % 3

    def read(self, index, at_least=0):
        from impasto.errors import PictureError

        if index in self.broken:
            raise PictureError(f"/somewhere/gray{index}: is cut off")
        return flat(index)
