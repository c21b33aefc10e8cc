"""A record of training data: an image, a label and a shape in a ``tf.train.Example``.

The message has three small definitions (``tensorflow/core/example/{example,feature}.proto``). No
well-kept package ships them without TensorFlow, so they are defined here, in a pool of their own:
TensorFlow may be imported as well and define the same.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from impasto.dataset.fast_decode import decoded
from impasto.errors import PictureError

_PACKAGE: Final = "impasto.tensorflow"
_Field: Final = descriptor_pb2.FieldDescriptorProto

_CHANNELS: Final = {1, 3, 4}

IMAGES: Final = (
    "image",  # the course (CS20, 09_tfrecord_example.py), TensorFlow Datasets, Kaggle
    "image/encoded",  # slim, object detection, ImageNet
    "image_raw",  # TensorFlow's tutorial: a JPEG file in spite of the name
    "image/encoded_image", "encoded_image", "image_encoded", "encoded", "image_bytes",
    "image/image_raw", "image/raw", "raw_image", "train/image", "img", "data",
)  # fmt: skip
"""Names of the image, in order of preference."""

LABELS: Final = ("label", "image/class/label", "class", "image/label", "target", "train/label")

SHAPES: Final = ("shape", "image/shape", "image_shape")

SIDES: Final = (
    ("height", "image/height", "image_height", "rows"),
    ("width", "image/width", "image_width", "cols"),
    ("depth", "channels", "image/channels", "image/depth", "image_depth"),
)
"""Names of height, width and channels as separate features."""

PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
"""First bytes of picture files."""

Values: TypeAlias = "Sequence[bytes] | Sequence[int] | Sequence[float]"
Features: TypeAlias = Mapping[str, Values]


@dataclass(frozen=True, slots=True)
class Record:
    """One picture as stored.

    Attributes:
        image: Raw bytes of uint8 pixels, row by row, or an encoded picture (JPEG, PNG, ...).
        label: The number of its class.
        shape: (height, width, channels), or None if the record has none.
    """

    image: bytes
    label: int
    shape: tuple[int, ...] | None

    @property
    def is_raw(self) -> bool:
        """Whether the image holds raw pixels: as many bytes as the shape has values."""
        return self.shape is not None and math.prod(self.shape) == len(self.image)


def to_bytes(record: Record) -> bytes:
    """An Example with the features of the course: label int64, shape and image bytes.

    The shape is stored as ``np.array(image.shape, np.int32).tobytes()``, which
    ``tf.io.decode_raw(shape, tf.int32)`` reads. Equal records give equal bytes.
    """
    message = _example()()
    features = message.features.feature
    features["label"].int64_list.value.append(record.label)
    features["shape"].bytes_list.value.append(np.array(record.shape, "<i4").tobytes())
    features["image"].bytes_list.value.append(record.image)
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def from_bytes(data: bytes, name: str) -> Record:
    """The record in an Example, of any program; without a label it is of class 0.

    Raises:
        PictureError: The bytes are not an Example, or it holds no image.
    """
    message = _example()()
    try:
        message.ParseFromString(data)
    except DecodeError:
        raise PictureError(f"{name}: holds no tf.train.Example") from None
    features = {key: _values(feature) for key, feature in message.features.feature.items()}
    image, shape = image_of(features, name)
    return Record(image, label_of(features), shape)


def image_of(features: Features, name: str) -> tuple[bytes, tuple[int, ...] | None]:
    """The image, encoded or raw, and its shape if the record has one.

    The image is a feature with a usual name, or else the only one that is a picture file.

    Raises:
        PictureError: There is none, or there are several; the message lists the features.
    """
    held = {key: value for key, (value, *_) in features.items() if isinstance(value, bytes)}
    usual = [key for key in IMAGES if key in held]
    files = [key for key in held if held[key].startswith(PICTURES)]
    fitting = [key for key in usual if key in files or _is_raw(features, held[key])]
    found = fitting or (files if len(files) == 1 else []) or usual
    if not found:
        held_text = ", ".join(_described(key, features[key]) for key in sorted(features))
        several = f", {' and '.join(sorted(files))} are pictures" if files else ""
        raise PictureError(
            f"{name}: no feature is known as the image{several}: it holds {held_text or 'nothing'}"
        )
    image = held[found[0]]
    return image, shape_of(features, len(image))


def label_of(features: Features) -> int:
    """The number of the class, 0 if there is none."""
    return _number(features, LABELS) or 0


def shape_of(features: Features, size: int) -> tuple[int, ...] | None:
    """The shape of an image of ``size`` bytes, from one feature or one for each side.

    Without a feature for channels, their number follows from the size.
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


