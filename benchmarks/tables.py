"""What every benchmark needs: programs that take turns, a table, and its place in the docs.

A result is a row, a column and a text: ``("warm, 512 x 512", "impasto", "41 ms")``. A benchmark
prints its results as a table; with ``--markdown FILE`` it also writes them into the place of that
file that has its name::

    <!-- bench: apply -->
    *when and where it was measured*

    | what | impasto | bar |
    |---|---|---|
    | warm, 512 x 512 | 41 ms | 55 ms |
    <!-- /bench -->

A ratio of two times is written by ``times_as_long`` alone.

There, cells of known rows and columns are replaced, rows and columns that are not measured (bars,
numbers of other machines) stay, and new rows come to the end. Where rows stay, that is told.
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from impasto.files import written_whole

MEASURED = "measured"
"""The column of a benchmark that measures only impasto."""

# Programs that pip installed have their compiled files; ours shall have them, too.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

OLDER = "*Rows that it did not measure are older.*"

Result = tuple[str, str, str]

ALIKE = 1.25
"""Rates of the machine whose quotient is above this are of different loads."""


@dataclass(frozen=True)
class Timed:
    """A time, and the rate of the machine beside it, in GFLOP/s of 3x3 convolutions."""

    seconds: float
    rate: float


def times_as_long(one: Timed, other: Timed) -> str:
    """How many times as long as the other it took; refused where the machine was not the same.

    Times of a busy and of a quiet minute say nothing about programs.
    """
    if max(one.rate, other.rate) > ALIKE * min(one.rate, other.rate):
        return f"not comparable: {one.rate:.0f} and {other.rate:.0f} GFLOP/s"
    return f"{one.seconds / other.seconds:.3g}"


def taking_turns(runs: Mapping[str, Callable[[], object]], times: int) -> dict[str, float]:
    """Median seconds of each, one after the other again and again: a busy machine slows all."""
    measured: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(times):
        for name, run in runs.items():
            begin = time.perf_counter()
            run()
            measured[name].append(time.perf_counter() - begin)
    return {name: statistics.median(each) for name, each in measured.items()}


def median_seconds(run: Callable[[], object], times: int) -> float:
    """Median seconds of one, after a first time that does not count."""
    return taking_turns({"": run}, times)[""]


def parser_of(doc: str | None) -> argparse.ArgumentParser:
    """A parser of arguments with the one that every benchmark has.

    Args:
        doc: The module's docstring; its first line is the help.
    """
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("--markdown", type=Path, help="docs/benchmarks.md, or a copy of it")
    # Counts from here on, so that `machine` tells of the time of the benchmark.
    psutil.cpu_times_percent()
    return parser


def tell(name: str, results: Sequence[Result], markdown: Path | None, of: str = "") -> None:
    """Print results as a table, and write them into their place where a file is given.

    Args:
        name: The place, ``<!-- bench: NAME -->``.
        results: What was measured.
        markdown: The file that has the place.
        of: What was measured with what, for the line above the table.
    """
    caption = f"*{'; '.join(part for part in (machine(), of) if part)}.*"
    print(f"{caption}\n\n{_text(_merged([], results))}", flush=True)
    if markdown is not None:
        page = filled(markdown.read_text(encoding="utf-8"), name, results, caption)
        with written_whole(markdown) as path:
            path.write_text(page, encoding="utf-8")


def machine() -> str:
    """When and where: date, cores, what of the processor matters, memory, torch, steal.

    Steal is the share of processor time that a virtual machine's host kept for others: times of a
    busy host are not comparable.
    """
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    units = {"_is_avx512_bf16_supported": "AVX-512 with bf16", "_is_amx_tile_supported": "AMX"}
    has = [text for test, text in units.items() if getattr(torch.cpu, test, lambda: False)()]
    steal = getattr(psutil.cpu_times_percent(), "steal", 0.0)
    return ", ".join(
        [
            f"{datetime.date.today()}: {cores} cores{f' ({chr(44).join(has)})' if has else ''}",
            f"{psutil.virtual_memory().total / 1e9:.0f} GB",
            f"torch {torch.__version__}",
            f"steal {steal:.0f}%",
        ]
    )


def filled(page: str, name: str, results: Sequence[Result], caption: str) -> str:
    """A page with results in their place.

    Raises:
        SystemExit: The page has no such place.
    """
    place = re.compile(rf"(<!-- bench: {re.escape(name)} -->\n)(.*?)(<!-- /bench -->)", re.DOTALL)
    found = place.search(page)
    if found is None:
        raise SystemExit(f"no place <!-- bench: {name} --> in the page")
    before = _rows(found[2])
    measured = {what for what, _, _ in results}
    if any(row[0] not in measured for row in before[1:]):
        caption = f"{caption} {OLDER}"
    table = _text(_merged(before, results))
    return page[: found.start(2)] + f"{caption}\n\n{table}\n" + page[found.end(2) :]


def rows_of(page: str) -> dict[str, list[str]]:
    """All rows of all tables of a page, by their first cell."""
    return {row[0]: row[1:] for row in _rows(page)}


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if not set("".join(row)) <= set("-: ")]


def _merged(rows: list[list[str]], results: Sequence[Result]) -> list[list[str]]:
    head, *body = rows or [["what"]]
    for what, column, text in results:
        if column not in head:
            head.append(column)
        row = next((each for each in body if each[0] == what), None)
        if row is None:
            row = [what]
            body.append(row)
        row += [""] * (len(head) - len(row))
        row[head.index(column)] = text
    return [head, *([*row, *[""] * (len(head) - len(row))] for row in body)]


def _text(rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
