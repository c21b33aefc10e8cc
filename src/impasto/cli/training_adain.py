"""What ``impasto train adain`` does with its arguments, and what is said of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from impasto.cli.ending import INTERRUPTED
from impasto.cli.interrupt import stop_wished
from impasto.cli.memory import memory_told
from impasto.cli.train_adain import AdainArguments
from impasto.exporting import export
from impasto.methods.adain.train import train_anystyle
from impasto.runtime.resolve import EXPORTED
from impasto.track import terminal_progress
from impasto.training.train import TrainResult


def train_given(given: AdainArguments) -> int:
    """Train an any-style network; give the exit code."""
    assert given.contents is not None
    assert given.styles is not None
    assert given.run_dir is not None
    main = os.environ.get("RANK", "0") == "0"
    with (
        memory_told(f"{given.contents}, {given.styles}"),
        stop_wished() as stop,
        terminal_progress("training any style", quiet=given.json or not main) as progress,
    ):
        result = train_anystyle(
            given.contents,
            given.styles,
            given.recipe,
            given.training,
            run_dir=given.run_dir,
            start=given.start_from,
            resume=given.resume,
            on_step=progress,
            stop=stop,
        )
    if main:
        model = given.run_dir / EXPORTED if result.steps else None
        if model is not None:
            export(given.run_dir, model)
        print(_told(result, model, given))
    return INTERRUPTED if stop() else 0


def _told(result: TrainResult, model: Path | None, given: AdainArguments) -> str:
    if given.json:
        entry: dict[str, Any] = {**result.to_json(), "model": model and str(model)}
        return json.dumps(entry)
    parts = [f"{result.status} after {result.steps} of {result.of} steps"]
    if "total" in result.losses:
        parts.append(f"loss {result.losses['total']:.3f}")
    if result.left_out:
        parts.append(f"{result.left_out} steps left out (not finite)")
    if result.skipped:
        parts.append(f"{len(result.skipped)} unreadable pictures skipped (skipped.txt)")
    if result.status == "stopped":
        parts.append("--resume goes on")
    return f"{model or given.run_dir}: {', '.join(parts)}"
