"""A study in numbers, as CSV."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from impasto.files import written_whole
from impasto.study.results import Result
from impasto.study.values import value_text

LOSSES: Final = ("total", "content", "style")

COLUMNS: Final = (
    "width", "height", "steps", "style_distance", "content_distance",
    *(f"{name}_loss" for name in LOSSES), "seconds", "network", "picture",
)  # fmt: skip
"""What is told of each painting, after its name, its labels and the options that vary."""


def varied_options(results: Sequence[Result]) -> tuple[str, ...]:
    """The options in which the paintings of a study may differ."""
    names = (name for each in results for one in each.cell.variants for name in one.changes)
    return tuple(dict.fromkeys(names))


def table(results: Sequence[Result]) -> tuple[list[str], list[list[str]]]:
    """The header and a row a painting, all as text; numbers have all their digits."""
    options = varied_options(results)
    styles = len({each.cell.inputs.styles for each in results}) > 1
    header = ["painting", *(["style"] if styles else []), *options, *COLUMNS]
    return header, [_row(each, options, styled=styles) for each in results]


def write_table(results: Sequence[Result], path: Path) -> None:
    """Write the table as a whole or not at all."""
    header, rows = table(results)
    with (
        written_whole(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file,
    ):
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def _row(result: Result, options: Sequence[str], *, styled: bool) -> list[str]:
    cell = result.cell
    names = ["+".join(each.stem for each in cell.inputs.styles)] if styled else []
    width, height = result.size
    return [
        cell.name,
        *names,
        *(value_text(getattr(cell.options, name)) for name in options),
        str(width),
        str(height),
        str(result.manifest["result"]["steps_done"]),
        repr(result.style_distance),
        repr(result.content_distance),
        *(_number(result.last_loss(name)) for name in LOSSES),
        f"{result.seconds:.3f}",
        str(result.manifest["network"]["name"]),
        f"{cell.name}/{result.picture.name}",
    ]


def _number(value: float) -> str:
    """With all digits; nothing for a loss that the method does not have."""
    return "" if math.isnan(value) else repr(value)
