"""A painted picture's file: whether it is there, what travels with it, what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypedDict

from impasto import done
from impasto.cli.jobs import Job
from impasto.errors import ImpastoError
from impasto.image import read_manifest
from impasto.recipe import Decisive, decisive
from impasto.records import checked_record, read_record


class Sized(TypedDict):
    """Options, of which the size counts."""

    size: int


class Begun(TypedDict):
    """A manifest by which the size of a painting is found again."""

    options: Sized


def is_done(output: Path, recipe: Mapping[str, Any]) -> bool:
    """Whether the picture is there already, whole, from the same inputs and options.

    Raises:
        PictureError: Something else is there.
    """
    if not output.exists():
        return False
    return done.is_done(
        output,
        read_manifest(output),
        recipe,
        lambda manifest: decisive(checked_record(manifest, Decisive, str(output))),
        is_whole=lambda kept: kept["result"]["steps_done"] == recipe["options"]["steps"],
    )


def begun_size(job: Job) -> int | None:
    """The size at which a painting was begun, if it was: ``max`` means that one again.

    Else a second call would find more or less memory than the first, and another size in it.
    """
    with suppress(ImpastoError):
        if job.run_dir is not None:
            return read_record(job.run_dir / "manifest.json", Begun)["options"]["size"]
        if job.output.is_file():
            manifest = read_manifest(job.output)
            return checked_record(manifest, Begun, str(job.output))["options"]["size"]
    return None


def sentence(result: Mapping[str, Any]) -> str:
    """What the terminal says of a result."""
    if result["status"] == "skipped":
        return f"{result['output']}: painted before, skipped (--overwrite paints again)"
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
