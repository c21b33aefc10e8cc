"""``impasto train``: networks that stylize in one pass."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from impasto.commands.guards import memory_checked, stop_wished
from impasto.commands.outputs import INTERRUPTED
from impasto.commands.progress import terminal_progress
from impasto.options.train import AdainArguments, CycleGANArguments
from impasto.shown import duration
from impasto.training.train import Forecast, TrainResult
from impasto.trainings import TrainArguments, forecast, kept_names, trained


def run(given: TrainArguments) -> int:
    """Train a network; return the exit code."""
    data, title = _described(given)
    main = os.environ.get("RANK", "0") == "0"  # the process of a run that prints and exports
    if given.dry_run:
        with memory_checked(", ".join(map(str, data))):
            found = forecast(given)
        if main:
            print(
                json.dumps({"status": "planned", **asdict(found)})
                if given.json
                else _told(given, found)
            )
        return 0
    with (
        memory_checked(", ".join(map(str, data))),
        stop_wished() as stop,
        terminal_progress(title, quiet=given.json or not main) as progress,
    ):
        result = trained(given, on_step=progress, stop=stop)
    if main:
        models = [str(each) for each in result.models]
        names = kept_names(given) if models else []
        pair = isinstance(given, CycleGANArguments)
        if given.json:
            more = {"models": models} if pair else {"model": models[0] if models else None}
            print(json.dumps({**result.to_json(), **more, "as": names}))
        else:
            loss = ("cycle", "cycle loss") if pair else ("total", "loss")
            line = _summary(result, ", ".join(models) or str(given.run_dir), *loss)
            print(f"{line}; kept as {' and '.join(names)}" if names else line)
    return INTERRUPTED if stop() else 0


def _told(given: TrainArguments, found: Forecast) -> str:
    memory = f"about {found.memory / 1e9:.1f} GB of memory"
    return f"{given.run_dir}: {found.steps} steps, {memory}, about {duration(found.seconds)}"


def _described(given: TrainArguments) -> tuple[tuple[Path, ...], str]:
    """The pictures, and the name of the training."""
    if isinstance(given, AdainArguments):
        return (given.contents, given.styles), "training any style"
    if isinstance(given, CycleGANArguments):
        return (given.photos, given.paintings), f"training {given.recipe.directions[0]} and back"
    count = len(given.style or given.add_style)
    return (given.data,), f"training {count} style{'s'[: count > 1]}"


def _summary(result: TrainResult, where: str, name: str, called: str) -> str:
    parts = [f"{result.status} after {result.steps} of {result.of} steps"]
    if name in result.losses:
        parts.append(f"{called} {result.losses[name]:.3f}")
    if result.left_out:
        parts.append(f"{result.left_out} steps left out (not finite)")
    if result.skipped:
        parts.append(f"{len(result.skipped)} unreadable pictures skipped (skipped.txt)")
    if result.status == "stopped":
        parts.append("--resume continues")
    return f"{where}: {', '.join(parts)}"
