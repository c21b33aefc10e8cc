"""What ``impasto train cyclegan`` does with its arguments, and what is said of it."""

from __future__ import annotations

from impasto.cli.ending import INTERRUPTED
from impasto.cli.interrupt import stop_wished
from impasto.cli.memory import memory_told
from impasto.cli.progress import terminal_progress
from impasto.cli.train_cyclegan import CycleGANArguments
from impasto.cli.training_told import is_main, told, told_for_programs
from impasto.exporting import export_pair
from impasto.methods.cyclegan.train import train_pair


def train_given(given: CycleGANArguments) -> int:
    """Train a pair of generators; give the exit code."""
    assert given.photos is not None
    assert given.paintings is not None
    assert given.run_dir is not None
    title = f"training {given.recipe.directions[0]} and back"
    with (
        memory_told(f"{given.photos}, {given.paintings}"),
        stop_wished() as stop,
        terminal_progress(title, quiet=given.json or not is_main()) as progress,
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
    if is_main():
        models = export_pair(given.run_dir, given.run_dir) if result.steps else ()
        files = [str(each.path) for each in models]
        if given.json:
            print(told_for_programs(result, {"models": files}))
        else:
            print(told(result, ", ".join(files) or given.run_dir, ("cycle", "cycle loss")))
    return INTERRUPTED if stop() else 0
