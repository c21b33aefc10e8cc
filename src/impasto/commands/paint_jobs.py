"""The work of ``impasto paint``: each photograph's run and its messages."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from impasto.commands.guards import memory_checked, stop_wished
from impasto.commands.keeping import Keeping
from impasto.commands.outputs import FAILED, INTERRUPTED, complain
from impasto.commands.picture_stream import Streams
from impasto.commands.places import names_checked
from impasto.commands.plan import Job, Plan, begun_size, is_done
from impasto.commands.progress import forecast, terminal_progress
from impasto.errors import ImpastoError, ResultError
from impasto.lock import held
from impasto.methods.painting import Painting
from impasto.options.paint import PaintArguments
from impasto.options.paper import side_on
from impasto.options.shared import LARGEST, STREAM
from impasto.photograph import Diary, Painter, Settled, opened, reader_of
from impasto.run_folder import RunFolder
from impasto.step import OnStep
from impasto.track import follow


def paint_all(plan: Plan, given: PaintArguments) -> int:
    """Paint every photograph of a plan; return the exit code.

    A photograph that fails is reported at once, and the others are still painted.
    """
    if given.output != STREAM and all(job.output != STREAM for job in plan.jobs):
        return _paint_all(plan, given, None)
    with Streams([job.content for job in plan.jobs], STREAM, as_json=given.json) as streams:
        assert streams.output is not None
        jobs = tuple(replace(job, output=streams.output) for job in plan.jobs)
        return _paint_all(replace(plan, jobs=jobs), given, streams)


def _paint_all(plan: Plan, given: PaintArguments, streams: Streams | None) -> int:
    code = FAILED if plan.refused else 0
    for error in plan.refused:
        complain(error)
    with memory_checked(plan.style):
        painter = Painter(opened(plan.inputs, reader_of(plan.options)), plan.options, plan.weights)
    with stop_wished() as stop:
        for job in plan.jobs:
            try:
                with memory_checked(str(job.content)), names_checked():
                    result = paint_one(painter, job, plan.style, given, stop)
            except ImpastoError as error:
                result = failed(job, error)
            code = report(result, given, streams) or code
            if stop():
                return code or INTERRUPTED
    return code


def failed(job: Job, error: ImpastoError) -> dict[str, Any]:
    """The result of a photograph without a picture."""
    return {"status": "failed", "output": str(job.output), "error": error}


def report(result: Mapping[str, Any], given: PaintArguments, streams: Streams | None = None) -> int:
    """Print the result of a photograph; return its exit code."""
    error, there = result.get("error"), result["status"] != "failed"
    if streams is not None:
        error = streams.sent(result["output"], error, is_there=there)
    elif given.json and (there or isinstance(error, ResultError)):  # work was done
        fault = {} if error is None else {"error": " ".join(str(error).split())}
        print(json.dumps({**result, **fault}), flush=True)
    elif there:
        print(_sentence(result), flush=True)
    if error is None:
        return 0
    complain(error)
    return FAILED


def paint_one(
    painter: Painter, job: Job, style: str, given: PaintArguments, stop: Callable[[], bool]
) -> dict[str, Any]:
    """Paint a photograph, or continue it, and write the outputs.

    Args:
        painter: The painter, with styles and options.
        job: The photograph and its outputs.
        style: The name of the styles, for the progress line.
        given: The arguments: whether to resume, overwrite, be quiet.
        stop: Returns whether to stop after the current step.

    Returns:
        The manifest, with ``status`` (painted, stopped, skipped or planned), ``output``, and
            ``error`` if something failed although the picture exists.

    Raises:
        ImpastoError: It cannot be painted here, or not be written.
        KeyboardInterrupt: It was stopped before the first step.
    """
    content = _settled(painter, job, given)
    if given.dry_run:
        return _planned(job, content)
    recipe = painter.recipe(content)
    times = given.snapshot_every, given.snapshot_steps
    run = None if job.run_dir is None else RunFolder(job.run_dir, recipe, *times)
    if run is not None and given.resume:
        run.check()
    is_open = run is not None and given.resume and run.is_open()
    if not given.overwrite and is_done(job.output, recipe) and not is_open:
        return {"status": "skipped", "output": str(job.output)}
    if not given.json and (line := forecast(content)):
        print(line, file=sys.stderr, flush=True)
    painting = painter.begin(content)
    with nullcontext() if run is None else held(run.folder, command="paint"):
        if run is not None:
            run.begin(painting, job.output, resume=given.resume)
        way = _Way(painting, job, style, run, stop, quiet=given.json)
        way.go()
        if painting.number == painting.failures.count:
            # Nothing worth saving has been painted.
            raise way.fault or KeyboardInterrupt
        keeping = Keeping(painter, content, job.output, given.bits, given.dpi, run)
        manifest = keeping.keep(painting, way.diary, whole=way.whole)
    if way.fault is not None and not isinstance(way.fault, ImpastoError):
        raise way.fault
    status = "painted" if painting.done and way.fault is None else "stopped"
    faults = [*([] if way.fault is None else [way.fault]), *keeping.faults]
    error = {"error": faults[0]} if faults else {}
    return {"status": status, "output": str(keeping.output), **manifest, **error}


def _settled(painter: Painter, job: Job, given: PaintArguments) -> Settled:
    """The photograph, and the size it is painted at."""
    source, size = reader_of(painter.options)(job.content), None
    if given.paper:
        size = side_on(given.paper, source.picture.width, source.picture.height)
    elif painter.options.size == LARGEST and not given.overwrite:
        size = begun_size(job.output, job.run_dir)
    return painter.settle(source, size=size)


def _planned(job: Job, content: Settled) -> dict[str, Any]:
    """The result of a dry run.

    Raises:
        MemoryEstimateError: It would not fit into memory.
    """
    if content.fault is not None:
        raise content.fault
    height, width = content.size
    return {
        "status": "planned",
        "output": str(job.output),
        "size": [width, height],
        "steps": content.options.steps,
        "memory": content.memory,
        "seconds": content.seconds,
        "outlook": content.outlook,
    }


@dataclass
class _Way:
    """The steps of a painting until it is done, stopped, or fails.

    Attributes:
        diary: The records of the steps.
        whole: Whether the last step is complete.
        fault: The error that ended it early. The picture so far is worth saving.
    """

    painting: Painting
    job: Job
    style: str
    run: RunFolder | None
    stop: Callable[[], bool]
    quiet: bool

    def __post_init__(self) -> None:
        self.diary = Diary()
        self.whole = True
        self.fault: Exception | None = None

    def go(self) -> None:
        """Take the steps."""
        try:
            with memory_checked(str(self.job.content)), ExitStack() as stack:
                title = f"{self.job.content.stem} as {self.style}"
                listeners: list[OnStep] = [self.diary]
                costs = self.painting.costs
                progress = terminal_progress(title, costs=costs, quiet=self.quiet)
                listeners.append(stack.enter_context(progress))
                if self.run is not None:
                    listeners.append(stack.enter_context(self.run.following(self.painting)))
                self._advance(follow(*listeners))
        except Exception as error:
            self.fault = error

    def _advance(self, on_step: OnStep) -> None:
        try:
            while not (self.painting.done or self.stop()):
                self.whole = False
                step = self.painting.advance()
                self.whole = True
                on_step(step)
        except KeyboardInterrupt:
            pass


def _sentence(result: Mapping[str, Any]) -> str:
    """The message about a result."""
    if result["status"] == "skipped":
        return f"{result['output']}: exists, skipped (--overwrite replaces it)"
    if result["status"] == "planned":
        return f"{result['output']}: {result['outlook']}"
    width, height = result["result"]["size"]
    steps = f"{result['result']['steps_done']} of {result['options']['steps']} steps"
    stopped = f"stopped after {steps}, " if result["status"] == "stopped" else ""
    return (
        f"{result['output']}: {stopped}{width} x {height}, "
        f"{result['timings']['optimisation_s']:.1f} s, "
        f"{result['network']['name']} in {result['precision']}, " + _scored(result["scores"])
    )


def _scored(scores: Mapping[str, float] | None) -> str:
    if scores is None:
        return "not scored"
    style, content = scores["style_distance"], scores["content_distance"]
    return f"style distance {style:.3f}, content distance {content:.3f}"
