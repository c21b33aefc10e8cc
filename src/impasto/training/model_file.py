"""Trained networks taken up again from files, and what is said of bad ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import onnx

from impasto.errors import ModelError
from impasto.records import Shape, parsed_record
from impasto.training.checkpoints import Trained

FORMAT: Final = "1"
"""Of the model files that impasto writes."""


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
