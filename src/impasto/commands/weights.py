"""``impasto weights``: list, fetch, import and verify weights."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any, Final

from impasto import weights
from impasto.commands.outputs import FAILED, complain
from impasto.commands.progress import counted
from impasto.errors import OptionError, WeightsError
from impasto.options.weights import (
    FetchArguments,
    ImportArguments,
    ListArguments,
    VerifyArguments,
)

COLUMNS: Final = ("name", "network", "where", "size", "source", "licence")


def print_list(given: ListArguments) -> int:
    """Print the installed weights and those you can get."""
    here = weights.present()
    names = {file.name for file in here}
    rows = [
        *map(_here, here),
        *(_not_here(each) for each in weights.WEIGHTS if each.name not in names),
    ]
    print(json.dumps(rows, indent=2) if given.json else _table(rows))
    return 0


def fetch(given: FetchArguments) -> int:
    """Download and install published weights."""
    names = [each.name for each in weights.WEIGHTS]
    if given.name not in names:
        raise OptionError("NAME", f"one of {', '.join(names)}", given.name)
    with counted(given.name, "MB", paced=True) as show:

        def on_bytes(done: int, of: int) -> None:
            show(done // 1_000_000, of // 1_000_000 or None)

        imported = weights.fetch(given.name, given.url, on_bytes, given.sha256)
    return _kept(imported)


def import_file(given: ImportArguments) -> int:
    """Convert and install a weights file."""
    convention = None if given.convention == "auto" else given.convention
    imported = weights.import_file(given.file, convention, given.out)
    if imported.known_by == "values":
        print(
            f"{given.file}: the checksum is not the publisher's, "
            f"the first layer is that of {imported.file.name}",
            file=sys.stderr,
        )
    return _kept(imported)


def verify(_given: VerifyArguments) -> int:
    """Compare all installed weights with their recorded SHA-256."""
    code = 0
    for file, fault in weights.faults():
        print(f"{'wrong' if fault else 'good':5}  {file.name}  {file.path}")
        if fault:
            complain(WeightsError(f"{file.path}: {fault}"))
            code = FAILED
    return code


def _kept(imported: weights.Imported) -> int:
    print(f"{imported.file.network}: {imported.file.source}, installed as {imported.file.path}")
    return 0


def _here(file: weights.WeightsFile) -> dict[str, Any]:
    return {**asdict(file), "path": str(file.path), "size": file.path.stat().st_size}


def _not_here(published: weights.Published) -> dict[str, Any]:
    fields = {key: getattr(published, key) for key in ("name", "network", "source", "licence")}
    return {**fields, "where": "not here", "size": None, "url": published.url}


def _table(rows: list[dict[str, Any]]) -> str:
    cells = [[*COLUMNS], *([_cell(row[column]) for column in COLUMNS] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _cell(value: str | int | None) -> str:
    if isinstance(value, int):
        return f"{value / 1e6:.0f} MB"
    return value or "-"
