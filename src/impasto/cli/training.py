"""What ``impasto train`` does with its arguments, and what is said of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from impasto.cli.ending import INTERRUPTED
from impasto.cli.interrupt import stop_wished
from impasto.cli.memory import memory_told
from impasto.cli.train import JohnsonArguments
from impasto.exporting import export
from impasto.methods.johnson.train import StyleImage, train_styles
from impasto.runtime.resolve import EXPORTED, located
from impasto.source import open_source
from impasto.track import terminal_progress
from impasto.training.train import TrainResult


def train_johnson(given: JohnsonArguments) -> int:
    """Train a style network; give the exit code."""
    assert given.data is not None
    assert given.run_dir is not None
    styles = [_style(each) for each in given.style or given.add_style]
    title = f"training {len(styles)} style{'s'[: len(styles) > 1]}"
    quiet = given.json or not _is_main()
    with (
        memory_told(str(given.data)),
        stop_wished() as stop,
        terminal_progress(title, quiet=quiet) as progress,
    ):
        result = train_styles(
            styles,
            given.data,
            given.recipe,
            given.training,
            run_dir=given.run_dir,
            base=_network(given.base),
            start=_network(given.start_from),
            resume=given.resume,
            on_step=progress,
            stop=stop,
        )
    if _is_main():
        model = given.run_dir / EXPORTED if result.steps else None
        if model is not None:
            export(given.run_dir, model)
        print(_told(result, model, given))
    return INTERRUPTED if stop() else 0


def _style(text: str) -> StyleImage:
    name, equals, picture = text.partition("=")
    if not equals or Path(text).exists():
        return StyleImage(Path(text).stem.replace(":", "-").replace(",", "-"), open_source(text))
    return StyleImage(name, open_source(picture))


def _network(model: Path | None) -> Path | None:
    """A path as it is; what is none may be the name of a bundled network."""
    if model is None or model.exists():
        return model
    return located(str(model)).path


def _is_main() -> bool:
    return os.environ.get("RANK", "0") == "0"


def _told(result: TrainResult, model: Path | None, given: JohnsonArguments) -> str:
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
