"""Checks a model file before onnxruntime opens it.

onnxruntime reads other files that a model names, runs any operators in it, and divides by any
number in the file. Impasto's models need only a few operators with small numbers; nothing else is
opened. The messages are those of onnx.proto, parsed here because importing onnx takes longer than
stylizing a picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

import numpy as np

Message: TypeAlias = dict[int, list["memoryview | int"]]
"""Values by field number; messages, text and bytes as bytes."""

OPERATORS: Final = frozenset({
    "Add", "AveragePool", "Cast", "Clip", "Concat", "Conv", "ConvTranspose", "DepthToSpace", "Div",
    "Gather", "GlobalAveragePool", "Greater", "Identity", "If", "MatMul", "MaxPool", "Mul", "Pad",
    "Pow", "Reciprocal", "ReduceMean", "ReduceProd", "ReduceSum", "ReduceSumSquare", "Relu",
    "Reshape", "Resize", "Shape", "Sigmoid", "Slice", "SpaceToDepth", "Split", "Sqrt", "Squeeze",
    "Sub", "Tanh", "Transpose", "Where",
})  # fmt: skip
"""The operators of impasto's trained networks."""

LARGEST: Final = (1 << 31) - 1  # bytes of a model, as of any message

_STEPS: Final = ("strides", "dilations", "kernel_shape", "blocksize", "group")
_MOST_PAD: Final = 64
_MOST_SCALE: Final = 4.0
_DEEPEST: Final = 4
_INT64: Final = 7
_FLOAT: Final = 1


def check_model(data: bytes) -> dict[str, str]:
    """Check that a model may be opened, and return its metadata by key.

    Raises:
        ValueError: It may not, or it is damaged.
    """
    model = _message(memoryview(data))
    if model.keys() & {20, 25}:
        raise ValueError("it holds functions or a training of its own")
    for opset in _messages(model, 8):
        _check_domain(_text(opset, 1))
    for graph in _messages(model, 7):
        _check_graph(graph, {}, 0)
    return {_text(each, 1): _text(each, 2) for each in _messages(model, 14)}


def _check_graph(graph: Message, outer: Mapping[str, Message], depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError("it is nested too deep")
    own = [*_messages(graph, 5)]
    for tensor in own:
        _check_tensor(tensor)
    if 15 in graph:
        raise ValueError("it holds sparse tensors")
    constants = {**outer, **{_text(each, 8): each for each in own}}
    for node in _messages(graph, 1):
        _check_node(node, constants, depth)


def _check_tensor(tensor: Message) -> None:
    if 13 in tensor or tensor.get(14, [0])[-1]:
        raise ValueError("it keeps numbers in another file")


def _check_node(node: Message, constants: Mapping[str, Message], depth: int) -> None:
    kind = _text(node, 4)
    _check_domain(_text(node, 7))
    if kind not in OPERATORS:
        raise ValueError(f"it holds the operator {kind[:40]}, which no network of impasto has")
    for attribute in _messages(node, 5):
        _check_attribute(attribute, constants, depth)
    inputs = [_bytes(each).tobytes().decode() for each in node.get(1, [])]
    if kind == "Pad":
        _check_numbers(kind, constants.get(inputs[1]), 0, _MOST_PAD)
    if kind == "Resize":
        if len(inputs) != 3:  # the fourth is a size, which may be anything
            raise ValueError("it resizes to a size of its own")
        _check_numbers(kind, constants.get(inputs[2]), 0.1, _MOST_SCALE)


def _check_domain(domain: str) -> None:
    if domain not in ("", "ai.onnx"):
        raise ValueError(f"it needs operators of {domain[:40]}")


def _check_attribute(attribute: Message, constants: Mapping[str, Message], depth: int) -> None:
    name = _text(attribute, 1)
    for graph in (*_messages(attribute, 6), *_messages(attribute, 11)):
        _check_graph(graph, constants, depth + 1)
    for tensor in (*_messages(attribute, 5), *_messages(attribute, 10)):
        _check_tensor(tensor)
    if name in (*_STEPS, "pads", "output_padding"):
        whole = [_signed(each) for each in (*attribute.get(3, []), *_varints(attribute, 8))]
        least, most = (0, _MOST_PAD) if name not in _STEPS else (1, 4096 if name == "group" else 64)
        if not all(least <= each <= most for each in whole):
            raise ValueError(f"{name} is {whole}"[:80])


def _check_numbers(kind: str, tensor: Message | None, least: float, most: float) -> None:
    if tensor is None:
        raise ValueError(f"{kind}: its numbers are not in the file")
    if not all(least <= each <= most for each in _numbers(tensor)):
        raise ValueError(f"{kind}: its numbers lie beyond {least:g} to {most:g}")


def _numbers(tensor: Message) -> list[float]:
    """The numbers of a small tensor of int64 or float32."""
    form = {_INT64: "<i8", _FLOAT: "<f4"}.get(_whole(tensor, 2))
    if form is None:
        raise ValueError("its sizes are not numbers")
    raw = b"".join(_bytes(each) for each in tensor.get(9, []))
    floats = b"".join(_packed(each) for each in tensor.get(4, []))
    found = [*np.frombuffer(raw, form), *np.frombuffer(floats, "<f4")]
    return [*map(float, found), *map(_signed, _varints(tensor, 7))]


def _packed(value: memoryview | int) -> bytes:
    return value.to_bytes(8, "little")[:4] if isinstance(value, int) else value.tobytes()


def _varints(message: Message, field: int) -> Iterator[int]:
    """Whole numbers of a repeated field, packed or not."""
    for each in message.get(field, []):
        if isinstance(each, int):
            yield each
            continue
        place = 0
        while place < len(each):
            value, place = _varint(each, place)
            yield value


def _signed(value: memoryview | int) -> int:
    if not isinstance(value, int):
        raise ValueError("a field is not a number")
    return value - (1 << 64) if value >> 63 else value


def _whole(message: Message, field: int) -> int:
    return _signed(message.get(field, [0])[-1])


def _text(message: Message, field: int) -> str:
    return _bytes(message[field][-1]).tobytes().decode() if field in message else ""


def _messages(message: Message, field: int) -> Iterator[Message]:
    return (_message(_bytes(each)) for each in message.get(field, []))


def _bytes(value: memoryview | int) -> memoryview:
    if isinstance(value, int):
        raise ValueError("a text or message is a number")
    return value


def _message(data: memoryview) -> Message:
    """A message by its wire format."""
    found: Message = {}
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        value: memoryview | int
        if tag & 7 == 0:
            value, place = _varint(data, place)
        else:
            length = {1: 8, 5: 4}.get(tag & 7, -1)
            if tag & 7 == 2:
                length, place = _varint(data, place)
            if length < 0 or place + length > len(data):
                raise ValueError("it ends too early")
            value, place = data[place : place + length], place + length
            value = int.from_bytes(value, "little") if tag & 7 != 2 else value
        found.setdefault(tag >> 3, []).append(value)
    return found


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            break
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & ((1 << 64) - 1), place
    raise ValueError("it ends too early")
