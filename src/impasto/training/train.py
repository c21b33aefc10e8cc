"""A training from its sources to its exported networks."""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from impasto.archive import load_errors
from impasto.device import held_memory
from impasto.errors import ModelError
from impasto.lock import held
from impasto.options.training import TrainOptions
from impasto.step import OnStep, plain
from impasto.training.chance import seed_all
from impasto.training.checkpoints import as_begun, difference
from impasto.training.method import Method, NetworkT, OptionsT, SourcesT
from impasto.training.model_file import model_path, write_model
from impasto.training.processes import Processes
from impasto.training.run_folder import TrainingFolder
from impasto.training.task import Material, Task
from impasto.training.trained import WHOLE_NETWORK, check_method, networks_of, read_trained
from impasto.training.trainer import Training

_TRIED: Final = 5
"""Updates of a forecast, which goes by their median, as the first is slow."""


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """The result of a training; the networks are in its run folder.

    Attributes:
        status: ``stopped`` if it can be resumed.
        steps: Updates done.
        of: Updates in the whole run.
        losses: Those of the last step, with its validation; empty if this call took no step.
        best: The lowest validation loss and its step, None before the first validation.
        left_out: Steps that were not finite.
        skipped: The reason for each file that could not be read, by name.
        models: Model files that were exported.
    """

    status: Literal["trained", "stopped"]
    steps: int
    of: int
    losses: Mapping[str, float]
    best: tuple[float, int] | None
    left_out: int
    skipped: Mapping[str, str]
    models: tuple[Path, ...] = field(default=(), compare=False)

    def to_json(self) -> dict[str, Any]:
        """Plain values by name, without the models; numbers that are not finite become None."""
        values = {**asdict(self), "losses": plain(self.losses)}
        del values["models"]
        return values


def train(
    method: Method[SourcesT, OptionsT, NetworkT],
    sources: SourcesT,
    options: OptionsT,
    training: TrainOptions,
    *,
    run_dir: Path,
    start: Path | None = None,
    resume: bool = False,
    on_step: OnStep | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> TrainResult:
    """Train networks until done or stopped, in as many processes as were started, and export them.

    Args:
        method: Such as `impasto.methods.johnson.method.METHOD`.
        sources: What the method trains from: pictures, styles.
        options: The networks and their losses.
        training: How they are trained.
        run_dir: The run folder, which gets the model files too.
        start: Run folder, checkpoint or model file of networks of the same shape, whose weights
            this training starts from: to train on larger crops, or with another loss or rate.
        resume: Resume from the last checkpoint in ``run_dir``, if there is one.
        on_step: Called with every step, in the main process only.
        stop: Called before every step; when it returns true in any process, all is saved.

    Raises:
        ImpastoError: Sources, options, weights, start or run folder cannot be used, too many steps
            in a row were not finite, or the exported networks give different pictures.
    """
    processes = Processes(training.device, training.precision)
    if resume:
        training = processes.from_main(functools.partial(as_begun, run_dir, training))
    seed_all(training.seed)
    task, material, facts = method.prepare(sources, options, training, processes)
    recipe = {"method": method.name, **facts}
    if start is not None:
        _start_from(start, method, task, recipe)
        recipe["begun_with"] = start.name
    result = run(
        task,
        material,
        training,
        processes,
        run_dir=run_dir,
        recipe=recipe,
        resume=resume,
        on_step=on_step,
        stop=stop,
    )
    if not (result.steps and processes.main):
        return result
    networks = networks_of(read_trained(run_dir), method)
    models = [
        write_model(each, model_path(run_dir, each, of=len(networks))).path for each in networks
    ]
    return replace(result, models=tuple(models))


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What a training would take.

    Attributes:
        steps: Updates in the whole run.
        seconds: Of all of them, by those that were tried.
        memory: Bytes of this process after these.
    """

    steps: int
    seconds: float
    memory: int


def forecast(
    method: Method[SourcesT, OptionsT, Any],
    sources: SourcesT,
    options: OptionsT,
    training: TrainOptions,
) -> Forecast:
    """Try a few updates and keep nothing; see :func:`train`."""
    processes = Processes(training.device, training.precision)
    seed_all(training.seed)
    task, material, _ = method.prepare(sources, options, training, processes)
    tried = Training(task, material, training, processes)
    taken = list[float]()
    with closing(tried):
        while not tried.done and tried.number < _TRIED:
            begun = time.perf_counter()
            tried.advance()
            taken.append(time.perf_counter() - begun)
    seconds = tried.of * statistics.median(taken)
    return Forecast(steps=tried.of, seconds=seconds, memory=held_memory())


def run(
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
    """Train a task without a method around it; see :func:`train`.

    The task's networks are on the device of the processes; the recipe is plain values by name.

    Raises:
        OptionError: The batch cannot be split over the processes.
        RunError: The folder holds another training or cannot be written; or too many steps in a
            row were not finite.
        PictureError: No picture can be read.
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


def _start_from(
    start: Path, method: Method[Any, Any, Any], task: Task, recipe: Mapping[str, Any]
) -> None:
    trained = read_trained(start)
    check_method(trained, method.name)
    with load_errors(trained.path, WHOLE_NETWORK, ModelError):
        if other := difference(method.shape(trained.recipe), method.shape(recipe)):
            raise ModelError(f"{start}: this training cannot start from it: {other}")
        networks = method.networks(trained)
        for name in method.started:
            known = networks[name].network.state_dict() if name in networks else None
            task.modules[name].load_state_dict(known or trained.weights[name])
