"""The files that trainings are kept in, and the networks read from them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypedDict, cast

from torch import Tensor

from impasto.archive import damage_told
from impasto.checkpoint import WHOLE, KeptOf, load_checkpoint, save_checkpoint
from impasto.errors import RunError
from impasto.records import parsed_record
from impasto.shapes import check_type
from impasto.training.recipe import difference

KIND: Final = "training"
BEST: Final = "best.pt"


class Average(TypedDict):
    """Averages of weights over the steps, by module."""

    twins: dict[str, dict[str, Tensor]]


class State(TypedDict):
    """What a trained network is taken from, among all that a training goes on from."""

    modules: dict[str, dict[str, Tensor]]
    average: Average
    number: int


class Checkpoints:
    """The last few states of a run, ``checkpoints/000500.pt``, ..., and ``best.pt``.

    Args:
        folder: The run's.
        recipe: What decides how the weights become, plain values; others' states are refused.
        keep: How many to keep besides the best.
    """

    def __init__(self, folder: Path, recipe: Mapping[str, Any], keep: int) -> None:
        self.folder = folder / "checkpoints"
        self.best = folder / BEST
        self._recipe = recipe
        self._keep = keep

    def last(self) -> tuple[dict[str, Any] | None, str]:
        """The newest state, or an older one when the newest is damaged.

        Returns:
            The state, None when none was written; and what is wrong with newer ones, or "".

        Raises:
            RunError: It is of another recipe, or all are damaged.
        """
        fault: RunError | None = None
        for path in reversed(checkpoint_files(self.folder)):
            try:
                kept = load_checkpoint(path, KIND, KeptOf)
            except RunError as error:
                fault = fault or error
                continue
            self._check(path, kept)
            return kept["state"], str(fault or "")
        if fault is not None:
            raise fault
        return None, ""

    def write(self, state: Mapping[str, Any], *, best: bool = False) -> None:
        """Write a state, then remove those beyond the number to keep.

        States of later steps go too: a run that went on from an older one has left them.
        """
        contents = {"recipe": json.dumps(self._recipe), "state": dict(state)}
        if best:
            save_checkpoint(self.best, KIND, contents)
            return
        number = state["number"]
        save_checkpoint(self.folder / f"{number:06d}.pt", KIND, contents)
        files = checkpoint_files(self.folder)
        valid = [path for path in files if int(path.stem) <= number]
        for path in set(files) - set(valid[-self._keep :]):
            path.unlink(missing_ok=True)

    def _check(self, path: Path, kept: KeptOf) -> None:
        recipe = parsed_record(kept["recipe"], dict[str, Any], str(path))
        if other := difference(recipe, self._recipe):
            raise RunError(
                f"{path}: trained with other values of {other}; give the old ones, "
                "or another --run-dir"
            )


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


def checkpoint_files(folder: Path) -> list[Path]:
    """The numbered checkpoints in a folder, in the order of their steps."""
    if not folder.is_dir():
        return []
    named = (path for path in folder.iterdir() if re.fullmatch(r"\d{6,}\.pt", path.name))
    return sorted(named, key=lambda path: int(path.stem))
