"""The tables of docs/benchmarks.md, so that the report says what they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from impasto.errors import RunError

Table = dict[str, dict[str, str]]
"""Cells by the name of their row and column."""


def tables_of(page: Path) -> dict[str, Table]:
    """All tables of a page by the heading above them; those below one heading are put together.

    Raises:
        RunError: The page cannot be read or has none.
    """
    try:
        lines = page.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RunError(f"{page}: cannot be read ({error.strerror})") from None
    found: dict[str, Table] = {}
    for heading, columns, cells in _rows(lines):
        row = dict(zip(columns[1:], cells[1:], strict=False))
        found.setdefault(heading, {})[cells[0]] = row
    if not found:
        raise RunError(f"{page}: no tables in it")
    return found


def _rows(lines: list[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    heading, columns = "", list[str]()
    for line in lines:
        if line.startswith("#"):
            heading = line.lstrip("# ")
        cells = [each.strip() for each in line.strip("|").split("|")] if "|" in line[:1] else []
        if not cells:
            columns = []
        elif not columns:
            # A column without a name is told by its number.
            columns = [name or str(number) for number, name in enumerate(cells)]
        elif set("".join(cells)) - set("-: "):
            yield heading, columns, cells
