"""Read a network out of a TensorFlow Lite file, as far as tools/make_face.py needs it.

The file is one FlatBuffer: tables whose fields are found by offsets. Numbers of fields, operations
and types are those of TensorFlow's schema.fbs.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

NAMES: Final = {
    0: "add", 2: "concatenate", 3: "convolution", 4: "depthwise", 6: "dequantize", 17: "pool",
    19: "relu", 22: "reshape", 34: "pad",
}  # fmt: skip
TYPES: Final = {0: np.float32, 1: np.float16, 2: np.int32}


class Table:
    """A table of a FlatBuffer."""

    def __init__(self, data: bytes, place: int) -> None:
        self.data, self.place = data, place
        self.fields = place - struct.unpack_from("<i", data, place)[0]
        self.size = struct.unpack_from("<H", data, self.fields)[0]

    def number(self, field: int, form: str = "i") -> Any:
        """A number; 0 where it is not given."""
        place = self._of(field)
        return struct.unpack_from(f"<{form}", self.data, place)[0] if place else 0

    def table(self, field: int) -> Table:
        """A table within this one."""
        place = self._of(field)
        return Table(self.data, place + struct.unpack_from("<I", self.data, place)[0])

    def tables(self, field: int) -> list[Table]:
        """A list of tables."""
        places = self._places(field)
        return [
            Table(self.data, each + struct.unpack_from("<I", self.data, each)[0]) for each in places
        ]

    def numbers(self, field: int) -> list[int]:
        """A list of whole numbers."""
        return [struct.unpack_from("<i", self.data, each)[0] for each in self._places(field)]

    def bytes(self, field: int) -> bytes:
        """A list of bytes."""
        places = self._places(field, 1)
        return self.data[places.start : places.stop]

    def _of(self, field: int) -> int:
        entry = 4 + 2 * field
        if entry >= self.size:
            return 0
        offset = struct.unpack_from("<H", self.data, self.fields + entry)[0]
        return self.place + offset if offset else 0

    def _places(self, field: int, width: int = 4) -> range:
        place = self._of(field)
        if not place:
            return range(0)
        start = place + struct.unpack_from("<I", self.data, place)[0]
        count = struct.unpack_from("<I", self.data, start)[0]
        return range(start + 4, start + 4 + width * count, width)


@dataclass(frozen=True)
class Operation:
    """An operation: its name, and the numbers of the tensors it takes and gives."""

    name: str
    inputs: list[int]
    output: int
    options: Table

    @property
    def padding(self) -> str:
        """As ONNX calls it; SAME puts an odd pixel behind, as UPPER does."""
        return "VALID" if self.options.number(0, "b") else "SAME_UPPER"

    @property
    def strides(self) -> list[int]:
        """Down and across."""
        return [self.options.number(2), self.options.number(1)]

    @property
    def window(self) -> list[int]:
        """Height and width of what is pooled."""
        return [self.options.number(4), self.options.number(3)]


class TensorFlowLite:
    """A network: its operations in order, and its constants."""

    def __init__(self, data: bytes) -> None:
        model = Table(data, struct.unpack_from("<I", data, 0)[0])
        graph = model.tables(2)[0]
        self._tensors, self._buffers = graph.tables(0), model.tables(4)
        self.inputs, self.outputs = graph.numbers(1), graph.numbers(2)
        codes = [max(each.number(0, "b"), each.number(3)) for each in model.tables(1)]
        self.operations = [
            Operation(
                NAMES[codes[each.number(0, "I")]],
                each.numbers(1),
                each.numbers(2)[0],
                each.table(4),
            )
            for each in graph.tables(3)
        ]
        halves = [each for each in self.operations if each.name == "dequantize"]
        self._halves = {each.output: each.inputs[0] for each in halves}

    def shape(self, tensor: int) -> list[int]:
        """The shape of a tensor: batch, height, width, channels."""
        return self._tensors[tensor].numbers(0)

    def constant(self, tensor: int) -> np.ndarray:
        """The values of a tensor, also where half precision is made whole first."""
        kept = self._halves.get(tensor, tensor)
        entry = self._tensors[kept]
        values = self._buffers[entry.number(2, "I")].bytes(0)
        return np.frombuffer(values, TYPES[entry.number(1, "b")]).reshape(self.shape(kept))
