"""An image file as the record it is stored as."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.dataset.decode import damage_named, decoded, is_srgb, opened, orientation_of
from impasto.dataset.folder import FolderPictures
from impasto.dataset.record import Record
from impasto.errors import OptionError, PictureError

MAX_RECORD: Final = 2**31 - 2**16
"""Bytes of pixels that fit into a message: protobuf ends at 2 GiB."""


@dataclass(frozen=True, kw_only=True)
class WriteOptions:
    """How pictures are stored.

    Attributes:
        shards: Files to deal the pictures out to.
        size: Length in pixels the shorter side is reduced to; 0 keeps every size. Nothing is
            enlarged.
        encoding: JPEG, or raw bytes of pixels.
        quality: Of the JPEGs that are encoded anew, 1 to 100.
    """

    shards: int = 1
    size: int = 0
    encoding: Literal["jpeg", "raw"] = "jpeg"
    quality: int = 92

    def __post_init__(self) -> None:
        if not 1 <= self.shards <= 99_999:
            raise OptionError("shards", "1 to 99999", self.shards)
        if self.size < 0:
            raise OptionError("size", "0 or more", self.size)
        if not 1 <= self.quality <= 100:
            raise OptionError("quality", "1 to 100", self.quality)


def stored(pictures: FolderPictures, index: int, options: WriteOptions) -> tuple[Record, bool]:
    """A picture as a record, and whether that holds the bytes of its file as they are.

    Raises:
        PictureError: It is broken, or too large for one record.
    """
    label, size = pictures.label(index), options.size
    path = pictures.path(index)
    if options.encoding == "jpeg" and (found := _untouched(path, size)):
        data, shape = found
        return Record(data, label, shape), True
    pixels = _reduced(pictures.read(index, size), size)
    if options.encoding == "jpeg":
        return Record(_jpeg(pixels, options.quality), label, pixels.shape), False
    if pixels.nbytes > MAX_RECORD:
        raise PictureError(f"{path}: is too large to store raw, give a size")
    return Record(pixels.tobytes(), label, pixels.shape), False


def _untouched(path: Path, size: int) -> tuple[bytes, tuple[int, int, int]] | None:
    """The bytes of a JPEG file and its shape; None when it has to be changed, or is no JPEG."""
    try:
        data = path.read_bytes()
    except OSError:
        return None  # reading it as a picture says why
    with damage_named(str(path)):
        image = opened(data)
        if image is None or _has_to_change(image, size, str(path)):
            return None
    decoded(data, str(path), at_least=1)  # raises when it is cut off
    return data, (image.height, image.width, 3)


def _has_to_change(image: Image.Image, size: int, name: str) -> bool:
    return (
        image.format != "JPEG"
        or image.mode != "RGB"
        or 0 < size < min(image.size)
        or orientation_of(image, name) != 1
        or not is_srgb(image.info.get("icc_profile"))
    )


def _reduced(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """With the shorter side reduced to a size, when it is longer."""
    height, width = pixels.shape[:2]
    if not 0 < size < min(height, width):
        return pixels
    scale = size / min(height, width)
    target = max(size, round(width * scale)), max(size, round(height * scale))
    return np.asarray(
        Image.fromarray(pixels).resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)
    )


def _jpeg(pixels: NDArray[np.uint8], quality: int) -> bytes:
    buffer = io.BytesIO()
    # Colors at full resolution: crops are small, and training would see the loss.
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=0, optimize=True)
    return buffer.getvalue()
