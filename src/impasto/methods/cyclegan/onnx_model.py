"""A generator as a graph for onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from impasto.methods.cyclegan.network import Generator
from impasto.methods.johnson.onnx_model import one_style_model
from impasto.methods.johnson.transformer import StyledTransformer
from impasto.networks.onnx_graph import Graph
from impasto.nn.blocks import EPSILON, blurred_kernel, doubling_kernel

Floats = NDArray[np.float32]


def onnx_model(network: Generator | StyledTransformer, metadata: Mapping[str, str]) -> bytes:
    """The generator as an ONNX file.

    Inputs: ``image`` (batch, 3, height, width), sRGB in [0, 1], with sides that are multiples of
    `generator.MULTIPLE` and at least `generator.LEAST`; ``statistics`` (K, 2), mean and 1/standard
    deviation of each of the K normalized channels, used instead of the image's own if ``given`` ()
    is 1. Outputs: ``stylized``, like the image; ``statistics_out`` (batch, K, 2), the image's own.
    Channels are in the order of the layers.

    Args:
        network: With any resampling, or a style network with one style.
        metadata: Text by key, stored in the file.
    """
    if isinstance(network, StyledTransformer):
        return one_style_model(network, metadata)
    return _Writer(network).model(metadata)


class _Writer:
    """The graph, with the place of the next normalization."""

    def __init__(self, network: Generator) -> None:
        self.network = network
        self.graph = Graph()
        self.smooth = network.resampling == "smooth"
        self.means: list[str] = []  # each layer's own statistics, (batch, C, 1, 1)
        self.inverses: list[str] = []

    def model(self, metadata: Mapping[str, str]) -> bytes:
        graph = self.graph
        widths = [each.out_channels for each in self.network.normalized]
        sides: list[int | str] = ["batch", 3, "height", "width"]
        image = graph.input("image", sides)
        statistics = graph.input("statistics", [sum(widths), 2])
        self.is_given = graph.node("Greater", graph.input("given", []), graph.number(0.5))
        self.given = [graph.column(statistics, column, widths) for column in (0, 1)]
        graph.output(self._translated(image), "stylized", sides)
        graph.statistics_out(self.means, self.inverses, sum(widths))
        return graph.model(metadata)

    def _translated(self, image: str) -> str:
        graph, network = self.graph, self.network
        doubled = graph.node("Mul", image, graph.number(2))
        maps = graph.node("Sub", doubled, graph.number(1))
        maps = self._relu(self._norm(self._mirrored(maps, network.conv1, 3)))
        for conv in (network.conv2, network.conv3):
            maps = self._relu(self._norm(self._halved(maps, conv)))
        for pair in network.pairs:
            inner = self._relu(self._norm(self._mirrored(maps, pair["conv1"], 1)))
            found = self._norm(self._mirrored(inner, pair["conv2"], 1))
            maps = graph.node("Add", maps, found)
        for up in (network.conv4, network.conv5):
            maps = self._relu(self._norm(self._doubled(maps, up)))
        waves = graph.node("Tanh", self._mirrored(maps, network.conv6, 3))
        if network.residual:
            added = graph.node("Add", image, waves)
            return graph.node("Clip", added, graph.number(0), graph.number(1))
        half = graph.node("Mul", waves, graph.number(0.5))
        return graph.node("Add", half, graph.number(0.5))

    def _halved(self, maps: str, conv: nn.Conv2d) -> str:
        if not self.smooth:
            return self._mirrored(maps, conv, 1)
        return self._convolved(maps, blurred_kernel(conv.weight), conv.bias, 2, stride=2)

    def _doubled(self, maps: str, conv: nn.Conv2d | nn.ConvTranspose2d) -> str:
        assert conv.bias is not None
        if self.smooth:
            bias = conv.bias.repeat_interleave(4)
            four = self._convolved(maps, doubling_kernel(conv.weight), bias, 1)
            return self.graph.shuffled(four, conv.out_channels, 2)
        return self.graph.node(
            "ConvTranspose",
            maps,
            self.graph.constant(_array(conv.weight)),
            self.graph.constant(_array(conv.bias)),
            kernel_shape=[3, 3],
            strides=[2, 2],
            pads=[1, 1, 1, 1],
            output_padding=[1, 1],
        )

    def _mirrored(self, maps: str, conv: nn.Conv2d, around: int) -> str:
        return self._convolved(maps, conv.weight, conv.bias, around, stride=conv.stride[0])

    def _convolved(
        self, maps: str, weight: Tensor, bias: Tensor | None, around: int, stride: int = 1
    ) -> str:
        assert bias is not None
        graph = self.graph
        return graph.node(
            "Conv",
            graph.reflected(maps, around),
            graph.constant(_array(weight)),
            graph.constant(_array(bias)),
            kernel_shape=list(weight.shape[2:]),
            strides=[stride, stride],
        )

    def _norm(self, maps: str) -> str:
        graph, place = self.graph, len(self.means)
        centered, *own = graph.own_statistics(maps, EPSILON)
        self.means.append(own[0])
        self.inverses.append(own[1])
        mean, inverse = (
            graph.node("Where", self.is_given, given[place], each)
            for given, each in zip(self.given, own, strict=True)
        )
        # Centered twice, for precision: by its own mean, which is large, then by the rest.
        shifted = graph.node("Add", centered, graph.node("Sub", own[0], mean))
        return graph.node("Mul", shifted, inverse)

    def _relu(self, maps: str) -> str:
        return self.graph.node("Relu", maps)


@torch.no_grad()
def _array(values: Tensor) -> Floats:
    floats: Floats = values.detach().cpu().float().numpy()
    return floats
