"""The checkpoints of a training, and the differences between two runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from impasto.checkpoint import KeptOf, load_checkpoint, save_checkpoint
from impasto.errors import ImpastoError, OptionError, RunError
from impasto.options.adain import AdainOptions
from impasto.options.cyclegan import CycleGANOptions
from impasto.options.johnson import JohnsonOptions
from impasto.options.training import TrainOptions
from impasto.options.values import Options, completed, version_of
from impasto.records import parsed_record, read_record

OPTIONS: Final[Mapping[str, type[Options]]] = {
    "johnson": JohnsonOptions,
    "adain": AdainOptions,
    "cyclegan": CycleGANOptions,
}
"""The options of each method that impasto trains."""

KIND: Final = "training"
BEST: Final = "best.pt"

_LONGEST: Final = 40
"""Characters of a value that errors show; a list of files would fill the screen."""


class Checkpoints:
    """The last few states of a run, ``checkpoints/000500.pt``, ..., and ``best.pt``.

    Args:
        folder: The run folder.
        recipe: What determines the weights, plain values; states of other recipes are refused.
        keep: How many to keep besides the best.
    """

    def __init__(self, folder: Path, recipe: Mapping[str, Any], keep: int) -> None:
        self.folder = folder / "checkpoints"
        self.best = folder / BEST
        self._recipe = recipe
        self._keep = keep

    def last(self) -> tuple[dict[str, Any] | None, str]:
        """The newest undamaged state, or None; and what is wrong with newer ones, or "".

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
        """Write a state, then remove those beyond the number to keep, and those of later steps.

        A run that resumed from an older state has abandoned the later ones.
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
        if other := difference(current(recipe), self._recipe):
            raise RunError(
                f"{path}: trained with other values of {other}; give the old ones, "
                "or another --run-dir"
            )


def checkpoint_files(folder: Path) -> list[Path]:
    """The numbered checkpoints in a folder, in the order of their steps."""
    if not folder.is_dir():
        return []
    named = (path for path in folder.iterdir() if re.fullmatch(r"\d{6,}\.pt", path.name))
    return sorted(named, key=lambda path: int(path.stem))


def current(recipe: Mapping[str, Any]) -> Mapping[str, Any]:
    """A recipe as this version writes it; unchanged if it cannot be read."""
    try:
        options = recipe["options"]
        training = {**recipe["training"], "version": version_of(options)}
        now = OPTIONS[recipe["method"]].from_json(options).to_json()
    except (OptionError, LookupError, TypeError, AttributeError):
        return recipe
    return {**recipe, "options": now, "training": completed(training, TrainOptions.FORMER)}


def as_begun(folder: Path, training: TrainOptions) -> TrainOptions:
    """Options for going on with a run, with the defaults of the version that began it.

    What a default was then is used where the options have today's default.
    """
    try:
        options = read_record(folder / "manifest.json", dict[str, Any])["recipe"]["options"]
        former = completed({"version": version_of(options)}, TrainOptions.FORMER)
    except (ImpastoError, LookupError, TypeError, AttributeError):
        return training  # what is strange or damaged is refused where its checkpoint is read
    usual = vars(TrainOptions())
    then = {name: each for name, each in former.items() if getattr(training, name) == usual[name]}
    return replace(training, **then)


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What differs in two nested recipes: ``options.width (16 then, 32 now), ...``, or ""."""
    first, second = dict(_leaves(_plain(before))), dict(_leaves(_plain(now)))
    names = [name for name in {**first, **second} if _text(first, name) != _text(second, name)]
    return ", ".join(
        f"{name} ({_short(_text(first, name))} then, {_short(_text(second, name))} now)"
        for name in names
    )


def _plain(recipe: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(dict(recipe)))  # tuples become lists, as in files


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict) or (name and not value):
        yield name, value
        return
    for key, each in value.items():
        yield from _leaves(each, f"{name}.{key}" if name else key)


def _text(leaves: Mapping[str, Any], name: str) -> str:
    return json.dumps(leaves[name], ensure_ascii=False) if name in leaves else "nothing"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
