"""Which feature of an Example is the image, its label and its shape: programs differ in names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np

from impasto.errors import PictureError

IMAGES: Final = (
    "image",  # the course (CS20, 09_tfrecord_example.py), TensorFlow Datasets, Kaggle
    "image/encoded",  # slim, object detection, ImageNet
    "image_raw",  # TensorFlow's tutorial: a JPEG file in spite of the name
    "image/encoded_image", "encoded_image", "image_encoded", "encoded", "image_bytes",
    "image/image_raw", "image/raw", "raw_image", "train/image", "img", "data",
)  # fmt: skip
"""Names of the image, in the order they are looked for."""

LABELS: Final = ("label", "image/class/label", "class", "image/label", "target", "train/label")

SHAPES: Final = ("shape", "image/shape", "image_shape")

SIDES: Final = (
    ("height", "image/height", "image_height", "rows"),
    ("width", "image/width", "image_width", "cols"),
    ("depth", "channels", "image/channels", "image/depth", "image_depth"),
)
"""Names of height, width and channels, where each has a feature of its own."""

PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
"""What picture files begin with."""

Values: TypeAlias = "Sequence[bytes] | Sequence[int] | Sequence[float]"
Features: TypeAlias = Mapping[str, Values]


def image_of(features: Features, name: str) -> tuple[bytes, tuple[int, ...] | None]:
    """The image, encoded or raw, and its shape if the record has one.

    It is the feature of a usual name, or else the only one that is a picture file.

    Raises:
        PictureError: There is none, or it could be several; what is there is named.
    """
    held = {key: value for key, (value, *_) in features.items() if isinstance(value, bytes)}
    usual = [key for key in IMAGES if key in held]
    files = [key for key in held if held[key].startswith(PICTURES)]
    fitting = [key for key in usual if key in files or _is_raw(features, held[key])]
    found = fitting or (files if len(files) == 1 else []) or usual
    if not found:
        told = ", ".join(_described(key, features[key]) for key in sorted(features)) or "nothing"
        several = f", {' and '.join(sorted(files))} are pictures" if files else ""
        raise PictureError(f"{name}: no feature is known as the image{several}: it holds {told}")
    image = held[found[0]]
    return image, shape_of(features, len(image))


def label_of(features: Features) -> int:
    """The number of the class, 0 where there is none."""
    return _number(features, LABELS) or 0


def shape_of(features: Features, size: int) -> tuple[int, ...] | None:
    """The shape of an image of so many bytes: one feature, or one for each side.

    Without channels it is as many as fill the bytes.
    """
    for key in SHAPES:
        match features.get(key):
            case (bytes(data),) if len(data) % 4 == 0:
                return _unpacked(data)
            case (int(), *_) as numbers:
                return tuple(int(number) for number in numbers)
    height, width, depth = (_number(features, names) for names in SIDES)
    if not height or not width:
        return None
    return height, width, depth or size // (height * width)


def _is_raw(features: Features, image: bytes) -> bool:
    shape = shape_of(features, len(image))
    return shape is not None and math.prod(shape) == len(image)


def _number(features: Features, names: Sequence[str]) -> int | None:
    found = (features.get(name) for name in names)
    return next((int(each[0]) for each in found if each and isinstance(each[0], int)), None)


def _unpacked(data: bytes) -> tuple[int, ...]:
    """Numbers that were stored as bytes: int32, or int64, numpy's default."""
    numbers = np.frombuffer(data, "<i4")
    if len(data) % 8 == 0 and not numbers[1::2].any():
        numbers = np.frombuffer(data, "<i8")
    return tuple(numbers.tolist())


def _described(key: str, values: Values) -> str:
    if not values:
        return f"{key} (empty)"
    if isinstance(values[0], bytes):
        return f"{key} ({len(values[0])} bytes)"
    return f"{key} ({len(values)} {'numbers' if len(values) > 1 else 'number'})"
