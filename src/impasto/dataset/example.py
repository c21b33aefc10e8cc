"""``tf.train.Example``, the message in a TFRecord of training data, without TensorFlow.

The message is three small definitions (``tensorflow/core/example/{example,feature}.proto``). No
well-kept package ships them without TensorFlow, so they are told to protobuf here, in a pool of
their own: TensorFlow may be imported beside and tell it the same.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from impasto.errors import PictureError

Values: TypeAlias = "Sequence[bytes] | Sequence[int] | Sequence[float]"

_PACKAGE: Final = "impasto.tensorflow"
_Field: Final = descriptor_pb2.FieldDescriptorProto


def serialized(features: Mapping[str, bytes | int]) -> bytes:
    """An Example of features of one value each; equal features give equal bytes."""
    message = _example()()
    for name, value in features.items():
        kind = "bytes_list" if isinstance(value, bytes) else "int64_list"
        getattr(message.features.feature[name], kind).value.append(value)
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def parsed(data: bytes, name: str) -> dict[str, Values]:
    """The features of an Example, each with its values.

    Raises:
        PictureError: The bytes are no Example.
    """
    message = _example()()
    try:
        message.ParseFromString(data)
    except DecodeError:
        raise PictureError(f"{name}: holds no tf.train.Example") from None
    return {key: _values(feature) for key, feature in message.features.feature.items()}


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