def pixels_of(record: Record, name: str, at_least: int = 0) -> NDArray[np.uint8]:
    """The picture, (H, W, 3); see `Pictures.read`.

    Raises:
        PictureError: It can neither be decoded nor read as raw pixels of its shape.
    """
    if record.is_raw and record.shape is not None:
        return _raw_pixels(record.image, record.shape, name)
    try:
        return decoded(record.image, name, at_least)
    except PictureError as error:
        if record.shape is None:
            raise
        size = " x ".join(map(str, record.shape))
        other = f"and its {len(record.image)} bytes are not {size} pixels"
        raise PictureError(f"{error}; {other}") from None


def _raw_pixels(image: bytes, shape: tuple[int, ...], name: str) -> NDArray[np.uint8]:
    planes = shape if len(shape) == 3 else (*shape, 1)
    if len(planes) != 3 or min(planes) < 1 or not {planes[0], planes[2]} & _CHANNELS:
        raise PictureError(f"{name}: expected a shape of height, width, 1, 3 or 4, got {shape}")
    levels = np.frombuffer(image, np.uint8).reshape(planes)
    if planes[2] not in _CHANNELS:
        levels = levels.transpose(1, 2, 0)  # channels come first in StyleGAN's files
    # Copied, as the bytes are read-only and torch needs writable memory.
    return levels.repeat(3, axis=2) if levels.shape[2] == 1 else levels[..., :3].copy()


def _is_raw(features: Features, image: bytes) -> bool:
    shape = shape_of(features, len(image))
    return shape is not None and math.prod(shape) == len(image)


def _number(features: Features, names: Sequence[str]) -> int | None:
    found = (features.get(name) for name in names)
    return next((int(each[0]) for each in found if each and isinstance(each[0], int)), None)


def _unpacked(data: bytes) -> tuple[int, ...]:
    """Numbers that are stored as bytes: int32, or int64, NumPy's default."""
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


def _values(feature: Any) -> Values:
    kind = feature.WhichOneof("kind")
    return () if kind is None else tuple(getattr(feature, kind).value)


@functools.cache
def _example() -> Any:
    """The class of the message."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_declaration())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Example"))


def _declaration() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="impasto/example.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, kind in _LISTS.items():
        field = file.message_type.add(name=name).field.add(name="value", number=1, type=kind)
        field.label = _Field.LABEL_REPEATED
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, name in enumerate(_LISTS, start=1):
        one = feature.field.add(name=_snake(name), number=number, type=_Field.TYPE_MESSAGE)
        one.type_name, one.oneof_index = f".{_PACKAGE}.{name}", 0
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL)
    _refer(entry, "value", 2, "Feature", _Field.LABEL_OPTIONAL)
    _refer(features, "feature", 1, "Features.FeatureEntry", _Field.LABEL_REPEATED)
    _refer(file.message_type.add(name="Example"), "features", 1, "Features", _Field.LABEL_OPTIONAL)
    return file


_LISTS: Final = {
    "BytesList": _Field.TYPE_BYTES,
    "FloatList": _Field.TYPE_FLOAT,
    "Int64List": _Field.TYPE_INT64,
}
"""The three kinds of values, in the order of their numbers in Feature."""


def _snake(name: str) -> str:
    return name.removesuffix("List").lower() + "_list"


def _refer(message: Any, name: str, number: int, kind: str, label: Any) -> None:
    field = message.field.add(name=name, number=number, type=_Field.TYPE_MESSAGE, label=label)
    field.type_name = f".{_PACKAGE}.{kind}"
