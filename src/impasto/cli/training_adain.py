"""What ``impasto train adain`` does with its arguments, and what is said of it."""

from __future__ import annotations

from impasto.cli.ending import INTERRUPTED
from impasto.cli.interrupt import stop_wished
from impasto.cli.memory import memory_told
from impasto.cli.progress import terminal_progress
from impasto.cli.train_adain import AdainArguments
from impasto.cli.training_told import is_main, told, told_for_programs
from impasto.exporting import export
from impasto.methods.adain.train import train_anystyle
from impasto.networks.resolve import EXPORTED


def train_given(given: AdainArguments) -> int:
    """Train an any-style network; give the exit code."""
    assert given.contents is not None
    assert given.styles is not None
    assert given.run_dir is not None
    with (
        memory_told(f"{given.contents}, {given.styles}"),
        stop_wished() as stop,
        terminal_progress("training any style", quiet=given.json or not is_main()) as progress,
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
    if is_main():
        model = given.run_dir / EXPORTED if result.steps else None
        if model is not None:
            export(given.run_dir, model)
        if given.json:
            print(told_for_programs(result, {"model": model and str(model)}))
        else:
            print(told(result, model or given.run_dir, ("total", "loss")))
    return INTERRUPTED if stop() else 0
