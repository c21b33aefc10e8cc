"""How far a command is that goes through many things one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

from impasto.track.wording import duration

Tell: TypeAlias = Callable[[int, int], None]
"""Takes how many are done, and of how many."""

SILENT: Final = 2.0
"""Seconds in which a log is told nothing."""


@contextmanager
def counted(
    title: str,
    things: str,
    *,
    quiet: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Tell]:
    """Show on standard error how many things are done and how long the rest will take.

    A terminal gets a line that is redrawn and goes at the end; a log gets a plain line every
    tenth, but none in the first seconds, so that what is quick says nothing.

    Args:
        title: What is gone through, in a few words.
        things: What they are, many of them.
        quiet: Show nothing at all.
        clock: Seconds from any origin, never going back.
    """
    if quiet:
        yield lambda _done, _of: None
        return
    from impasto.track.console import error_console

    console = error_console()
    if console.is_terminal and not console.is_dumb_terminal:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        columns = ("{task.description}", BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            # Brackets in a file's name are no markup.
            task = progress.add_task(title.replace("[", r"\["), total=None)
            yield lambda done, of: progress.update(task, completed=done, total=of)
        return

    def write(text: str) -> None:
        console.print(f"{title}: {text}", markup=False, highlight=False, soft_wrap=True)

    yield _plain_lines(write, things, clock)


def _plain_lines(write: Callable[[str], None], things: str, clock: Callable[[], float]) -> Tell:
    start = clock()
    tenths_told = 0

    def tell(done: int, of: int) -> None:
        nonlocal tenths_told
        tenths, elapsed = 10 * done // of, clock() - start
        if tenths <= tenths_told or elapsed < SILENT:
            return
        tenths_told = tenths
        left = f", about {duration(elapsed / done * (of - done))} left" if done < of else ""
        write(f"{done} of {of} {things}, {duration(elapsed)}{left}")

    return tell
