"""What a record of training data holds: an image, a label and a shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impasto.dataset.decode import decoded
from impasto.dataset.example import Values, parsed, serialized
from impasto.errors import PictureError

LAYOUTS: Final = (
    ("image", "label"),  # the course: CS20, 2017 and 2018, 09_tfrecord_example.py
    ("image/encoded", "image/class/label"),  # TensorFlow's object detection and ImageNet scripts
    ("image_raw", "label"),  # TensorFlow's tutorial on TFRecord; a JPEG file in spite of the name
)
"""Names of the features that hold the image and its label, in the order they are looked for."""


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
    """The record in an Example of one of the known layouts; without a label it is of class 0.

    Raises:
        PictureError: The bytes are no Example, or it holds no image.
    """
    features = parsed(data, name)
    for image_name, label_name in LAYOUTS:
        match features.get(image_name):
            case (bytes(image), *_):
                return Record(image, _label(features.get(label_name)), _shape(features))
    held = ", ".join(sorted(features)) or "nothing"
    known = " or ".join(image_name for image_name, _label_name in LAYOUTS)
    raise PictureError(f"{name}: has no feature {known} of bytes, it holds {held}")


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
    if len(planes) != 3 or min(planes) < 1 or planes[2] not in (1, 3, 4):
        raise PictureError(f"{name}: expected a shape of height, width, 1, 3 or 4, got {shape}")
    levels = np.frombuffer(image, np.uint8).reshape(planes)
    # Copied, as the bytes may not be written to and torch wants what may.
    return levels.repeat(3, axis=2) if planes[2] == 1 else levels[..., :3].copy()


def _label(values: Values | None) -> int:
    match values:
        case (int(label), *_):
            return label
    return 0


def _shape(features: Mapping[str, Values]) -> tuple[int, ...] | None:
    match features.get("shape"):
        case (bytes(data),) if len(data) % 4 == 0:
            return tuple(np.frombuffer(data, "<i4").tolist())
        case (int(), *_) as numbers:
            return tuple(int(number) for number in numbers)
    match [features.get(name) for name in ("height", "width", "depth")]:
        case [(int(height),), (int(width),), (int(depth),)]:
            return height, width, depth
    return None
