"""An ONNX graph under construction."""

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
"""Old enough for every onnxruntime since 1.16."""


class Graph:
    """Nodes and constants, called like functions: each gives the name of its result.

    Written by hand rather than traced: the file then holds the operations that are quickest in
    onnxruntime, inputs that the module does not have (statistics), and nothing else.

    Args:
        prefix: Begins the names of results and constants; a branch of another graph, which sees
            that one's, needs names of its own.
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
        """Give a value to the outside, under a name."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def constant(self, values: NDArray[Any], name: str = "") -> str:
        """Keep values in the file, under a name by which they may be read again."""
        name = name or f"{self._prefix}constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def integers(self, *values: int) -> str:
        """Keep whole numbers in the file, as a vector."""
        return self.constant(np.array(values, np.int64))

    def number(self, value: float) -> str:
        """Keep a number in the file."""
        return self.constant(np.array(value, np.float32))

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operation of one result."""
        name = f"{self._prefix}{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def split(self, value: str, sizes: Sequence[int], *, axis: int) -> tuple[str, ...]:
        """Cut a value into parts of some sizes."""
        first = f"{self._prefix}split_{len(self._nodes)}"
        names = [f"{first}_{number}" for number in range(len(sizes))]
        parts = [value, self.integers(*sizes)]
        self._nodes.append(helper.make_node("Split", parts, names, axis=axis))
        return tuple(names)

    def gives(self, value: str) -> None:
        """Declare the result of a branch."""
        self._outputs.append(helper.make_tensor_value_info(value, TensorProto.FLOAT, None))

    def choice(self, condition: str, then: Graph, otherwise: Graph) -> str:
        """Go on with one of two branches of one result each; only that one is worked out."""
        branches = {"then_branch": then._branch("then"), "else_branch": otherwise._branch("else")}
        return self.node("If", condition, **branches)

    def _branch(self, name: str) -> onnx.GraphProto:
        return helper.make_graph(self._nodes, name, [], self._outputs, self._constants)

    def model(self, metadata: Mapping[str, str]) -> bytes:
        """The finished file, checked.

        Args:
            metadata: What the file says about itself, text by key.
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
