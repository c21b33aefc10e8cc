"""``impasto train``: networks that stylize in an instant."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from impasto.cli.guards import memory_told, stop_wished
from impasto.cli.outputs import INTERRUPTED
from impasto.cli.progress import terminal_progress
from impasto.methods.adain.method import METHOD as ADAIN
from impasto.methods.cyclegan.method import METHOD as CYCLEGAN
from impasto.methods.johnson.method import METHOD as JOHNSON
from impasto.methods.johnson.method import StyleImage, StyleSources
from impasto.networks.resolve import located
from impasto.options.train import AdainArguments, CycleGANArguments, JohnsonArguments
from impasto.source import open_source, tell_if_flat
from impasto.training.method import Method
from impasto.training.train import TrainResult, train


def johnson(given: JohnsonArguments) -> int:
    """Train a style network; give the exit code."""
    styles = [_style(each) for each in given.style or given.add_style]
    title = f"training {len(styles)} style{'s'[: len(styles) > 1]}"
    sources = StyleSources(styles, given.data, _network(given.base))
    return _train(given, JOHNSON, sources, (given.data,), title)


def adain(given: AdainArguments) -> int:
    """Train an any-style network; give the exit code."""
    sources = {"content": given.contents, "style": given.styles}
    return _train(given, ADAIN, sources, sources.values(), "training any style")


def cyclegan(given: CycleGANArguments) -> int:
    """Train a pair of generators; give the exit code."""
    sources = {"photo": given.photos, "painting": given.paintings}
    title = f"training {given.recipe.directions[0]} and back"
    return _train(given, CYCLEGAN, sources, sources.values(), title)


def _train(
    given: JohnsonArguments | AdainArguments | CycleGANArguments,
    method: Method[Any, Any, Any],
    sources: Any,
    pictures: Iterable[Path],
    title: str,
) -> int:
    start = _network(given.start_from) if method is JOHNSON else given.start_from
    main = os.environ.get("RANK", "0") == "0"  # the process of a run that prints and exports
    with (
        memory_told(", ".join(map(str, pictures))),
        stop_wished() as stop,
        terminal_progress(title, quiet=given.json or not main) as progress,
    ):
        result = train(
            method,
            sources,
            given.recipe,
            given.training,
            run_dir=given.run_dir,
            start=start,
            resume=given.resume,
            on_step=progress,
            stop=stop,
        )
    if main:
        models = [str(each) for each in result.models]
        if given.json:
            model = models[0] if models else None
            more = {"models": models} if method is CYCLEGAN else {"model": model}
            print(json.dumps({**result.to_json(), **more}))
        else:
            loss = ("cycle", "cycle loss") if method is CYCLEGAN else ("total", "loss")
            print(_summary(result, ", ".join(models) or str(given.run_dir), *loss))
    return INTERRUPTED if stop() else 0


def _style(text: str) -> StyleImage:
    name, equals, picture = text.partition("=")
    if not equals or Path(text).exists():
        name, picture = Path(text).stem.replace(":", "-").replace(",", "-"), text
    source = open_source(picture)
    tell_if_flat(source)
    return StyleImage(name, source)


def _network(model: Path | None) -> Path | None:
    """A path as it is; what is none may be the name of a bundled network."""
    if model is None or model.exists():
        return model
    return located(str(model)).path


def _summary(result: TrainResult, where: str, name: str, called: str) -> str:
    parts = [f"{result.status} after {result.steps} of {result.of} steps"]
    if name in result.losses:
        parts.append(f"{called} {result.losses[name]:.3f}")
    if result.left_out:
        parts.append(f"{result.left_out} steps left out (not finite)")
    if result.skipped:
        parts.append(f"{len(result.skipped)} unreadable pictures skipped (skipped.txt)")
    if result.status == "stopped":
        parts.append("--resume goes on")
    return f"{where}: {', '.join(parts)}"
