"""What ``impasto paint`` does with its arguments: each photograph's run and what is said of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from impasto.cli.interrupt import stop_wished
from impasto.cli.jobs import Job, jobs_of
from impasto.cli.main import INTERRUPTED
from impasto.cli.paint import PaintArguments
from impasto.errors import ImpastoError, PictureError
from impasto.image import Picture, read_manifest, write_picture
from impasto.methods.gatys.painting import Painting
from impasto.painter import Diary, Painter
from impasto.recipe import difference
from impasto.rundir import RunFolder
from impasto.source import open_source
from impasto.step import OnStep
from impasto.track import follow, terminal_progress


def paint_all(given: PaintArguments) -> int:
    """Paint every photograph that was asked for; give the exit code."""
    plan = jobs_of(given)
    painter = Painter(open_source(plan.style), plan.options, plan.weights)
    failed = 0
    with stop_wished() as stop:
        for job in plan.jobs:
            try:
                result = _paint_one(painter, job, given, stop)
                print(json.dumps(result) if given.json else _sentence(result, painter))
            except ImpastoError as error:
                if len(plan.jobs) == 1:
                    raise
                failed += 1
                print(f"impasto: {' '.join(str(error).split())}", file=sys.stderr)
            if stop():
                return INTERRUPTED
    if failed:
        raise ImpastoError(f"{failed} of {len(plan.jobs)} photographs could not be painted")
    return 0


def _paint_one(
    painter: Painter, job: Job, given: PaintArguments, stop: Callable[[], bool]
) -> dict[str, Any]:
    content = open_source(job.content)
    recipe = painter.recipe(content)
    if not given.overwrite and _is_done(job.output, recipe):
        return {"status": "skipped", "output": str(job.output)}
    painting = painter.begin(content)
    run = None if job.run_dir is None else RunFolder(job.run_dir, recipe, given.snapshot_every)
    if run is not None:
        run.begin(painting, job.output, resume=given.resume)
    diary = Diary()
    whole = _advance(painting, _title(job, painter), diary, run, stop, quiet=given.json)
    picture = painter.finish(painting, content, diary)
    write_picture(_shareable(picture), job.output, bits=given.bits)
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


def _is_done(output: Path, recipe: dict[str, Any]) -> bool:
    """Whether the picture is there already, from the same inputs and options.

    Raises:
        PictureError: Something else is there.
    """
    if not output.exists():
        return False
    manifest = read_manifest(output)
    if manifest is None or manifest.get("command") != "paint":
        raise PictureError(
            f"{output} is there already and was not painted by impasto: "
            "give another --output, or --overwrite"
        )
    if other := difference(manifest, recipe):
        raise PictureError(
            f"{output} is there already, with other values of {other}: "
            "give another --output, or --overwrite"
        )
    return bool(manifest["result"]["steps_done"] == recipe["options"]["steps"])


def _shareable(picture: Picture) -> Picture:
    """Without the folders of this machine: the picture may travel."""
    manifest = dict(picture.manifest or {})
    inputs = {role: {**entry, "path": ""} for role, entry in manifest["inputs"].items()}
    return replace(picture, manifest={**manifest, "inputs": inputs})


def _title(job: Job, painter: Painter) -> str:
    return f"{job.content.stem} as {Path(painter.style.name).stem}"


def _sentence(result: dict[str, Any], painter: Painter) -> str:
    if result["status"] == "skipped":
        return f"{result['output']}: painted before, skipped (--overwrite paints again)"
    width, height = result["result"]["size"]
    scores = result["scores"]
    seconds = result["timings"]["optimisation_s"]
    weights = painter.stylizer.weights
    stopped = (
        ""
        if result["status"] == "painted"
        else (f"stopped after {result['result']['steps_done']} of {painter.options.steps} steps, ")
    )
    return (
        f"{result['output']}: {stopped}{width} x {height}, {seconds:.1f} s, "
        f"{weights.network} ({weights.where}, {result['precision']}), "
        f"style distance {scores['style_distance']:.3f}, "
        f"content distance {scores['content_distance']:.3f}"
    )
