"""What ``impasto train cyclegan`` does with its arguments, and what is said of it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from impasto.cli.ending import INTERRUPTED
from impasto.cli.interrupt import stop_wished
from impasto.cli.memory import memory_told
from impasto.cli.train_cyclegan import CycleGANArguments
from impasto.exporting import Exported, export_pair
from impasto.methods.cyclegan.train import train_pair
from impasto.track import terminal_progress
from impasto.training.train import TrainResult


def train_given(given: CycleGANArguments) -> int:
    """Train a pair of generators; give the exit code."""
    assert given.photos is not None
    assert given.paintings is not None
    assert given.run_dir is not None
    title = f"training {given.recipe.directions[0]} and back"
    main = os.environ.get("RANK", "0") == "0"
    with (
        memory_told(f"{given.photos}, {given.paintings}"),
        stop_wished() as stop,
        terminal_progress(title, quiet=given.json or not main) as progress,
    ):
        result = train_pair(
            given.photos,
            given.paintings,
            given.recipe,
            given.training,
            run_dir=given.run_dir,
            start=given.start_from,
            resume=given.resume,
            on_step=progress,
            stop=stop,
        )
    if main:
        models = export_pair(given.run_dir, given.run_dir) if result.steps else ()
        print(_told(result, models, given))
    return INTERRUPTED if stop() else 0


def _told(result: TrainResult, models: Sequence[Exported], given: CycleGANArguments) -> str:
    files = [str(each.path) for each in models]
    if given.json:
        entry: dict[str, Any] = {**result.to_json(), "models": files}
        return json.dumps(entry)
    parts = [f"{result.status} after {result.steps} of {result.of} steps"]
    if "cycle" in result.losses:
        parts.append(f"cycle loss {result.losses['cycle']:.3f}")
    if result.left_out:
        parts.append(f"{result.left_out} steps left out (not finite)")
    if result.skipped:
        parts.append(f"{len(result.skipped)} unreadable pictures skipped (skipped.txt)")
    if result.status == "stopped":
        parts.append("--resume goes on")
    return f"{', '.join(files) or given.run_dir}: {', '.join(parts)}"
