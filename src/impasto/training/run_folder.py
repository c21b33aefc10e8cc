"""The run folder of a training: its losses, sheets, manifest and checkpoints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from impasto.archive import load_errors
from impasto.checkpoint import WHOLE
from impasto.errors import ImpastoError, RunError
from impasto.files import write_json, write_text
from impasto.options.training import TrainOptions
from impasto.step import OnStep, Step
from impasto.track import (
    EventFile,
    LossTable,
    Snapshots,
    TrainingLog,
    plot_losses,
    read_losses,
)
from impasto.training.checkpoints import Checkpoints, checkpoint_files
from impasto.training.trainer import VALIDATION, Training
from impasto.version import __version__


class TrainingFolder:
    """Everything that is written about one training.

    ::

        checkpoints/    000500.pt, ...          best.pt         lowest validation loss
        losses.csv      losses.png              manifest.json   recipe and result
        validation.csv  validation.png          skipped.txt     pictures that cannot be read
        sheets/         000500.png, ...         tensorboard/    event files

    All processes call the same methods together; the main one reads and writes.

    Args:
        folder: Made when the training begins.
        recipe: What the networks are trained from (method, options, data, hashes of the styles),
            plain values by name. Checkpoints of other recipes are refused.
        options: How it is trained; those that affect the weights are part of the recipe.
    """

    def __init__(self, folder: Path, recipe: Mapping[str, Any], options: TrainOptions) -> None:
        self.folder = folder
        self.options = options
        self.recipe = {**recipe, "training": options.decisive()}
        self.checkpoints = Checkpoints(folder, self.recipe, options.keep)
        self._kept = 0

    def begin(self, training: Training, *, resume: bool) -> None:
        """Bring a training to its last checkpoint if asked to, and write the recipe.

        Raises:
            RunError: There is a checkpoint but ``resume`` is false, or it is of another recipe,
                damaged or too far; or the folder cannot be written.
        """
        state, fault = training.processes.from_main(lambda: self._kept_state(resume=resume))
        if state is not None:
            with load_errors(self.checkpoints.folder, WHOLE, RunError):
                training.load_state_dict(state)
            training.note = "; ".join(filter(None, (fault, training.note)))
            self._kept = training.number
        training.processes.from_main(lambda: self._write_manifest(training, {}))

    @contextmanager
    def following(self, training: Training) -> Iterator[OnStep]:
        """The ``on_step`` that records losses, sheets and checkpoints."""
        if not training.processes.main:
            yield lambda step: self._keep_if_due(training, step)
            return
        begun = training.number
        table = LossTable(self.folder / "losses.csv", begun)
        validations = LossTable(self.folder / "validation.csv", begun)
        sheets = Snapshots(self.folder / "sheets", self.options.sheet_every, begun)

        def follow(step: Step) -> None:
            plain, validation = _parted(step)
            table(plain)
            if validation:
                validations(replace(step, losses=validation))
            sheets(step)
            log(plain, training.rates.now(), validation)
            self._keep_if_due(training, step)

        with EventFile(self.folder / "tensorboard", begun) as events:
            if not begun:
                events.text("recipe", f"```json\n{json.dumps(self.recipe, indent=2)}\n```")
            log = TrainingLog(
                events,
                every=self.options.log_every,
                sheet_every=self.options.sheet_every,
                batch=self.options.batch,
            )
            yield follow

    @contextmanager
    def saving(self, training: Training) -> Iterator[None]:
        """Save a checkpoint if something else of a step cannot be written.

        Not with several processes, as the others do not know: they lose the last few steps.
        """
        try:
            yield
        except ImpastoError:
            if training.processes.count == 1 and training.number > self._kept:
                with suppress(ImpastoError):
                    self._keep(training)
            raise

    def finish(self, training: Training, result: Mapping[str, Any]) -> None:
        """Write checkpoint and manifest, and draw the losses."""
        if training.number > self._kept:
            self._keep(training)
        if not training.processes.main:
            return
        for name in ("losses", "validation"):
            table = self.folder / f"{name}.csv"
            if read_losses(table).get("step"):
                plot_losses(table, self.folder / f"{name}.png")
        self._write_manifest(training, {"result": dict(result)})

    def _kept_state(self, *, resume: bool) -> tuple[dict[str, Any] | None, str]:
        if not resume and checkpoint_files(self.checkpoints.folder):
            raise RunError(
                f"{self.folder}: holds a training already: give --resume to continue it, "
                "or another --run-dir"
            )
        return self.checkpoints.last() if resume else (None, "")

    def _keep_if_due(self, training: Training, step: Step) -> None:
        epoch_before = (step.number - 1) * self.options.batch // training.pictures
        if (
            step.number % self.options.checkpoint_every == 0
            or training.epoch > epoch_before
            or training.done
        ):
            self._keep(training)
        if training.best_number == step.number:
            self._keep(training, best=True)

    def _keep(self, training: Training, *, best: bool = False) -> None:
        state = training.state_dict()
        if training.processes.main:
            self.checkpoints.write(state, best=best)
            self._write_skipped(training.skipped)
        self._kept = self._kept if best else training.number

    def _write_skipped(self, skipped: Mapping[str, str]) -> None:
        if skipped:
            lines = (f"{name}: {reason}\n" for name, reason in skipped.items())
            write_text(self.folder / "skipped.txt", "".join(lines))

    def _write_manifest(self, training: Training, result: Mapping[str, Any]) -> None:
        manifest = {
            "impasto": __version__,
            "command": "train",
            "recipe": self.recipe,
            "options": {**self.options.to_json(), "steps": training.of},
            "environment": {**training.processes.describe(), "torch": torch.__version__},
            **result,
        }
        write_json(self.folder / "manifest.json", manifest)


def _parted(step: Step) -> tuple[Step, dict[str, float]]:
    """The step without its validation losses, and those without their prefix."""
    plain = {name: each for name, each in step.losses.items() if not name.startswith(VALIDATION)}
    validation = {
        name.removeprefix(VALIDATION): each
        for name, each in step.losses.items()
        if name.startswith(VALIDATION)
    }
    return replace(step, losses=plain), validation
