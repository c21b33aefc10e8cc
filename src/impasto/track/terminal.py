"""The progress of a run in the terminal: one calm line, or a few plain ones in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from impasto.track.wording import duration, main_losses

if TYPE_CHECKING:
    from rich.console import Console

    from impasto.step import OnStep, Step


@contextmanager
def terminal_progress(
    title: str,
    console: Console | None = None,
    *,
    quiet: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[OnStep]:
    """Show how far a run is, its losses, the time it took and the time it will take.

    A terminal gets one line that is redrawn, with notes above it. Anything else (a log file, a
    pipe) gets a plain line every tenth of the run and for each note.

    Args:
        title: What is running, in a few words.
        console: Where to draw; standard error when not given.
        quiet: Show nothing at all.
        clock: Seconds from any origin, never going back.
    """
    if quiet:
        yield _ignore
        return
    if console is None:
        from impasto.track.console import error_console

        console = error_console()
    if console.is_terminal and not console.is_dumb_terminal:
        with _drawn(title, console, clock) as on_step:
            yield on_step
    else:
        yield _plain_lines(title, console, clock)


def _ignore(step: Step) -> None:
    pass


@contextmanager
def _drawn(title: str, console: Console, clock: Callable[[], float]) -> Iterator[OnStep]:
    from impasto.track.bar import progress_line

    with progress_line(console, clock) as progress:
        # The bar pulses until the first step tells how many there are.
        task = progress.add_task(title, total=None, losses={})

        def draw(step: Step) -> None:
            if step.note:
                note = f"step {step.number}: {step.note}"
                progress.console.print(note, style="yellow", markup=False, highlight=False)
            progress.update(task, total=step.of, completed=step.number, losses=step.losses)

        yield draw


def _plain_lines(title: str, console: Console, clock: Callable[[], float]) -> OnStep:
    start = clock()
    first: int | None = None  # a resumed run does not begin at step 1
    tenths_told = 0

    def write(text: str) -> None:
        console.print(f"{title}: {text}", markup=False, highlight=False, soft_wrap=True)

    def tell(step: Step) -> None:
        nonlocal first, tenths_told
        if first is None:
            first = step.number - 1
            tenths_told = 10 * first // step.of
        if step.note:
            write(f"step {step.number}: {step.note}")
        if 10 * step.number // step.of > tenths_told:
            tenths_told = 10 * step.number // step.of
            elapsed = clock() - start
            write(_plain_line(step, elapsed, elapsed / (step.number - first)))

    return tell


def _plain_line(step: Step, elapsed: float, seconds_per_step: float) -> str:
    losses = ", ".join(f"{name} {value}" for name, value in main_losses(step.losses))
    left = seconds_per_step * (step.of - step.number)
    remaining = f", about {duration(left)} left" if left else ""
    return f"step {step.number}/{step.of}, {losses}, {duration(elapsed)}{remaining}"
