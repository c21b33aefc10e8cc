"""The any-style network's predictor as torch: one can learn by it."""

from __future__ import annotations

from typing import Any, Final

import onnx
import torch
import torch.nn.functional as F
from jaxtyping import Float
from onnx import numpy_helper
from torch import Tensor, nn

from impasto.networks.resolve import located
from impasto.options.apply import ANY_STYLE

SEEN: Final = 256
"""Sides in pixels of the pictures that the predictor was published for."""

LEAST_SEEN: Final = 64
"""Sides below which its last maps have no place left."""


class CodePredictor(nn.Module):
    """The 100 numbers by which the bundled any-style network knows a style.

    Ghiasi et al. 2017, section 3: a MobileNet's last maps, averaged over the picture.
    """

    def __init__(self) -> None:
        super().__init__()
        graph = onnx.load(located(ANY_STYLE).path).graph
        branch = next(
            each.g for node in graph.node for each in node.attribute if each.name == "else_branch"
        )
        self.nodes = branch.node
        constants = [*graph.initializer, *branch.initializer]
        self.places = {each.name: f"constant{place}" for place, each in enumerate(constants)}
        for each in constants:
            values = torch.from_numpy(numpy_helper.to_array(each).copy())
            self.register_buffer(self.places[each.name], values)

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 100"]:
        """The codes of images, sRGB in [0, 1]; SEEN pixels wide and high as published."""
        values = {name: self.get_buffer(place) for name, place in self.places.items()}
        values["image"] = images
        for node in self.nodes:
            given = [values[name] for name in node.input]
            if node.op_type == "Reshape":
                return given[0].flatten(1)
            values[node.output[0]] = _done(node, given)
        raise AssertionError("the graph of the any-style network has changed")


def _done(node: onnx.NodeProto, given: list[Tensor]) -> Tensor:
    match node.op_type:
        case "Cast":
            return given[0].float()
        case "Clip":
            return given[0].clamp(float(given[1]), float(given[2]))
        case "Add":
            return given[0] + given[1]
        case "GlobalAveragePool":
            return given[0].mean((2, 3), keepdim=True)
        case "Conv":
            facts: dict[str, Any] = {each.name: each.i or [*each.ints] for each in node.attribute}
            top, left, bottom, right = facts["pads"]
            maps = F.pad(given[0], (left, right, top, bottom))
            weight, bias = given[1:]
            return F.conv2d(maps, weight, bias, facts["strides"], groups=facts["group"])
    raise AssertionError(node.op_type)
