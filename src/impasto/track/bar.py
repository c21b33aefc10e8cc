"""The progress line of a terminal. Imports rich, so it is imported when a run starts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

from impasto.track.wording import duration, main_losses

FULL_WIDTH: Final = 112
"""Columns of a terminal from which on there is room for three losses instead of one."""

TITLE_WIDTH: Final = 24

VALUE_WIDTH: Final = 7
"""Characters a loss takes; a fixed number, so that nothing beside it moves."""


def progress_line(console: Console, clock: Callable[[], float]) -> Progress:
    """A bar, the step, losses (a field of the task), the time it took and the time left."""
    wide = console.width >= FULL_WIDTH
    return Progress(
        TextColumn(
            "{task.description}",
            style="bold",
            markup=False,
            table_column=Column(no_wrap=True, max_width=TITLE_WIDTH, overflow="ellipsis"),
        ),
        BarColumn(
            24 if wide else 12,
            style="grey30",
            complete_style="dark_orange3",
            finished_style="green4",
            pulse_style="grey50",
        ),
        _Cell(_steps),
        _Cell(lambda task: _losses(task, 3 if wide else 1)),
        _Cell(_times),
        console=console,
        refresh_per_second=8,
        get_time=clock,
        # A result that is piped to a file must not end up on the screen with the bar.
        redirect_stdout=sys.stdout.isatty(),
    )


class _Cell(ProgressColumn):
    """A column whose text a function of the task gives."""

    def __init__(self, text: Callable[[Task], Text]) -> None:
        super().__init__(Column(no_wrap=True))
        self._text = text

    def render(self, task: Task) -> Text:
        return self._text(task)


def _steps(task: Task) -> Text:
    if task.total is None:
        return Text("preparing", style="dim")
    of = f"{task.total:.0f}"
    return Text.assemble(f"{task.completed:{len(of)}.0f}", (f"/{of}", "dim"))


def _losses(task: Task, most: int) -> Text:
    parts = main_losses(task.fields["losses"], most)
    cells = [((f"{name} ", "dim"), f"{value:{VALUE_WIDTH}}") for name, value in parts]
    return Text.assemble(*(piece for cell in cells for piece in cell))


def _times(task: Task) -> Text:
    elapsed = duration(task.elapsed or 0)
    if task.finished or task.time_remaining is None:
        return Text(elapsed)
    return Text.assemble(elapsed, (f", {duration(task.time_remaining)} left", "dim"))
