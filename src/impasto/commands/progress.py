"""How far a run is: one line that is redrawn in a terminal, a few plain lines in a log.

Rich draws the line. It is imported when there is one to draw, as its import takes longer than a
small picture.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final, Protocol, TextIO, TypeAlias

from impasto.pace import Pace
from impasto.shown import compact, controls_shown, duration, escaped, raw
from impasto.step import PROMINENT

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from impasto.photograph import Settled
    from impasto.step import OnStep, Step

QUICK: Final = 1.0
"""Seconds in which a count shows nothing, so that a quick command says nothing."""

SELDOM: Final = 10.0
"""Seconds between the lines of a log when nobody knows where the end is."""

FULL_WIDTH: Final = 112
"""Columns of a terminal with room for three losses instead of one."""

LARGE: Final = 4_000_000
"""Pixels of a picture that takes long enough to say so before."""

Details: TypeAlias = Sequence[tuple[str, str]]
"""Names and values beside a count; a name may be empty."""


class OnCount(Protocol):
    """Takes how many are done, of how many (None: unknown), and the name of the last one."""

    def __call__(self, done: int, of: int | None, name: str = "", /) -> None:
        """Count them."""


@contextmanager
def counted(
    title: str,
    things: str,
    *,
    before: int = 0,
    paced: bool = False,
    quiet: bool = False,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[OnCount]:
    """Show how many things are done, the time that took, and the time that is left.

    A terminal gets one line that is redrawn and goes away at the end. Anything else (a log file, a
    pipe) gets a plain line every tenth. What takes less than a second shows nothing.

    Args:
        title: What runs, in a few words; may be empty.
        things: What is counted, in the plural.
        before: How many were done by earlier runs; they say nothing about the pace.
        paced: Also show how many are done in a second.
        quiet: Show nothing at all.
        stream: Where to show it; standard error when not given.
        clock: Seconds from any origin, never going back.
    """
    count = _Count(things, before, clock)
    with ExitStack() as stack:
        view = None if quiet else _view(title, count, stream, stack)

        def on_count(done: int, of: int | None, name: str = "") -> None:
            count.add(done, of)
            if view and count.elapsed >= QUICK:
                view.show([("", each) for each in (count.pace_text if paced else "", name) if each])

        yield on_count


@contextmanager
def terminal_progress(
    title: str,
    *,
    costs: Sequence[float] = (),
    quiet: bool = False,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[OnStep]:
    """Show the steps of a run with their losses, the time they took, and the time that is left.

    As `counted`, but from the beginning; the line stays, and notes stand above it.

    Args:
        title: What runs, in a few words.
        costs: What each step costs, compared with the others; without them, all the same.
        quiet: Show nothing at all.
        stream: Where to show it; standard error when not given.
        clock: Seconds from any origin, never going back.
    """
    count = _Count("", None, clock, costs)
    with ExitStack() as stack:
        view = None if quiet else _view(title, count, stream, stack)
        if view:
            view.show([])

        def on_step(step: Step) -> None:
            count.add(step.number, step.of)
            if view:
                note = f"step {step.number}: {step.note}" if step.note else ""
                view.show(main_losses(step.losses), note)

        yield on_step


def forecast(found: Settled) -> str | None:
    """One line about a painting that is large or does not fit as it is; None about any other."""
    height, width = found.size
    plan = found.plan
    if plan is None or not (plan.is_tiled(found.size) or height * width >= LARGE):
        return None
    return found.outlook


class _Count:
    """How many are done, and how long the rest takes at the pace of the last half minute.

    ``things`` is "" for steps; ``before`` is None for one less than the first count.
    """

    def __init__(
        self,
        things: str,
        before: int | None,
        clock: Callable[[], float],
        costs: Sequence[float] = (),
    ) -> None:
        self.things, self.before, self.clock = things, before, clock
        self.start = clock()
        self.elapsed = 0.0
        self.done = 0
        self.of: int | None = None
        self._pace = Pace(costs)

    def add(self, done: int, of: int | None) -> None:
        if self.of is None and not self.done:
            self.before = done - 1 if self.before is None else self.before
            self._pace.note(self.before, self.start)
        now = self.clock()
        self._pace.note(done, now)
        self.elapsed = now - self.start
        self.done, self.of = done, of

    @property
    def pace_text(self) -> str:
        each = self._pace.each
        if math.isnan(each):
            return ""
        return f"{1 / each:.1f} {self.things}/s" if each < 1.05 else f"{each:.1f} s each"

    @property
    def left(self) -> str:
        """The time that the rest takes; "" when there is no rest or nobody knows."""
        if self.of is None or self.done >= self.of:
            return ""
        seconds = self._pace.left(self.done, self.of)
        return "" if math.isnan(seconds) else duration(seconds)

    def __str__(self) -> str:
        if not self.things:
            return f"step {self.done}/{self.of}"
        return f"{self.done}{'' if self.of is None else f' of {self.of}'} {self.things}"


class _Log:
    """Plain lines: one every tenth, or every ten seconds when nobody knows where the end is."""

    def __init__(self, title: str, count: _Count, stream: TextIO) -> None:
        self._title, self._count, self._stream = title, count, stream
        self._tenths: int | None = None
        self._last = 0.0

    def show(self, details: Details, note: str = "") -> None:
        count = self._count
        if note:
            self._write(note)
        if not self._is_due():
            return
        parts = [f"{name} {value}".strip() for name, value in details]
        left = [f"about {count.left} left"] if count.left else []
        self._write(", ".join([str(count), *parts, duration(count.elapsed), *left]))

    def _is_due(self) -> bool:
        count = self._count
        if count.of is None:
            due = count.elapsed - self._last >= SELDOM
        else:
            before = 10 * (count.before or 0) // count.of if self._tenths is None else self._tenths
            self._tenths = 10 * count.done // count.of
            due = self._tenths > before
        if due:
            self._last = count.elapsed
        return due

    def _write(self, text: str) -> None:
        title = f"{self._title}: " if self._title else ""
        self._stream.write(f"{escaped(title + text)}\n")
        self._stream.flush()


class _Bar:
    """The redrawn line of a terminal; what is printed meanwhile stands above it."""

    def __init__(self, title: str, count: _Count, stream: TextIO, stack: ExitStack) -> None:
        self._title, self._count, self._stream, self._stack = title, count, stream, stack
        self._details: Details = []
        self._live: Live | None = None
        self._wide = False

    def show(self, details: Details, note: str = "") -> None:
        self._details = details
        self._live = self._live or self._begun()
        if note:
            self._live.console.print(escaped(note), style="yellow", markup=False, highlight=False)

    def _begun(self) -> Live:
        from rich.console import Console
        from rich.live import Live

        # What is printed is left to the terminal to wrap, so that a long path can be copied.
        console = Console(file=self._stream, force_terminal=True, soft_wrap=True)
        self._wide = console.width >= FULL_WIDTH
        live = Live(
            console=console,
            get_renderable=self._line,
            refresh_per_second=8,
            transient=bool(self._count.things),
            # A result that is piped to a file must not end up on the screen with the bar.
            redirect_stdout=sys.stdout is not None and sys.stdout.isatty(),
        )
        self._stack.enter_context(live)
        self._stack.enter_context(controls_shown())  # rich would obey what it is given to print
        return live

    def _line(self) -> Table:
        from rich.progress_bar import ProgressBar
        from rich.table import Column, Table
        from rich.text import Text

        count, wide = self._count, self._wide
        bar = ProgressBar(
            count.of, count.done, 24 if wide else 12, style="grey30",
            complete_style="dark_orange3", finished_style="green4", pulse_style="grey50",
        )  # fmt: skip
        number = Text(str(count))
        if not count.things and count.of is None:
            number = Text("preparing", "dim")
        elif not count.things:
            number = Text.assemble(f"{count.done:{len(str(count.of))}}", (f"/{count.of}", "dim"))
        details = Text.assemble(*(
            piece
            for name, value in self._details[: 3 if wide else 1]
            # Of a fixed width, so that nothing beside a loss moves.
            for piece in ((f"{name} " if name else "", "dim"), f"{escaped(value):7} ")
        ))  # fmt: skip
        left = (f", {count.left} left" if count.left else "", "dim")
        times = Text.assemble(duration(count.clock() - count.start), left)
        cells: list[Text | ProgressBar] = [
            Text(escaped(self._title), "bold"),
            bar,
            number,
            details,
            times,
        ]
        first = Column(no_wrap=True, max_width=24, overflow="ellipsis")
        columns = [first, *(Column(no_wrap=True) for _ in cells[1:])]
        skipped = 0 if self._title else 1
        table = Table.grid(*columns[skipped:], padding=(0, 1))
        table.add_row(*cells[skipped:])
        return table


def _view(title: str, count: _Count, stream: TextIO | None, stack: ExitStack) -> _Bar | _Log | None:
    stream = sys.stderr if stream is None else stream
    if stream is None:  # closed when the process began
        return None
    if stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown"):
        return _Bar(title, count, raw(stream), stack)
    return _Log(title, count, raw(stream))


def main_losses(losses: Mapping[str, float]) -> list[tuple[str, str]]:
    """Names and compact values of three losses: first the prominent, then those without a group."""
    others = (name for name in losses if "/" not in name and name not in PROMINENT)
    names = [*(name for name in PROMINENT if name in losses), *others]
    return [(name, compact(losses[name])) for name in names[:3]]
