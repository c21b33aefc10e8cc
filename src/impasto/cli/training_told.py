"""What the commands that train say when they end, and which process of a run says it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from impasto.training.train import TrainResult


def is_main() -> bool:
    """Whether this is the process of a run that speaks and exports."""
    return os.environ.get("RANK", "0") == "0"


def told_for_programs(result: TrainResult, more: Mapping[str, Any]) -> str:
    """One line of JSON; ``more`` is what only the method's command knows."""
    return json.dumps({**result.to_json(), **more})


def told(result: TrainResult, where: Path | str, loss: tuple[str, str]) -> str:
    """One line for people.

    Args:
        result: Of the training.
        where: What came of it: model files, or the run folder.
        loss: The loss to name, and what to call it.
    """
    parts = [f"{result.status} after {result.steps} of {result.of} steps"]
    name, called = loss
    if name in result.losses:
        parts.append(f"{called} {result.losses[name]:.3f}")
    if result.left_out:
        parts.append(f"{result.left_out} steps left out (not finite)")
    if result.skipped:
        parts.append(f"{len(result.skipped)} unreadable pictures skipped (skipped.txt)")
    if result.status == "stopped":
        parts.append("--resume goes on")
    return f"{where}: {', '.join(parts)}"
