"""A painted picture's file: whether it is there, what travels with it, what is said of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from impasto.cli.jobs import Job
from impasto.errors import PictureError
from impasto.image import read_manifest
from impasto.recipe import difference


def is_done(output: Path, recipe: Mapping[str, Any]) -> bool:
    """Whether the picture is there already, whole, from the same inputs and options.

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
    try:
        other = difference(manifest, recipe)
        done = manifest["result"]["steps_done"] == recipe["options"]["steps"]
    except (KeyError, TypeError, AttributeError):
        other, done = "its manifest", False  # of another version, or changed by hand
    if other:
        raise PictureError(
            f"{output} is there already, with other values of {other}: "
            "give another --output, or --overwrite"
        )
    return bool(done)


def begun_size(job: Job) -> int | None:
    """The size at which a painting was begun, if it was: ``max`` means that one again.

    Else a second call would find more or less memory than the first, and another size in it.
    """
    manifest: Any = None
    with suppress(PictureError, OSError, ValueError):
        if job.run_dir is not None:
            manifest = json.loads((job.run_dir / "manifest.json").read_text(encoding="utf-8"))
        elif job.output.is_file():
            manifest = read_manifest(job.output)
    try:
        size = manifest["options"]["size"]
    except (KeyError, TypeError):
        return None
    return size if isinstance(size, int) else None


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
        f"{result['network']['name']} in {result['precision']}, "
        f"style distance {result['scores']['style_distance']:.3f}, "
        f"content distance {result['scores']['content_distance']:.3f}"
    )
