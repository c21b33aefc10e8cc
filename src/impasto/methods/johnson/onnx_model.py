"""The style network as a graph for onnxruntime."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from impasto.methods.johnson.network import OVERSHOOT, Ends, StyleNetwork
from impasto.methods.johnson.transformer import StyledTransformer, Transformer, pairs
from impasto.networks.onnx_graph import Graph
from impasto.nn.blocks import (
    EPSILON,
    ConditionalInstanceNorm,
    ResidualBlock,
    doubling_phases,
)

Floats = NDArray[np.float32]


def onnx_model(network: StyleNetwork | StyledTransformer, metadata: Mapping[str, str]) -> bytes:
    """The network as an ONNX file.

    Inputs: ``image`` (batch, 3, height, width), sRGB in [0, 1], with sides that are multiples of
    ``network.multiple`` and at least :data:`~impasto.methods.johnson.transformer.LEAST`; ``style``
    (styles,), the weight of each; ``statistics`` (K, 2), mean and 1/standard deviation of each of
    the K normalized channels, used instead of the image's own if ``given`` () is 1. Outputs:
    ``stylized``, like the image; ``statistics_out`` (batch, K, 2), the image's own.

    Args:
        network: With any layout.
        metadata: Text by key, stored in the file.
    """
    return _model(network, metadata, blending=True)


def one_style_model(network: StyledTransformer, metadata: Mapping[str, str]) -> bytes:
    """A network with one style as an ONNX file without the input ``style``."""
    return _model(network, metadata, blending=False)


def _model(
    network: StyleNetwork | StyledTransformer, metadata: Mapping[str, str], *, blending: bool
) -> bytes:
    graph, (widths, table) = Graph(), _norms(network)
    sides: list[int | str] = ["batch", 3, "height", "width"]
    image = graph.input("image", sides)
    shares = [graph.input("style", [network.styles])] if blending else []
    graph.input("statistics", [sum(widths), 2])
    graph.input("given", [])
    transformer = network.transformer if isinstance(network, StyledTransformer) else None
    if blending and transformer:
        shares.append(_within(graph, *shares))
    first = sum(widths) - (transformer.coloring if transformer else 0)
    mixed = []
    for name, parameters in table.items():
        values = graph.constant(parameters if blending else parameters[0], name)
        blend, *within = [graph.node("MatMul", each, values) for each in shares] or [values]
        if within:
            colors = graph.constant(np.arange(sum(widths)) >= first)
            blend = graph.node("Where", colors, *within, blend)
        mixed.append(graph.dealt(blend, widths))
    moves = {}
    if isinstance(network, StyledTransformer) and network.own:
        moves = _moves(graph, network, shares[-1])
    styled = StyledGraph(graph, network, widths, mixed, moves)
    if isinstance(network, StyledTransformer):
        stylized = transformed(styled, network.transformer, image)
    else:
        stylized = _painted(styled, network, image)
    graph.output(stylized, "stylized", sides)
    graph.statistics_out(styled.means, styled.inverses, sum(widths))
    return graph.model(metadata)


def _within(graph: Graph, shares: str) -> str:
    """Shares of styles that do not go beyond them, as in :class:`StyledTransformer`."""
    positive = graph.node("Relu", shares)
    return graph.node("Div", positive, graph.node("ReduceSum", positive))


def _moves(graph: Graph, network: StyledTransformer, shares: str) -> dict[str, str]:
    """What the styles' own weights add to each shared parameter, by the parameter's name.

    They are kept in float16.
    """
    parameters = dict(network.transformer.named_parameters(prefix="transformer"))
    parts = []
    for number, values in network.own.items():
        kept = graph.constant(_array(values).astype(np.float16), f"own.{number}")
        share = graph.node("Gather", shares, graph.integers(int(number)))
        parts.append(graph.node("Mul", share, graph.node("Cast", kept, to=1)))
    total = functools.reduce(functools.partial(graph.node, "Add"), parts)
    split = graph.split(total, [each.numel() for each in parameters.values()], axis=0)
    return {
        name: graph.node("Reshape", part, graph.integers(*each.shape))
        for (name, each), part in zip(parameters.items(), split, strict=True)
    }


class StyledGraph:
    """Convolutions and normalizations of a network, with the position of the next normalization.

    Every node adds to the time of opening the file, so scales, shifts and statistics are computed
    for all normalizations at once and then split.

    Args:
        graph: The graph for the nodes; it, or its parent, has the inputs ``statistics`` and
            ``given``.
        network: Names the parameters.
        widths: Channels of the normalizations, in order.
        styled: Scales and shifts, one (1, C, 1, 1) for each normalization.
        moves: Values to add to parameters, by name.
    """

    def __init__(
        self,
        graph: Graph,
        network: nn.Module,
        widths: Sequence[int],
        styled: Sequence[Sequence[str]],
        moves: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.graph, self.styled, self.moves = graph, styled, moves
        self.names = {id(each): name for name, each in network.named_parameters()}
        self.is_given = graph.node("Greater", "given", graph.number(0.5))
        self.given = [graph.column("statistics", column, widths) for column in (0, 1)]
        self.means: list[str] = []  # each layer's own statistics, (batch, C, 1, 1)
        self.inverses: list[str] = []

    def conv(self, maps: str, conv: nn.Module, weight: Floats | None = None) -> str:
        """Convolve, with ``weight`` instead of the convolution's own if given."""
        assert isinstance(conv, nn.Conv2d)
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

    def at_full_size(self, maps: str, conv: nn.Module) -> str:
        """Convolve large maps of even sides to few channels, 2x2 pixels at a time.

        onnxruntime always computes at least sixteen channels. So the channels of four pixels are
        computed together, by a larger kernel that holds the kernel at four places. This can take a
        third of the time.
        """
        graph = self.graph
        assert isinstance(conv, nn.Conv2d)
        assert conv.bias is not None
        out, inner, side = conv.weight.shape[:3]
        kernel = self._parameter(conv.weight)
        apart = graph.integers(out, 1, inner, side + 1, side + 1)
        parts = []
        for down, right in itertools.product((0, 1), repeat=2):
            around = graph.integers(0, 0, down, right, 0, 0, 1 - down, 1 - right)
            placed = graph.node("Pad", kernel, around)
            parts.append(graph.node("Reshape", placed, apart))
        shape = graph.integers(4 * out, inner, side + 1, side + 1)
        weight = graph.node("Reshape", graph.node("Concat", *parts, axis=1), shape)
        bias = graph.node("Gather", self._parameter(conv.bias), graph.integers(*_fourfold(out)))
        wide = graph.reflected(maps, side // 2)
        attributes = {"kernel_shape": [side + 1] * 2, "strides": [2, 2]}
        return graph.shuffled(graph.node("Conv", wide, weight, bias, **attributes), out, 2)

    def doubled(self, maps: str, conv: nn.Module, *, smooth: bool) -> str:
        """Double the sides of maps and convolve."""
        graph = self.graph
        if not smooth:
            return self.conv(graph.doubled(maps), conv)
        assert isinstance(conv, nn.Conv2d)
        assert conv.bias is not None
        # Like impasto.nn.blocks.doubling_kernel, computed once by onnxruntime.
        out, inner = conv.weight.shape[:2]
        kernels = graph.node("Reshape", self._parameter(conv.weight), graph.integers(-1, 9))
        phases = graph.node("MatMul", kernels, graph.constant(_array(doubling_phases())))
        apart = graph.node("Reshape", phases, graph.integers(out, inner, 4, 9))
        turned = graph.node("Transpose", apart, perm=[0, 2, 1, 3])
        weight = graph.node("Reshape", turned, graph.integers(4 * out, inner, 3, 3))
        bias = graph.node("Gather", self._parameter(conv.bias), graph.integers(*_fourfold(out)))
        four = graph.node("Conv", graph.reflected(maps, 1), weight, bias, kernel_shape=[3, 3])
        return graph.shuffled(four, out, 2)

    def norm(self, maps: str) -> str:
        """Normalize each map to the style's scale and shift."""
        graph, place = self.graph, len(self.means)
        centered, *own = graph.own_statistics(maps, EPSILON)
        self.means.append(own[0])
        self.inverses.append(own[1])
        mean, inverse = (
            graph.node("Where", self.is_given, given[place], each)
            for given, each in zip(self.given, own, strict=True)
        )
        gamma, beta = (each[place] for each in self.styled)
        scale = graph.node("Mul", gamma, inverse)
        offset = graph.node("Sub", own[0], mean)
        shift = graph.node("Add", beta, graph.node("Mul", offset, scale))
        return graph.node("Add", graph.node("Mul", centered, scale), shift)

    def added(self, maps: str, block: tuple[nn.Module, nn.Module]) -> str:
        """Maps plus the output of the two convolutions of a residual block."""
        inner = self.relu(self.norm(self.conv(maps, block[0])))
        return self.graph.node("Add", maps, self.norm(self.conv(inner, block[1])))

    def relu(self, maps: str) -> str:
        """Rectify."""
        return self.graph.node("Relu", maps)

    def _parameter(self, parameter: Tensor, values: Floats | None = None) -> str:
        # Under its own name, which is needed to read the network back.
        kept, name = _array(parameter) if values is None else values, self.names[id(parameter)]
        shared = self.graph.constant(kept, name)
        return self.graph.node("Add", shared, self.moves[name]) if self.moves else shared


def transformed(styled: StyledGraph, network: Transformer, image: str) -> str:
    """An image stylized by a transformer."""
    maps, graph = image, styled.graph
    for number, conv in enumerate(network.contract):
        maps = styled.relu(styled.conv(maps, conv) if number else styled.at_full_size(maps, conv))
    if network.coarse:
        down, *blocks, up = network.coarse
        large = styled.relu(styled.conv(maps, down))
        for block in pairs(blocks):
            large = styled.added(large, block)
        maps = graph.node("Add", maps, styled.doubled(large, up, smooth=network.smooth))
    for block in pairs(network.residual):
        maps = styled.added(maps, block)
    for conv in network.expand[:2]:
        maps = styled.relu(styled.norm(styled.doubled(maps, conv, smooth=network.smooth)))
    return graph.node("Sigmoid", styled.norm(styled.at_full_size(maps, network.expand[2])))


def _painted(styled: StyledGraph, network: StyleNetwork, image: str) -> str:
    graph, ends = styled.graph, network.ends
    maps = graph.reflected(image, ends.margin)
    if ends.fold > 1:
        maps = graph.node("SpaceToDepth", maps, blocksize=ends.fold)
    # ONNX and torch fold squares of pixels into channels in different orders.
    first = regrouped(_array(network.conv1.weight), 3, ends.fold**2)
    fine = styled.relu(styled.norm(styled.conv(maps, network.conv1, first)))
    middle = styled.relu(styled.norm(styled.conv(fine, network.conv2)))
    maps = styled.relu(styled.norm(styled.conv(middle, network.conv3)))
    for block in network.blocks:
        assert isinstance(block, ResidualBlock)
        maps = styled.added(maps, (block.conv1, block.conv2))
    for conv, encoded in ((network.conv4, middle), (network.conv5, fine)):
        maps = styled.conv(graph.doubled(maps), conv)
        maps = graph.node("Add", maps, encoded) if ends.skips else maps
        maps = styled.relu(styled.norm(maps))
    return _colored(graph, styled.conv(maps, network.conv6), ends)


def _fourfold(channels: int) -> list[int]:
    return [channel for channel in range(channels) for _ in range(4)]


def _colored(graph: Graph, maps: str, ends: Ends) -> str:
    cut = ends.margin // ends.fold
    first, last, axes = graph.integers(cut, cut), graph.integers(-cut, -cut), graph.integers(2, 3)
    maps = graph.node("Slice", maps, first, last, axes)
    if ends.fold > 1:
        maps = graph.shuffled(maps, 3, ends.fold)
    waves = graph.node("Mul", graph.node("Tanh", maps), graph.number(0.5 * OVERSHOOT))
    shifted = graph.node("Add", waves, graph.number(0.5))
    return graph.node("Clip", shifted, graph.number(0), graph.number(1))


def _norms(network: StyleNetwork | StyledTransformer) -> tuple[list[int], dict[str, Floats]]:
    """Channels of the normalizations, and the scales and shifts of all, (styles, K)."""
    if isinstance(network, StyledTransformer):
        table = {name: _array(network.table[name]) for name in ("gamma", "beta")}
        return network.transformer.norms, table
    norms = norms_of(network)
    return [each.gamma.shape[1] for each in norms], affine(norms)


def norms_of(network: StyleNetwork) -> list[ConditionalInstanceNorm]:
    """The normalizations, in order."""
    inner: list[ConditionalInstanceNorm] = []
    for block in network.blocks:
        assert isinstance(block, ResidualBlock)
        inner += block.norm1, block.norm2
    return [network.norm1, network.norm2, network.norm3, *inner, network.norm4, network.norm5]


def affine(norms: Sequence[ConditionalInstanceNorm]) -> dict[str, Floats]:
    """Scales and shifts of all normalizations side by side, (styles, K), as stored in the file."""
    return {
        name: np.concatenate([_array(getattr(each, name)) for each in norms], axis=1)
        for name in ("gamma", "beta")
    }


def regrouped(weight: Floats, groups: int, members: int) -> Floats:
    """Reorder a convolution's inputs, (out, groups x members, ...) to (out, members x groups, ...).

    Exchange the two numbers for the reverse.
    """
    parted = weight.reshape(len(weight), groups, members, *weight.shape[2:])
    return parted.swapaxes(1, 2).reshape(weight.shape)


def parameters_in(
    arrays: Mapping[str, NDArray[np.generic]], network: StyleNetwork | StyledTransformer
) -> dict[str, Tensor]:
    """The parameters of a network by name, from the arrays of its file."""
    if isinstance(network, StyledTransformer):
        places = {f"table.{name}": name for name in ("gamma", "beta")}
        names_of = {name: places.get(name, name) for name, _ in network.named_parameters()}
        return {name: torch.from_numpy(np.array(arrays[at])).float()
                for name, at in names_of.items()}  # fmt: skip
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
