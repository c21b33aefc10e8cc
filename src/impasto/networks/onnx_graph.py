"""An ONNX graph under construction: trained networks are written node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from impasto.files import shown

OPSET: Final = 18
IR_VERSION: Final = 9
"""Supported by onnxruntime since 1.16."""


class Graph:
    """Nodes and constants, called like functions that return the names of their results.

    Written by hand and not traced, so that the file has only the fastest operations in onnxruntime,
    and inputs that the module does not have (statistics).

    Args:
        prefix: Prefix of the names of results and constants; a branch of another graph needs its
            own.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, shape: Sequence[int | str]) -> str:
        """Declare an input of float32; a side given by name may be of any length."""
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def output(self, value: str, name: str, shape: Sequence[int | str]) -> None:
        """Declare an output."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def constant(self, values: NDArray[Any], name: str = "") -> str:
        """Store values in the file, under a name by which they can be read back."""
        name = name or f"{self._prefix}constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def integers(self, *values: int) -> str:
        """Store whole numbers in the file, as a vector."""
        return self.constant(np.array(values, np.int64))

    def number(self, value: float) -> str:
        """Store a number in the file."""
        return self.constant(np.array(value, np.float32))

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operation with one result."""
        name = f"{self._prefix}{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def split(self, value: str, sizes: Sequence[int], *, axis: int) -> tuple[str, ...]:
        """Split a value into parts of given sizes."""
        first = f"{self._prefix}split_{len(self._nodes)}"
        names = [f"{first}_{number}" for number in range(len(sizes))]
        parts = [value, self.integers(*sizes)]
        self._nodes.append(helper.make_node("Split", parts, names, axis=axis))
        return tuple(names)

    def own_statistics(self, maps: str, epsilon: float) -> tuple[str, str, str]:
        """The maps minus their means; mean and 1/standard deviation of each, (batch, C, 1, 1).

        onnxruntime sums sequentially in float32. Over a whole map the error exceeds the deviation
        of a picture that is mostly one color, and more so for the difference of two squares. So
        both the mean and the variance are taken row by row.
        """
        rows = self.node("ReduceMean", maps, self.integers(3), keepdims=1)
        mean = self.node("ReduceMean", rows, self.integers(2), keepdims=1)
        centered = self.node("Sub", maps, mean)
        # ReduceSumSquare takes twice the time of these two.
        squared = self.node("Mul", centered, centered)
        of_rows = self.node("ReduceMean", squared, self.integers(3), keepdims=1)
        variance = self.node("ReduceMean", of_rows, self.integers(2), keepdims=1)
        above_zero = self.node("Add", variance, self.number(epsilon))
        return centered, mean, self.node("Pow", above_zero, self.number(-0.5))

    def column(self, values: str, column: int, sizes: Sequence[int]) -> tuple[str, ...]:
        """A column of (K, n) values, split into one (1, C, 1, 1) for each layer of C channels."""
        return self.dealt(self.node("Gather", values, self.integers(column), axis=1), sizes)

    def dealt(self, values: str, sizes: Sequence[int]) -> tuple[str, ...]:
        """K values, split into one (1, C, 1, 1) for each layer of C channels."""
        row = self.node("Reshape", values, self.integers(1, -1, 1, 1))
        return self.split(row, sizes, axis=1)

    def reflected(self, maps: str, around: int) -> str:
        """Maps padded by reflection."""
        pads = self.integers(0, 0, around, around, 0, 0, around, around)
        return self.node("Pad", maps, pads, mode="reflect")

    def shuffled(self, maps: str, channels: int, side: int) -> str:
        """Maps ``side`` times as high and wide, in the order of torch's pixel shuffle.

        A transposed convolution that only moves values: a third of the time of DepthToSpace.
        """
        places = np.eye(side * side, dtype=np.float32).reshape(-1, 1, side, side)
        kernel = self.constant(np.tile(places, (channels, 1, 1, 1)))
        attributes = {"kernel_shape": [side] * 2, "strides": [side] * 2, "group": channels}
        return self.node("ConvTranspose", maps, kernel, **attributes)

    def doubled(self, maps: str) -> str:
        """Maps twice as high and wide, with each pixel repeated four times."""
        return self.node(
            "Resize",
            maps,
            "",
            self.constant(np.array([1, 1, 2, 2], np.float32)),
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        )

    def statistics_out(self, means: Sequence[str], inverses: Sequence[str], channels: int) -> None:
        """Declare the output of the statistics of all layers, (batch, channels, 2)."""
        both = self.side_by_side(means, inverses)
        self.output(both, "statistics_out", ["batch", channels, 2])

    def side_by_side(self, means: Sequence[str], inverses: Sequence[str]) -> str:
        """Two values of each channel of all layers, (batch, C, 1, 1) each: (batch, channels, 2)."""
        columns = [self.node("Concat", *each, axis=1) for each in (means, inverses)]
        both = self.node("Concat", *columns, axis=3)
        return self.node("Squeeze", both, self.integers(2))

    def gives(self, value: str) -> None:
        """Declare the result of a branch."""
        self._outputs.append(helper.make_tensor_value_info(value, TensorProto.FLOAT, None))

    def choice(self, condition: str, then: Graph, otherwise: Graph) -> list[str]:
        """Add a condition on two branches with equally many results; only one is computed."""
        branches = {"then_branch": then._branch("then"), "else_branch": otherwise._branch("else")}
        first = f"{self._prefix}if_{len(self._nodes)}"
        names = [f"{first}_{number}" for number in range(len(then._outputs))]
        self._nodes.append(helper.make_node("If", [condition], names, **branches))
        return names

    def _branch(self, name: str) -> onnx.GraphProto:
        return helper.make_graph(self._nodes, name, [], self._outputs, self._constants)

    def model(self, metadata: Mapping[str, str]) -> bytes:
        """The finished file, checked.

        Args:
            metadata: The metadata of the file, text by key.
        """
        graph = helper.make_graph(
            self._nodes, "impasto", self._inputs, self._outputs, self._constants
        )
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(
            graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="impasto"
        )
        helper.set_model_props(model, {name: shown(text) for name, text in metadata.items()})
        onnx.checker.check_model(model, full_check=True)
        serialized: bytes = model.SerializeToString()
        return serialized
