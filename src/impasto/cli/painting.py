"""What ``impasto paint`` does with its plan: each photograph's run and what is said of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from typing import Any

from impasto.cli.ending import FAILED, INTERRUPTED, complain
from impasto.cli.forecast import forecast
from impasto.cli.interrupt import stop_wished
from impasto.cli.jobs import Job, Plan
from impasto.cli.memory import memory_told
from impasto.cli.paint import PaintArguments
from impasto.cli.results import begun_size, is_done, sentence
from impasto.errors import ImpastoError
from impasto.image import write_picture
from impasto.lock import held
from impasto.methods import Painting
from impasto.painter import Diary, Painter, reader_of
from impasto.recipe import shareable
from impasto.rundir import RunFolder
from impasto.step import OnStep
from impasto.track import follow, terminal_progress


def paint_all(plan: Plan, given: PaintArguments) -> int:
    """Paint every photograph of a plan; give the exit code.

    One that cannot be painted is told of at once, and the others are painted all the same.
    """
    with memory_told(plan.style):
        painter = Painter(plan.inputs.mapped(reader_of(plan.options)), plan.options, plan.weights)
    code = 0
    with stop_wished() as stop:
        for job in plan.jobs:
            try:
                with memory_told(str(job.content)):
                    result = paint_one(painter, job, plan.style, given, stop)
                print(json.dumps(result) if given.json else sentence(result), flush=True)
            except ImpastoError as error:
                complain(error)
                code = FAILED
            if stop():
                return INTERRUPTED
    return code


def paint_one(
    painter: Painter, job: Job, style: str, given: PaintArguments, stop: Callable[[], bool]
) -> dict[str, Any]:
    """Paint a photograph, or go on with it, and write what is asked for.

    Args:
        painter: With styles and options.
        job: The photograph and its places.
        style: What the manner is called while it is painted.
        given: Whether to resume, to overwrite, to be quiet.
        stop: Tells whether to stop after the step in hand.

    Returns:
        The manifest, with ``status`` (painted, stopped or skipped) and ``output``.

    Raises:
        ImpastoError: It cannot be painted here, or not be written.
        KeyboardInterrupt: It was stopped before the first step.
    """
    content = reader_of(painter.options)(job.content)
    found = painter.settled(content, size=None if given.overwrite else begun_size(job))
    recipe = painter.recipe(content)
    run = None if job.run_dir is None else RunFolder(job.run_dir, recipe, given.snapshot_every)
    if run is not None and given.resume:
        run.check()
    if not given.overwrite and is_done(job.output, recipe):
        return {"status": "skipped", "output": str(job.output)}
    if not given.json and (line := forecast(found, lambda: painter.expected_seconds(content))):
        print(line, file=sys.stderr, flush=True)
    painting = painter.begin(content)
    with nullcontext() if run is None else held(run.folder):
        if run is not None:
            run.begin(painting, job.output, resume=given.resume)
        diary, title = Diary(), f"{job.content.stem} as {style}"
        whole = _advance(painting, title, diary, run, stop, quiet=given.json)
        if not painting.number:
            raise KeyboardInterrupt  # nothing has been painted that would be worth a file
        picture = painter.finish(painting, content, diary)
        travelling = replace(picture, manifest=shareable(picture.manifest or {}))
        write_picture(travelling, job.output, bits=given.bits)
        manifest = dict(picture.manifest or {})
        if run is not None:
            run.finish(painting, manifest, job.output, whole=whole)
    status = "painted" if painting.done else "stopped"
    return {"status": status, "output": str(job.output), **manifest}


def _advance(
    painting: Painting,
    title: str,
    diary: Diary,
    run: RunFolder | None,
    stop: Callable[[], bool],
    *,
    quiet: bool,
) -> bool:
    """Take steps until done or stopped; tell whether the last one was taken whole."""
    with ExitStack() as stack:
        listeners: list[OnStep] = [diary]
        listeners.append(stack.enter_context(terminal_progress(title, quiet=quiet)))
        if run is not None:
            listeners.append(stack.enter_context(run.following(painting)))
        on_step = follow(*listeners)
        try:
            while not (painting.done or stop()):
                on_step(painting.advance())
        except KeyboardInterrupt:
            return False
    return True
