"""A trained style network with all that is known of it: out of a run or a model file, into one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypedDict

import numpy as np
import torch
from onnx import numpy_helper
from torch import Tensor

from impasto.archive import damage_told
from impasto.errors import ModelError
from impasto.methods.johnson.export import norms_of, onnx_model, regrouped
from impasto.methods.johnson.network import StyleNetwork
from impasto.options.johnson import JohnsonOptions
from impasto.records import checked_record
from impasto.training.trained import (
    FORMAT,
    Trained,
    check_kind,
    check_method,
    read_model,
    read_trained,
    said,
)

METHOD: Final = "johnson"


class Named(TypedDict):
    """What is known of a style; ``title``, ``artist``, ``year`` and ``origin`` may be there."""

    name: str


@dataclass(frozen=True)
class TrainedStyles:
    """A network and what it learned.

    Attributes:
        network: On the CPU, not in training.
        options: What it was built and trained with.
        styles: What is known of each style, ``name`` at least, in the network's order.
        size: Side of the crops it was trained on, in pixels.
        origin: What it was made from.
        licence: Under which it may be passed on.
    """

    network: StyleNetwork
    options: JohnsonOptions
    styles: Sequence[Mapping[str, str]]
    size: int
    origin: str = ""
    licence: str = ""

    def onnx(self) -> bytes:
        """The network as a file for onnxruntime; see `export.onnx_model`."""
        return onnx_model(self.network, self.metadata())

    def metadata(self) -> dict[str, str]:
        """What the file says about itself."""
        kept = ("name", "title", "artist", "year", "origin", "size")
        styles = [{name: each[name] for name in kept if each.get(name)} for each in self.styles]
        entries = {
            "format": FORMAT,
            "method": METHOD,
            "styles": json.dumps(styles, ensure_ascii=False),
            "options": json.dumps(self.options.to_json()),
            "multiple": str(self.network.multiple),
            "reach": str(self.network.reach),
            "identity": str(len(styles)) if self.options.identity else "",
            "grain": str(self.options.grain) if self.options.grain else "",
            "size": str(self.size),
            "origin": self.origin,
            "licence": self.licence,
        }
        return {f"impasto.{name}": text for name, text in entries.items() if text}


def read_styles(path: Path, *, best: bool = False) -> TrainedStyles:
    """Read a network from the run folder or checkpoint of its training, or from a model file.

    Args:
        path: The folder or file.
        best: Of a run folder, the weights of the best validation instead of the last.

    Raises:
        RunError: No checkpoint there, or a damaged one.
        ModelError: It is no style network, or a damaged file.
    """
    if path.suffix == ".onnx":
        return _from_model_file(path)
    return styles_of(read_trained(path, best=best))


def styles_of(trained: Trained) -> TrainedStyles:
    """The network of a training.

    Raises:
        ModelError: The training was of another method.
    """
    check_method(trained, METHOD)
    recipe = trained.recipe
    with damage_told(trained.path, "a whole style network", ModelError):
        options = JohnsonOptions.from_json(recipe["options"])
        size = int(recipe["training"]["size"])
        styles = recipe["styles"]
        checked_record(styles, list[Named], "styles")
        network = built(options, len(styles))
        network.load_state_dict(trained.weights["network"])
    return TrainedStyles(network.eval(), options, styles, size)


def built(options: JohnsonOptions, styles: int) -> StyleNetwork:
    """A network with fresh weights for so many styles, and the photograph where asked for."""
    slots = styles + options.identity
    return StyleNetwork(slots, options.width, options.blocks, options.layout)


def _from_model_file(path: Path) -> TrainedStyles:
    with damage_told(path, "a whole style network", ModelError):
        model, told = read_model(path)
        check_kind(told, path, METHOD, "a style network")
        options = JohnsonOptions.from_json(said(told, "options", dict[str, Any]))
        styles: Any = said(told, "styles", list[Named])
        network = built(options, len(styles))
        network.load_state_dict(_parameters(model, network))
        size = int(told.get("size", 0))
    origin, licence = told.get("origin", ""), told.get("licence", "")
    return TrainedStyles(network.eval(), options, styles, size, origin, licence)


def _parameters(model: Any, network: StyleNetwork) -> dict[str, Tensor]:
    kept = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    names = {id(each): name for name, each in network.named_parameters()}
    found = {name: kept[name] for name in names.values() if name in kept}
    found["conv1.weight"] = regrouped(found["conv1.weight"], network.ends.fold**2, 3)
    norms = norms_of(network)
    ends = np.cumsum([each.gamma.shape[1] for each in norms])[:-1]
    for kind in ("gamma", "beta"):
        for norm, part in zip(norms, np.split(kept[kind], ends, axis=1), strict=True):
            found[names[id(getattr(norm, kind))]] = part
    return {name: torch.from_numpy(np.array(each)) for name, each in found.items()}
