"""A painted picture's file: whether it is there, what travels with it, what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
