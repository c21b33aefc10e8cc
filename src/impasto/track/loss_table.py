"""The losses of every step as a table that survives a killed run."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from impasto.errors import RunError
from impasto.files import write_errors, written_whole

if TYPE_CHECKING:
    from _csv import Writer
    from typing import TextIO

    from impasto.step import Step

LEADING_COLUMNS: Final = ("step", "seconds")


class LossTable:
    """Appends the losses of each step to a CSV file: step, seconds since the start, losses.

    Every row is on disk before the next step starts, so a killed run keeps its rows. The header
    comes from the first step; a loss that appears later adds a column, and a missing value is an
    empty cell. Numbers have all their digits.

    Args:
        path: The file, in a folder that exists.
        resume_from: Step of the checkpoint to resume from. Rows of later steps and an incomplete
            last row are dropped, and the seconds continue; 0 starts a new table.
        clock: Monotonic seconds.

    Raises:
        RunError: The file to resume is not a table of losses.
    """

    def __init__(
        self,
        path: Path,
        resume_from: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._clock = clock
        self._header: list[str] = []
        rows: list[list[str]] = []
        if resume_from and path.exists():
            self._header, rows = _whole_rows(path)
            rows = [row for row in rows if int(row[0]) <= resume_from]
        _write_table(path, self._header, rows)
        self._start = clock() - (float(rows[-1][1]) if rows else 0.0)

    def __call__(self, step: Step) -> None:
        """Append a row."""
        if not set(step.losses).issubset(self._header):
            self._add_columns(step.losses)
        cells = {
            "step": str(step.number),
            "seconds": f"{self._clock() - self._start:.3f}",
            **{name: repr(float(value)) for name, value in step.losses.items()},
        }
        with (
            write_errors(self._path),
            self._path.open("a", newline="", encoding="utf-8") as file,
        ):
            _writer(file).writerow([cells.get(name, "") for name in self._header])

    def _add_columns(self, names: Iterable[str]) -> None:
        _, rows = _whole_rows(self._path) if self._header else ([], [])
        header = self._header or list(LEADING_COLUMNS)
        self._header = [*header, *(name for name in names if name not in header)]
        missing = [""] * (len(self._header) - len(header))
        _write_table(self._path, self._header, [row + missing for row in rows])


def read_losses(path: Path) -> dict[str, list[float]]:
    """Read a table of losses: its columns by name, with NaN where a cell is empty.

    Raises:
        RunError: There is no such file, or it is not a table of losses.
    """
    header, rows = _whole_rows(path)
    numbers = [[float(cell) if cell else math.nan for cell in row] for row in rows]
    return {name: [row[column] for row in numbers] for column, name in enumerate(header)}


def _whole_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """The header, and the rows before the first incomplete one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RunError(f"{path}: there is no such table of losses") from None
    except UnicodeDecodeError:
        raise RunError(f"{path} is not a table of losses") from None
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror})") from error
    whole = text[: text.rfind("\n") + 1]
    lines = list(csv.reader(whole.splitlines()))
    if not lines:
        return [], []
    header, *rows = lines
    if tuple(header[:2]) != LEADING_COLUMNS:
        raise RunError(f"{path} is not a table of losses: its header does not begin step,seconds")
    broken = (number for number, row in enumerate(rows) if not _is_whole(row, len(header)))
    return header, rows[: next(broken, len(rows))]


def _is_whole(row: Sequence[str], columns: int) -> bool:
    try:
        int(row[0])
        float(row[1])
        for cell in row[2:]:
            float(cell or "nan")
    except (ValueError, IndexError):
        return False
    return len(row) == columns


def _write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with (
        written_whole(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        if header:
            _writer(file).writerows([header, *rows])


def _writer(file: TextIO) -> Writer:
    return csv.writer(file, lineterminator="\n")
