"""What a record of training data holds: an image, a label and a shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impasto.dataset.decode import decoded
from impasto.dataset.example import parsed, serialized
from impasto.dataset.features import image_of, label_of
from impasto.errors import PictureError

_CHANNELS: Final = {1, 3, 4}


@dataclass(frozen=True, slots=True)
class Record:
    """One picture as it is stored.

    Attributes:
        image: Raw bytes of uint8 pixels, row by row, or an encoded picture (JPEG, PNG, ...).
        label: The number of its class.
        shape: (height, width, channels), or None when the record does not tell.
    """

    image: bytes
    label: int
    shape: tuple[int, ...] | None

    @property
    def is_raw(self) -> bool:
        """Whether the image is pixels: as many bytes as the shape has numbers."""
        return self.shape is not None and math.prod(self.shape) == len(self.image)


def to_bytes(record: Record) -> bytes:
    """An Example with the features of the course: label int64, shape and image bytes.

    The shape is the bytes of an int32 array, as ``np.array(image.shape, np.int32).tobytes()``
    gives them and ``tf.io.decode_raw(shape, tf.int32)`` reads them.
    """
    shape = np.array(record.shape, "<i4").tobytes()
    return serialized({"label": record.label, "shape": shape, "image": record.image})


def from_bytes(data: bytes, name: str) -> Record:
    """The record in an Example, whichever program wrote it; without a label it is of class 0.

    Raises:
        PictureError: The bytes are no Example, or it holds no image.
    """
    features = parsed(data, name)
    image, shape = image_of(features, name)
    return Record(image, label_of(features), shape)


def pixels_of(record: Record, name: str, at_least: int = 0) -> NDArray[np.uint8]:
    """The picture, (H, W, 3); see :meth:`impasto.dataset.Pictures.read`.

    Raises:
        PictureError: It can neither be decoded nor taken for pixels of the shape.
    """
    if record.is_raw and record.shape is not None:
        return _raw_pixels(record.image, record.shape, name)
    try:
        return decoded(record.image, name, at_least)
    except PictureError as error:
        if record.shape is None:
            raise
        size = " x ".join(map(str, record.shape))
        other = f"nor are its {len(record.image)} bytes {size} pixels"
        raise PictureError(f"{error}; {other}") from None


def _raw_pixels(image: bytes, shape: tuple[int, ...], name: str) -> NDArray[np.uint8]:
    planes = shape if len(shape) == 3 else (*shape, 1)
    if len(planes) != 3 or min(planes) < 1 or not {planes[0], planes[2]} & _CHANNELS:
        raise PictureError(f"{name}: expected a shape of height, width, 1, 3 or 4, got {shape}")
    levels = np.frombuffer(image, np.uint8).reshape(planes)
    if planes[2] not in _CHANNELS:
        levels = levels.transpose(1, 2, 0)  # channels come first in StyleGAN's files
    # Copied, as the bytes may not be written to and torch wants what may.
    return levels.repeat(3, axis=2) if levels.shape[2] == 1 else levels[..., :3].copy()
