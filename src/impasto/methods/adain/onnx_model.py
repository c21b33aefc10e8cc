"""The any-style network as a graph for onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import nn

from impasto.methods.adain.network import DEEPEST, AnyStyleNetwork, below
from impasto.networks.onnx_graph import Graph
from impasto.nn.style import VARIANCE_FLOOR


def onnx_model(network: AnyStyleNetwork, metadata: Mapping[str, str]) -> bytes:
    """The network as an ONNX file, with weights in half precision, expanded when it is opened.

    Inputs: ``image`` (batch, 3, height, width), sRGB in [0, 1], with sides that are multiples of
    ``network.multiple`` and at least 32; ``style`` (K, 3), of each of the K channels of a code the
    mean, the standard deviation and how far to go there (alpha); ``statistics`` (K, 2), mean and
    1/standard deviation of the photograph's, used instead of the image's own if ``given`` () is 1;
    ``paint`` (), 0 if only statistics are needed. Outputs: ``stylized``, like the image, empty if
    ``paint`` is 0; ``statistics_out`` (batch, K, 2), the image's own.

    The decoder is a branch of the graph: one file and one session encode styles and paint.

    Args:
        network: The network.
        metadata: Text by key, stored in the file.
    """
    return _Writer(network).model(metadata)


class _Writer:
    """The graph, and its branch that paints."""

    def __init__(self, network: AnyStyleNetwork) -> None:
        self.network = network
        self.graph = Graph()
        self.names = {id(each): name for name, each in network.named_parameters()}

    def model(self, metadata: Mapping[str, str]) -> bytes:
        graph, channels = self.graph, self.network.channels
        image = graph.input("image", ["batch", 3, "height", "width"])
        graph.input("style", ["channels", 3])
        graph.input("statistics", [channels, 2])
        graph.input("given", [])
        paint = graph.node("Greater", graph.input("paint", []), graph.number(0.5))
        maps = self._encoded(image)
        own = {
            name: graph.own_statistics(maps[name], VARIANCE_FLOOR) for name in self.network.layers
        }
        [stylized] = graph.choice(paint, self._painted(own), self._nothing())
        graph.output(stylized, "stylized", ["batch", 3, "painted_height", "painted_width"])
        found = [own[name] for name in self.network.layers]
        means, inverses = [mean for _, mean, _ in found], [inverse for *_, inverse in found]
        graph.statistics_out(means, inverses, channels)
        return graph.model(metadata)

    def _encoded(self, maps: str) -> dict[str, str]:
        graph, encoder, found = self.graph, self.network.encoder, dict[str, str]()
        if encoder.plan.fold > 1:
            maps = graph.node("SpaceToDepth", maps, blocksize=encoder.plan.fold)
        pool = "AveragePool" if encoder.pooling == "average" else "MaxPool"
        for name, conv in encoder.convs.items():
            if name.endswith("_1") and found:
                maps = graph.node(pool, maps, kernel_shape=[2, 2], strides=[2, 2])
            regrouped = encoder.plan.fold**2 if not found else 1
            maps = graph.node("Relu", self._conv(graph, maps, conv, regrouped))
            if name.endswith("_1"):
                found[name.replace("conv", "relu")] = maps
        return found

    def _painted(self, own: Mapping[str, tuple[str, str, str]]) -> Graph:
        branch, decoder = Graph("paint/"), self.network.decoder
        styled, wanted = self._styled(branch, own)
        conditions = self._conditions(branch, wanted)
        maps, last = styled[DEEPEST], f"conv{decoder.plan.first}_1"
        for name, conv in decoder.convs.items():
            maps = self._conv(branch, maps, conv)
            if name in conditions:
                scale, shift = conditions[name]
                maps = branch.node("Add", branch.node("Mul", maps, scale), shift)
            if name != last:
                maps = branch.node("Relu", maps)
                maps = branch.doubled(maps) if name.endswith("_1") else maps
            for layer, skip in decoder.skips.items():
                if name == below(layer):
                    maps = branch.node("Add", maps, self._conv(branch, styled[layer], skip))
        if decoder.plan.fold > 1:
            maps = branch.shuffled(maps, 3, decoder.plan.fold)
        under = "image" if self.network.residual else branch.number(0.5)
        picture = branch.node("Add", maps, under)
        branch.gives(branch.node("Clip", picture, branch.number(0), branch.number(1)))
        return branch

    def _nothing(self) -> Graph:
        branch = Graph("not/")
        branch.gives(branch.node("Identity", branch.constant(np.zeros((0, 3, 0, 0), np.float32))))
        return branch

    def _conditions(
        self, branch: Graph, wanted: tuple[list[str], list[str]]
    ) -> dict[str, tuple[str, str]]:
        """Scale and shift of each convolution's channels, from the style's means and deviations."""
        conditioning = self.network.conditioning
        if conditioning is None:
            return {}
        code = branch.node("Concat", *wanted[0], *wanted[1], axis=1)
        hidden = branch.node("Relu", self._conv(branch, code, conditioning.inner))
        told = self._conv(branch, hidden, conditioning.outer)
        parts = branch.split(told, conditioning.splits, axis=1)
        scales = [branch.node("Add", each, branch.number(1)) for each in parts[::2]]
        return dict(zip(conditioning.names, zip(scales, parts[1::2], strict=True), strict=True))

    def _styled(
        self, branch: Graph, own: Mapping[str, tuple[str, str, str]]
    ) -> tuple[dict[str, str], tuple[list[str], list[str]]]:
        """Each layer's map with the style's statistics, blended by alpha, and all statistics."""
        given = branch.node("Greater", "given", branch.number(0.5))
        parts = [
            branch.column(values, column, self.network.widths)
            for values, column in (
                ("statistics", 0), ("statistics", 1), ("style", 0), ("style", 1), ("style", 2),
            )
        ]  # fmt: skip
        found, means, deviations = {}, [], []
        for name, told, inverse_told, mean, deviation, alpha in zip(
            self.network.layers, *parts, strict=True
        ):
            centered, own_mean, own_inverse = own[name]
            before = branch.node("Where", given, told, own_mean)
            inverse = branch.node("Where", given, inverse_told, own_inverse)
            was = branch.node("Reciprocal", inverse)
            means.append(_mixed(branch, before, mean, alpha))
            deviations.append(_mixed(branch, was, deviation, alpha))
            scale = branch.node("Mul", deviations[-1], inverse)
            # Of maps minus their own mean, not the given one.
            offset = branch.node("Mul", branch.node("Sub", own_mean, before), scale)
            shift = branch.node("Add", means[-1], offset)
            found[name] = branch.node("Add", branch.node("Mul", centered, scale), shift)
        return found, (means, deviations)

    def _conv(self, graph: Graph, maps: str, conv: nn.Module, places: int = 1) -> str:
        """A convolution; ``places`` pixels were folded into each of its inputs' channels."""
        assert isinstance(conv, nn.Conv2d)
        assert conv.bias is not None
        around = conv.kernel_size[0] // 2
        if around:
            maps = graph.reflected(maps, around)
        # Under its own name, which is needed to read the network back.
        half = conv.weight.detach().cpu().half().numpy()
        weight = graph.node("Cast", graph.constant(half, self.names[id(conv.weight)]), to=1)
        if places > 1:
            # ONNX and torch fold squares of pixels into channels in different orders. Reordering in
            # the graph, which onnxruntime does once, leaves the weights in the file unchanged.
            out, inner = conv.weight.shape[:2]
            apart = graph.node("Reshape", weight, graph.integers(out, inner // places, places, 9))
            turned = graph.node("Transpose", apart, perm=[0, 2, 1, 3])
            weight = graph.node("Reshape", turned, graph.integers(out, inner, 3, 3))
        bias = graph.constant(conv.bias.detach().cpu().numpy(), self.names[id(conv.bias)])
        return graph.node(
            "Conv", maps, weight, bias, kernel_shape=list(conv.kernel_size), pads=[0] * 4
        )


def _mixed(graph: Graph, first: str, second: str, alpha: str) -> str:
    way = graph.node("Mul", graph.node("Sub", second, first), alpha)
    return graph.node("Add", first, way)
