"""A record of training data: an image, a label and a shape in a ``tf.train.Example``.

The message is three small definitions (``tensorflow/core/example/{example,feature}.proto``). No
well-kept package ships them without TensorFlow, so protobuf is given them here, in a pool of
their own: TensorFlow may be imported beside and give it the same.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from impasto.dataset.fast_decode import decoded
from impasto.dataset.features import Values, image_of, label_of
from impasto.errors import PictureError

_PACKAGE: Final = "impasto.tensorflow"
_Field: Final = descriptor_pb2.FieldDescriptorProto

_CHANNELS: Final = {1, 3, 4}


@dataclass(frozen=True, slots=True)
class Record:
    """One picture as it is stored.

    Attributes:
        image: Raw bytes of uint8 pixels, row by row, or an encoded picture (JPEG, PNG, ...).
        label: The number of its class.
        shape: (height, width, channels), or None when the record has none.
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
    gives them and ``tf.io.decode_raw(shape, tf.int32)`` reads them. Equal records give equal
    bytes.
    """
    message = _example()()
    features = message.features.feature
    features["label"].int64_list.value.append(record.label)
    features["shape"].bytes_list.value.append(np.array(record.shape, "<i4").tobytes())
    features["image"].bytes_list.value.append(record.image)
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def from_bytes(data: bytes, name: str) -> Record:
    """The record in an Example, whichever program wrote it; without a label it is of class 0.

    Raises:
        PictureError: The bytes are no Example, or it holds no image.
    """
    message = _example()()
    try:
        message.ParseFromString(data)
    except DecodeError:
        raise PictureError(f"{name}: holds no tf.train.Example") from None
    features = {key: _values(feature) for key, feature in message.features.feature.items()}
    image, shape = image_of(features, name)
    return Record(image, label_of(features), shape)


def pixels_of(record: Record, name: str, at_least: int = 0) -> NDArray[np.uint8]:
    """The picture, (H, W, 3); see `Pictures.read`.

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
