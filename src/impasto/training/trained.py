"""Trained networks read from run folders, checkpoints and model files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypedDict, cast

import onnx
from torch import Tensor

from impasto.archive import damage_told
from impasto.checkpoint import WHOLE, KeptOf, load_checkpoint
from impasto.errors import ModelError, RunError
from impasto.records import Shape, parsed_record
from impasto.shapes import check_type
from impasto.training.checkpoints import BEST, KIND, checkpoint_files

FORMAT: Final = "1"
"""Of the model files that impasto writes."""


class Average(TypedDict):
    """Averages of weights over the steps, by module."""

    twins: dict[str, dict[str, Tensor]]


class State(TypedDict):
    """What a trained network is taken from, among all that a training goes on from."""

    modules: dict[str, dict[str, Tensor]]
    average: Average
    number: int


@dataclass(frozen=True)
class Trained:
    """Networks as a training left them.

    Attributes:
        recipe: What they were trained from, as its caller described it.
        weights: State dicts by module name; averages where they were kept.
        number: Steps they were trained for.
        path: The file.
    """

    recipe: Mapping[str, Any]
    weights: Mapping[str, Mapping[str, Tensor]]
    number: int
    path: Path


def read_trained(path: Path, *, best: bool = False) -> Trained:
    """Read the networks of a training, on the CPU.

    Args:
        path: A run folder or a checkpoint.
        best: Of a run folder, take the weights of the best validation instead of the last.

    Raises:
        RunError: There is no checkpoint, or it is damaged.
    """
    if path.is_dir():
        files = [path / BEST] if best else checkpoint_files(path / "checkpoints")
        if not files or not files[-1].exists():
            raise RunError(f"{path}: no checkpoint of a training in this folder")
        path = files[-1]
    kept = load_checkpoint(path, KIND, KeptOf)
    recipe = parsed_record(kept["recipe"], dict[str, Any], str(path))
    with damage_told(path, WHOLE, RunError):
        check_type(kept["state"], State)
    state = cast(State, kept["state"])
    weights = {**state["modules"], **state["average"]["twins"]}
    return Trained(recipe, weights, state["number"], path)


def read_model(path: Path) -> tuple[Any, dict[str, str]]:
    """A model file, and what it says about itself by name.

    Raises:
        ModelError: It cannot be read.
        DecodeError: It is no ONNX file; within :func:`damage_told` a ModelError.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from None
    model = onnx.load_from_string(data)
    told = {each.key.removeprefix("impasto."): each.value for each in model.metadata_props}
    return model, told


def said(told: Mapping[str, str], name: str, shape: type[Shape]) -> Shape:
    """A record among what a model file says about itself.

    Raises:
        RunError: It is missing or damaged.
    """
    return parsed_record(told.get(name, ""), shape, name)


def check_kind(told: Mapping[str, str], path: Path, method: str, kind: str) -> None:
    """See that a model file is of a method and of the format that this impasto reads.

    Raises:
        ModelError: It is not.
    """
    if told.get("method") != method:
        raise ModelError(f"{path}: not {kind} trained by impasto train {method}")
    if told.get("format") != FORMAT:
        form = told.get("format")
        raise ModelError(f"{path}: a model of format {form}, this impasto reads {FORMAT}: update")


def check_method(trained: Trained, method: str) -> None:
    """See that a training was of a method.

    Raises:
        ModelError: It was of another.
    """
    found = trained.recipe.get("method")
    if found != method:
        raise ModelError(f"{trained.path}: trained by {found}, not by {method}")
