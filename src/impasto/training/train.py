"""A training from the first update, or the last checkpoint, to its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from impasto.lock import held
from impasto.options.training import TrainOptions
from impasto.step import OnStep
from impasto.success import plain
from impasto.training.folder import TrainingFolder
from impasto.training.processes import Processes
from impasto.training.task import Material, Task
from impasto.training.training import Training


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """What came of a training; the networks are in its run folder.

    Attributes:
        status: ``stopped`` when it can go on.
        steps: Updates done.
        of: Updates in the whole run.
        losses: Of the last step taken now, with those of its validation; empty when none was.
        best: The lowest validation loss and its step, None before the first validation.
        left_out: Steps that were not finite.
        skipped: Reason by name of each file that could not be read.
    """

    status: Literal["trained", "stopped"]
    steps: int
    of: int
    losses: Mapping[str, float]
    best: tuple[float, int] | None
    left_out: int
    skipped: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain values by name; what is not finite, JSON cannot hold and becomes None."""
        return {**asdict(self), "losses": plain(self.losses)}


def train(
    task: Task,
    material: Material,
    options: TrainOptions,
    processes: Processes,
    *,
    run_dir: Path,
    recipe: Mapping[str, Any],
    resume: bool = False,
    on_step: OnStep | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> TrainResult:
    """Train until done or stopped, in as many processes as were started.

    ::

        processes = Processes(options.device, options.precision)
        seed_all(options.seed)
        task = SomeTask(..., processes.device)
        result = train(task, material, options, processes, run_dir=..., recipe=...)

    Args:
        task: What is trained, with networks on the device of the processes.
        material: What from: streams of pictures and a fixed batch for validation.
        options: How.
        processes: Where.
        run_dir: Where it is written down: see `TrainingFolder`.
        recipe: What it is trained from, as plain values by name.
        resume: Go on from the last checkpoint in the folder; from the start when there is none.
        on_step: Told of every step, in the main process only.
        stop: Asked before every step; when it says so, in any process, all is saved.

    Raises:
        OptionError: The batch cannot be split over the processes.
        RunError: The folder holds another training or cannot be written; or no step was finite
            for a long time.
        PictureError: Not one picture can be read.
    """
    training = Training(task, material, options, processes)
    folder = TrainingFolder(run_dir, recipe, options)
    losses: Mapping[str, float] = {}
    with ExitStack() as stack:
        processes.from_main(lambda: stack.enter_context(held(run_dir, command="train")))
        folder.begin(training, resume=resume)
        with closing(training), folder.following(training) as follow:
            while not (training.done or processes.any(stop())):
                step = training.advance()
                losses = step.losses
                with folder.saving(training):
                    follow(step)
                if on_step is not None and processes.main:
                    on_step(step)
        result = _result(training, losses)
        folder.finish(training, result.to_json())
    return result


def _result(training: Training, losses: Mapping[str, float]) -> TrainResult:
    return TrainResult(
        status="trained" if training.done else "stopped",
        steps=training.number,
        of=training.of,
        losses=losses,
        best=(training.best, training.best_number) if training.best_number else None,
        left_out=training.left_out,
        skipped=dict(training.skipped),
    )
