"""The style network as a graph for onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from impasto.methods.johnson.network import OVERSHOOT, StyleNetwork
from impasto.networks.onnx_graph import Graph
from impasto.nn.blocks import EPSILON, ConditionalInstanceNorm, ResidualBlock

Floats = NDArray[np.float32]


def onnx_model(network: StyleNetwork, metadata: Mapping[str, str]) -> bytes:
    """The network as an ONNX file.

    Inputs: ``image`` (batch, 3, height, width), sRGB in [0, 1], with sides that are multiples of
    ``network.multiple`` and at least :data:`~impasto.methods.johnson.network.LEAST`; ``style``
    (styles,), the share of each; ``statistics`` (K, 2), mean and 1/standard deviation of each of
    the K normalized channels, used in place of the image's own where ``given`` () is 1.
    Outputs: ``stylized``, like the image; ``statistics_out`` (batch, K, 2), the image's own.

    Args:
        network: Of either layout.
        metadata: Text by key, kept in the file.
    """
    return _Writer(network).model(metadata)


class _Writer:
    """The graph, with the place of the next normalization.

    Opening a file takes onnxruntime time for every node, so what the normalizations need of style
    and statistics is computed for all of them at once and then split.
    """

    def __init__(self, network: StyleNetwork) -> None:
        self.network = network
        self.graph = Graph()
        self.norms = norms_of(network)
        self.widths = [each.gamma.shape[1] for each in self.norms]
        self.names = {id(each): name for name, each in network.named_parameters()}
        self.means: list[str] = []  # each layer's own statistics, (batch, C, 1, 1)
        self.inverses: list[str] = []

    def model(self, metadata: Mapping[str, str]) -> bytes:
        graph, channels = self.graph, sum(self.widths)
        sides: list[int | str] = ["batch", 3, "height", "width"]
        image = graph.input("image", sides)
        style = graph.input("style", [self.network.styles])
        statistics = graph.input("statistics", [channels, 2])
        self.is_given = graph.node("Greater", graph.input("given", []), graph.number(0.5))
        self.given = [graph.column(statistics, column, self.widths) for column in (0, 1)]
        self.styled = [
            graph.dealt(graph.node("MatMul", style, graph.constant(parameters, name)), self.widths)
            for name, parameters in affine(self.norms).items()
        ]
        graph.output(self._painted(image), "stylized", sides)
        graph.statistics_out(self.means, self.inverses, channels)
        return graph.model(metadata)

    def _painted(self, image: str) -> str:
        graph, network, ends = self.graph, self.network, self.network.ends
        maps = graph.reflected(image, ends.margin)
        if ends.fold > 1:
            maps = graph.node("SpaceToDepth", maps, blocksize=ends.fold)
        fine = self._relu(self._norm(self._first(maps), network.norm1))
        middle = self._relu(self._norm(self._conv(fine, network.conv2), network.norm2))
        maps = self._relu(self._norm(self._conv(middle, network.conv3), network.norm3))
        for block in network.blocks:
            assert isinstance(block, ResidualBlock)
            maps = self._block(maps, block)
        maps = self._with_skip(self._conv(graph.doubled(maps), network.conv4), middle)
        maps = self._relu(self._norm(maps, network.norm4))
        maps = self._with_skip(self._conv(graph.doubled(maps), network.conv5), fine)
        maps = self._relu(self._norm(maps, network.norm5))
        return self._colored(self._conv(maps, network.conv6))

    def _colored(self, maps: str) -> str:
        graph, ends = self.graph, self.network.ends
        cut = ends.margin // ends.fold
        maps = graph.node(
            "Slice",
            maps,
            graph.integers(cut, cut),
            graph.integers(-cut, -cut),
            graph.integers(2, 3),
        )
        if ends.fold > 1:
            maps = graph.node("DepthToSpace", maps, blocksize=ends.fold, mode="CRD")
        waves = graph.node("Mul", graph.node("Tanh", maps), graph.number(0.5 * OVERSHOOT))
        shifted = graph.node("Add", waves, graph.number(0.5))
        return graph.node("Clip", shifted, graph.number(0), graph.number(1))

    def _first(self, maps: str) -> str:
        # ONNX and torch fold squares of pixels into channels in different orders.
        conv, places = self.network.conv1, self.network.ends.fold**2
        return self._conv(maps, conv, regrouped(_array(conv.weight), 3, places))

    def _conv(self, maps: str, conv: nn.Conv2d, weight: Floats | None = None) -> str:
        around = conv.kernel_size[0] // 2
        if conv.padding_mode == "reflect":
            maps, around = self.graph.reflected(maps, around), 0
        assert conv.bias is not None
        return self.graph.node(
            "Conv",
            maps,
            self._parameter(conv.weight, weight),
            self._parameter(conv.bias),
            kernel_shape=list(conv.kernel_size),
            strides=list(conv.stride),
            pads=[around] * 4,
        )

    def _block(self, maps: str, block: ResidualBlock) -> str:
        inner = self._relu(self._norm(self._conv(maps, block.conv1), block.norm1))
        return self.graph.node("Add", maps, self._norm(self._conv(inner, block.conv2), block.norm2))

    def _norm(self, maps: str, norm: ConditionalInstanceNorm) -> str:
        """Bring each map to the style's scale and shift."""
        graph, place = self.graph, len(self.means)
        assert self.norms[place] is norm
        centered, *own = self._own_statistics(maps)
        mean, inverse = (
            graph.node("Where", self.is_given, given[place], each)
            for given, each in zip(self.given, own, strict=True)
        )
        gamma, beta = (each[place] for each in self.styled)
        scale = graph.node("Mul", gamma, inverse)
        offset = graph.node("Sub", own[0], mean)
        shift = graph.node("Add", beta, graph.node("Mul", offset, scale))
        return graph.node("Add", graph.node("Mul", centered, scale), shift)

    def _own_statistics(self, maps: str) -> tuple[str, str, str]:
        """The maps less their means; mean and 1/standard deviation of each, (batch, C, 1, 1)."""
        graph, axes = self.graph, self.graph.integers(2, 3)
        # As Graph.own_statistics, but the squares are added up at once.
        rows = graph.node("ReduceMean", maps, graph.integers(3), keepdims=1)
        mean = graph.node("ReduceMean", rows, graph.integers(2), keepdims=1)
        centered = graph.node("Sub", maps, mean)
        squares = graph.node("ReduceSumSquare", centered, axes, keepdims=1)
        inverse = graph.inverse_deviation(maps, squares, EPSILON)
        self.means.append(mean)
        self.inverses.append(inverse)
        return centered, mean, inverse

    def _with_skip(self, maps: str, encoded: str) -> str:
        return self.graph.node("Add", maps, encoded) if self.network.ends.skips else maps

    def _parameter(self, parameter: Tensor, values: Floats | None = None) -> str:
        # Under its own name, which is needed to read the network from the file again.
        kept = _array(parameter) if values is None else values
        return self.graph.constant(kept, self.names[id(parameter)])

    def _relu(self, maps: str) -> str:
        return self.graph.node("Relu", maps)


