"""The state of a training, which advances update by update and can be saved and loaded."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import Tensor, nn

from impasto.checkpoint import first_step
from impasto.errors import RunError
from impasto.options.training import TrainOptions
from impasto.step import Step
from impasto.training.chance import chance_untouched, random_state, seed_all, set_random_state
from impasto.training.feed import Feed, check_split, to_image
from impasto.training.optimizers import LearningRates, rate_factor
from impasto.training.processes import Processes
from impasto.training.task import Material, Task
from impasto.training.update import Outcome, WeightAverage, update

PATIENCE: Final = 20
"""Steps in a row that may be skipped; no run recovers from more."""

VALIDATION: Final = "validation/"
"""Prefix of the names of validation losses in a `Step`."""


class Training:
    """Goes through the data, one update of the weights at a time.

    ``advance`` until ``done``. Between steps the state can be saved; a training built from the
    same task, material and options can load it and ends with the same bytes (on a GPU as far as
    its kernels are deterministic). All processes call the same methods in the same order. It
    seeds the global random generators, which a task may use.

    Attributes:
        number: Updates done.
        of: Updates in the whole run.
        rates: The learning rates.
        best: The lowest validation loss, infinite before the first.
        best_number: Its step, 0 before the first.
        left_out: Steps that were not finite.
        skipped: The reason for each file that could not be read, by name.
        note: Added to the note of the next step.

    Raises:
        OptionError: The batch cannot be split evenly over passes and processes.
        RunError: A stream is empty.
    """

    def __init__(
        self, task: Task, material: Material, options: TrainOptions, processes: Processes
    ) -> None:
        check_split(options, processes)
        for name, stream in material.streams.items():
            if not len(stream):
                raise RunError(f"{name}: no pictures to train on")
        self.task = task
        self.material = material
        self.options = options
        self.processes = processes
        self.number = 0
        self.pictures = len(next(iter(material.streams.values())))
        self.of = options.total_steps(self.pictures)
        self.best, self.best_number = math.inf, 0
        self.left_out, self._in_a_row = 0, 0
        self.skipped: dict[str, str] = {}
        self.note = ""
        self._taken_up = False
        for module in task.modules.values():
            module.to(processes.device).train()
            processes.share(list(module.state_dict().values()))
        self.average = WeightAverage(task.modules, task.averaged, options.ema)
        self.optimizers = task.optimizers()
        self.rates = LearningRates(self.optimizers)
        self._feed: Feed | None = None
        seed_all(options.seed + processes.index)

    @property
    def done(self) -> bool:
        """Whether every step has been taken."""
        return self.number >= self.of

    @property
    def epoch(self) -> int:
        """Complete passes over the first stream."""
        return self.number * self.options.batch // self.pictures

    @property
    def shown(self) -> dict[str, nn.Module]:
        """The modules to validate and show, with averaged weights if there are any."""
        return {**self.task.modules, **self.average.twins}

    def advance(self) -> Step:
        """Take one step, and validate if that is due.

        Returns:
            The step with the losses before it; validation losses, whose names begin with
            ``validation/``, are from after it. Its image is the sheet at the time of the call.

        Raises:
            RunError: Too many steps in a row were not finite.
            PictureError: No picture can be read.
        """
        if self._feed is None:
            self._feed = Feed(self.material.streams, self.options, self.processes, self.number)
        self.rates.scale(rate_factor(self.number, self.of, self.options))
        batches = self._feed.batches()
        self.skipped.update(self._feed.skipped)
        with first_step(taken_up=self._taken_up):
            outcome = update(self.task, self.optimizers, batches, self.processes, self.options.clip)
        self._taken_up = False
        self.number += 1
        note = "; ".join(filter(None, (self.note, self._judged(outcome))))
        self.note = ""
        losses = outcome.losses
        if self.number % self.options.validate_every == 0 or self.done:
            losses = {**losses, **self._validated()}
        return Step(self.number, self.of, losses, functools.cache(self.sheet), note)

    def validate(self) -> dict[str, float]:
        """The task's losses on the validation batch, the same in all processes."""
        batch = {
            name: to_image(pixels.to(self.processes.device))
            for name, pixels in self.material.validation.items()
        }
        with self._looking():
            losses = self.task.validate(self.shown, batch)
        means = self.processes.mean(torch.stack([each.float() for each in losses.values()]))
        return dict(zip(losses, means.tolist(), strict=True))

    def sheet(self) -> Tensor:
        """The task's sheet of pictures, (1, 3, H, W) in [0, 1]."""
        with self._looking():
            return self.task.sheet(self.shown).detach()

    def state_dict(self) -> dict[str, Any]:
        """Everything the rest of the run depends on; all processes call it together.

        The tensors are not copies: save them before the next step.
        """
        own = {
            "random": random_state(self.processes.device),
            "task": dict(self.task.state_dict()),
            "skipped": dict(self.skipped),
        }
        everyone = self.processes.gather(own)
        for each in everyone:
            self.skipped.update(each.pop("skipped"))
        return {
            "number": self.number,
            "modules": {name: each.state_dict() for name, each in self.task.modules.items()},
            "average": self.average.state_dict(),
            "optimizers": {name: each.state_dict() for name, each in self.optimizers.items()},
            "best": (self.best, self.best_number),
            "left_out": (self.left_out, self._in_a_row),
            "skipped": dict(self.skipped),
            "place": self.processes.describe(),
            "everyone": everyone,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load a state from :meth:`state_dict`, in any number of processes.

        Raises:
            RunError: It is of a later step than this run has.
        """
        if state["number"] > self.of:
            raise RunError(f"checkpoint at step {state['number']}, but the run has {self.of}")
        self.close()
        self.number = int(state["number"])
        self.best, self.best_number = float(state["best"][0]), int(state["best"][1])
        self.left_out, self._in_a_row = map(int, state["left_out"])
        self.skipped = dict(state["skipped"])
        for name, module in self.task.modules.items():
            module.load_state_dict(state["modules"][name])
        self.average.load_state_dict(state["average"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        everyone = state["everyone"]
        self.task.load_state_dict(everyone[self.processes.index % len(everyone)]["task"])
        if self.processes.index < len(everyone):
            random = everyone[self.processes.index]["random"]
            set_random_state(random, self.processes.device)
        self.note = _moved(state["place"], self.processes.describe())
        self._taken_up = True

    def close(self) -> None:
        """Stop the processes that read pictures; `advance` starts them again if needed."""
        if self._feed is not None:
            self._feed.close()
        self._feed = None

    @contextmanager
    def _looking(self) -> Iterator[None]:
        """Evaluation mode for ``shown``; restores modes and random generators afterwards."""
        modes = [(each, each.training) for each in self.shown.values()]
        with torch.no_grad(), self.processes.autocast(), chance_untouched(self.processes.device):
            for module, _ in modes:
                module.eval()
            try:
                yield
            finally:
                for module, training in modes:
                    module.train(training)

    def _judged(self, outcome: Outcome) -> str:
        """Update the average, or count a skipped step and return a note about it."""
        if not outcome.failed:
            self._in_a_row = 0
            self.average.update()
            return ""
        self.left_out += 1
        self._in_a_row += 1
        fault = f"the loss or gradient of {outcome.failed} was not finite"
        if self._in_a_row >= min(PATIENCE, self.of):
            raise RunError(
                f"{fault} {self._in_a_row} steps in a row, up to step {self.number}: "
                "train with a lower learning rate"
            )
        return f"{fault}: step left out ({self.left_out} so far)"

    def _validated(self) -> dict[str, float]:
        losses = self.validate()
        if losses["total"] < self.best:
            self.best, self.best_number = losses["total"], self.number
        return {VALIDATION + name: value for name, value in losses.items()}


def _moved(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    changes = [
        f"{name} {before[name]} then, {now[name]} now" for name in now if before[name] != now[name]
    ]
    if not changes:
        return ""
    return f"resumed from the same weights, but results will differ ({'; '.join(changes)})"
