"""A trained any-style network with all that is known of it: out of a run or a file, into one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from onnx import numpy_helper
from torch import Tensor

from impasto.archive import damage_told
from impasto.errors import ModelError
from impasto.methods.adain.export import onnx_model
from impasto.methods.adain.network import AnyStyleNetwork
from impasto.methods.adain.plan import VGG, slim
from impasto.options.adain import AdainOptions
from impasto.training.trained import (
    FORMAT,
    Trained,
    check_kind,
    check_method,
    read_model,
    read_trained,
    said,
)

METHOD: Final = "adain"


@dataclass(frozen=True)
class TrainedAnyStyle:
    """A network and how it came about.

    Attributes:
        network: On the CPU, not in training, with weights that are whole in half precision: a
            model file holds them so.
        options: What it was built and trained with.
        size: Side of the crops it was trained on, in pixels.
        origin: What it was made from.
        licence: Under which it may be passed on.
    """

    network: AnyStyleNetwork
    options: AdainOptions
    size: int
    origin: str = ""
    licence: str = ""

    def onnx(self) -> bytes:
        """The network as a file for onnxruntime; see `export.onnx_model`."""
        return onnx_model(self.network, self.metadata())

    def metadata(self) -> dict[str, str]:
        """What the file says about itself."""
        entries = {
            "format": FORMAT,
            "method": METHOD,
            "options": json.dumps(self.options.to_json()),
            "multiple": str(self.network.multiple),
            "reach": str(self.network.reach),
            "encoder": encoder_hash(self.network),
            "recolor": "1" if self.options.recolor else "",
            "size": str(self.size),
            "origin": self.origin,
            "licence": self.licence,
        }
        return {f"impasto.{name}": text for name, text in entries.items() if text}


def encoder_hash(network: AnyStyleNetwork) -> str:
    """SHA-256 of all that a code depends on: networks of the same one understand each other's."""
    told = hashlib.sha256(repr((network.layers, network.encoder.pooling)).encode())
    for name, tensor in sorted(network.encoder.state_dict().items()):
        told.update(name.encode())
        told.update(tensor.half().contiguous().numpy().tobytes())
    return told.hexdigest()


def read_anystyle(path: Path, *, best: bool = False) -> TrainedAnyStyle:
    """Read a network from the run folder or checkpoint of its training, or from a model file.

    Args:
        path: The folder or file.
        best: Of a run folder, the weights of the best validation instead of the last.

    Raises:
        RunError: No checkpoint there, or a damaged one.
        ModelError: It is no any-style network, or a damaged file.
    """
    if path.suffix == ".onnx":
        return _from_model_file(path)
    return anystyle_of(read_trained(path, best=best))


def anystyle_of(trained: Trained) -> TrainedAnyStyle:
    """The network of a training.

    Raises:
        ModelError: The training was of another method.
    """
    check_method(trained, METHOD)
    recipe = trained.recipe
    with damage_told(trained.path, "a whole any-style network", ModelError):
        options = AdainOptions.from_json(recipe["options"])
        size = int(recipe["training"]["size"])
        network = built(options)
        network.load_state_dict(halved(trained.weights["network"]))
    return TrainedAnyStyle(network.eval(), options, size)


def built(options: AdainOptions) -> AnyStyleNetwork:
    """A network with fresh weights."""
    plan = VGG if options.encoder == "vgg" else slim(options.encoder_width)
    return AnyStyleNetwork(
        plan,
        options.decoder_width,
        skips=options.skips,
        pooling=options.pooling,
        residual=options.residual,
        conditional=options.conditional,
    )


def halved(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights rounded to what half precision holds; biases as they are.

    Raises:
        ValueError: One is beyond half precision.
    """
    rounded = {
        name: each.half().float() if each.dim() > 1 else each.float()
        for name, each in weights.items()
    }
    if not all(bool(each.isfinite().all()) for each in rounded.values()):
        raise ValueError("weights that half precision cannot hold")
    return rounded


def is_anystyle(path: Path) -> bool:
    """Whether a model file says that it holds such a network; a damaged one says nothing."""
    try:
        model = onnx.load_from_string(path.read_bytes())
    except (OSError, DecodeError):
        return False
    return any(
        (each.key, each.value) == ("impasto.method", METHOD) for each in model.metadata_props
    )


def _from_model_file(path: Path) -> TrainedAnyStyle:
    with damage_told(path, "a whole any-style network", ModelError):
        model, told = read_model(path)
        check_kind(told, path, METHOD, "an any-style network")
        options = AdainOptions.from_json(said(told, "options", dict[str, Any]))
        network = built(options)
        network.load_state_dict(_parameters(model, network))
        size = int(told.get("size", 0))
    origin, licence = told.get("origin", ""), told.get("licence", "")
    return TrainedAnyStyle(network.eval(), options, size, origin, licence)


def _parameters(model: Any, network: AnyStyleNetwork) -> dict[str, Tensor]:
    graphs = [model.graph]
    for node in model.graph.node:
        graphs += [each.g for each in node.attribute if each.name == "then_branch"]
    kept = {each.name: each for graph in graphs for each in graph.initializer}
    return {
        name: torch.from_numpy(np.array(numpy_helper.to_array(kept[name]), np.float32))
        for name, _ in network.named_parameters()
    }
