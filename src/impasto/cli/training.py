"""What ``impasto train`` does with its arguments, and what is said of it."""

from __future__ import annotations

from pathlib import Path

from impasto.cli.ending import INTERRUPTED
from impasto.cli.interrupt import stop_wished
from impasto.cli.memory import memory_told
from impasto.cli.progress import terminal_progress
from impasto.cli.train import JohnsonArguments
from impasto.cli.training_told import is_main, told, told_for_programs
from impasto.exporting import export
from impasto.methods.johnson.train import StyleImage, train_styles
from impasto.networks.resolve import EXPORTED, located
from impasto.source import open_source, tell_if_flat


def train_johnson(given: JohnsonArguments) -> int:
    """Train a style network; give the exit code."""
    assert given.data is not None
    assert given.run_dir is not None
    styles = [_style(each) for each in given.style or given.add_style]
    title = f"training {len(styles)} style{'s'[: len(styles) > 1]}"
    quiet = given.json or not is_main()
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
    if is_main():
        model = given.run_dir / EXPORTED if result.steps else None
        if model is not None:
            export(given.run_dir, model)
        if given.json:
            print(told_for_programs(result, {"model": model and str(model)}))
        else:
            print(told(result, model or given.run_dir, ("total", "loss")))
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