def norms_of(network: StyleNetwork) -> list[ConditionalInstanceNorm]:
    """The normalizations in the order an image passes them."""
    inner: list[ConditionalInstanceNorm] = []
    for block in network.blocks:
        assert isinstance(block, ResidualBlock)
        inner += block.norm1, block.norm2
    return [network.norm1, network.norm2, network.norm3, *inner, network.norm4, network.norm5]


def affine(norms: Sequence[ConditionalInstanceNorm]) -> dict[str, Floats]:
    """Scales and shifts of all normalizations side by side, (styles, K), as the file keeps them."""
    return {
        name: np.concatenate([_array(getattr(each, name)) for each in norms], axis=1)
        for name in ("gamma", "beta")
    }


def regrouped(weight: Floats, groups: int, members: int) -> Floats:
    """Reorder a convolution's inputs, (out, groups x members, ...) to (out, members x groups, ...).

    The reverse is the same with the two numbers exchanged.
    """
    parted = weight.reshape(len(weight), groups, members, *weight.shape[2:])
    return parted.swapaxes(1, 2).reshape(weight.shape)


def parameters_in(
    arrays: Mapping[str, NDArray[np.generic]], network: StyleNetwork
) -> dict[str, Tensor]:
    """The parameters of a network by name, from the arrays of its file."""
    names = {id(each): name for name, each in network.named_parameters()}
    found: dict[str, NDArray[Any]] = {
        name: arrays[name] for name in names.values() if name in arrays
    }
    found["conv1.weight"] = regrouped(found["conv1.weight"], network.ends.fold**2, 3)
    norms = norms_of(network)
    ends = np.cumsum([each.gamma.shape[1] for each in norms])[:-1]
    for kind in ("gamma", "beta"):
        for norm, part in zip(norms, np.split(arrays[kind], ends, axis=1), strict=True):
            found[names[id(getattr(norm, kind))]] = part
    return {name: torch.from_numpy(np.array(each)) for name, each in found.items()}


def _array(values: Tensor) -> Floats:
    floats: Floats = values.detach().cpu().float().numpy()
    return floats
