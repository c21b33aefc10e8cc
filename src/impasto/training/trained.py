"""Read trained networks from run folders, checkpoints and model files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypedDict, cast

import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from impasto.archive import load_errors
from impasto.checkpoint import WHOLE, KeptOf, load_checkpoint
from impasto.errors import ModelError, RunError
from impasto.records import check_type, parsed_record
from impasto.training.checkpoints import BEST, KIND, OPTIONS, checkpoint_files
from impasto.training.method import (
    FORMAT,
    Method,
    NetworkT,
    OptionsT,
    Trained,
    TrainedNetwork,
)

WHOLE_NETWORK: Final = "a whole trained network"


class Average(TypedDict):
    """Averages of weights over the steps, by module."""

    twins: dict[str, dict[str, Tensor]]


class State(TypedDict):
    """The part of a training's state that its networks are read from."""

    modules: dict[str, dict[str, Tensor]]
    average: Average
    number: int


class Named(TypedDict):
    """Facts about a style; ``title``, ``artist``, ``year`` and ``origin`` are optional."""

    name: str


def read_networks(
    path: Path, method: Method[Any, OptionsT, NetworkT], *, best: bool = False
) -> tuple[TrainedNetwork[NetworkT, OptionsT], ...]:
    """Read the networks that a method trained, one or a pair; see :func:`read_trained`.

    Raises:
        RunError: There is no checkpoint, or it is damaged.
        ModelError: It is of another method, or a model file that is damaged or cannot be read.
    """
    return networks_of(read_trained(path, best=best), method)


def networks_of(
    trained: Trained, method: Method[Any, OptionsT, NetworkT]
) -> tuple[TrainedNetwork[NetworkT, OptionsT], ...]:
    """Build the networks of a training; a ModelError if it is damaged or of another method."""
    check_method(trained, method.name)
    with load_errors(trained.path, WHOLE_NETWORK, ModelError):
        return tuple(method.networks(trained).values())


def check_method(trained: Trained, name: str) -> None:
    """Raise a ModelError for what another method trained."""
    found = trained.recipe.get("method")
    if found != name:
        by = f", but by {found}" if found else ""
        raise ModelError(f"{trained.path}: not trained by impasto train {name}{by}")


def read_trained(path: Path, *, best: bool = False) -> Trained:
    """Read the weights of a training, on the CPU.

    Args:
        path: A run folder, a checkpoint or a model file.
        best: From a run folder, take the weights of the best validation instead of the last.

    Raises:
        RunError: There is no checkpoint, or it is damaged.
        ModelError: The model file cannot be read.
    """
    if path.suffix == ".onnx":
        with load_errors(path, WHOLE_NETWORK, ModelError):
            return _in_model_file(path)
    if path.is_dir():
        files = [path / BEST] if best else checkpoint_files(path / "checkpoints")
        if not files or not files[-1].exists():
            raise RunError(f"{path}: no checkpoint of a training in this folder")
        path = files[-1]
    kept = load_checkpoint(path, KIND, KeptOf)
    recipe = parsed_record(kept["recipe"], dict[str, Any], str(path))
    with load_errors(path, WHOLE, RunError):
        check_type(kept["state"], State)
    state = cast(State, kept["state"])
    weights = {**state["modules"], **state["average"]["twins"]}
    return Trained(recipe, weights, state["number"], path)


def _in_model_file(path: Path) -> Trained:
    model = onnx.load_from_string(path.read_bytes())
    metadata = {each.key.removeprefix("impasto."): each.value for each in model.metadata_props}
    form = metadata.get("format")
    if metadata.get("method") not in OPTIONS:
        raise ModelError(f"{path}: not trained by impasto")
    if form != FORMAT:
        raise ModelError(f"{path}: a model of format {form}, this impasto reads {FORMAT}: update")
    recipe = {
        "method": metadata["method"],
        "options": parsed_record(metadata.get("options", ""), dict[str, Any], "options"),
        "training": {"size": int(metadata.get("size", 0))},
    }
    if "styles" in metadata:
        recipe["styles"] = parsed_record(metadata["styles"], list[Named], "styles")
    steps = int(metadata.get("steps", 0))
    origin, licence = metadata.get("origin", ""), metadata.get("licence", "")
    return Trained(recipe, {}, steps, path, _arrays_of(model), origin, licence)


def arrays_in(path: Path) -> dict[str, NDArray[Any]]:
    """The weights of a model file by name, also of the branch that paints."""
    return _arrays_of(onnx.load_from_string(path.read_bytes()))


def _arrays_of(model: onnx.ModelProto) -> dict[str, NDArray[Any]]:
    graphs = [model.graph]
    for node in model.graph.node:
        graphs += [each.g for each in node.attribute if each.name == "then_branch"]
    return {
        each.name: numpy_helper.to_array(each) for graph in graphs for each in graph.initializer
    }
