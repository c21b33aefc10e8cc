"""``impasto models``: lists trained networks and styles, and removes the user's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from impasto.commands.outputs import complain
from impasto.errors import ModelError
from impasto.networks.bundled import Listed, bundled
from impasto.networks.card import COLORS, Style
from impasto.networks.own import CODE, own, remove
from impasto.networks.resolve import NO_FILE, located
from impasto.options.networks import ModelsArguments

COLUMNS: Final = ("name", "method", "styles", "size", "origin")


def run(given: ModelsArguments) -> int:
    """List networks and styles, or remove some; return the exit code."""
    if given.remove:
        for name in given.remove:
            print(f"{remove(name)}: removed")
        return 0
    there = [_opened(each) for each in given.model] if given.model else (*bundled(), *own())
    for each in there:
        if each.fault:
            complain(ModelError(f"{each.fault}: `impasto models --remove {each.name}` removes it"))
    rows = [row for each in there if not each.fault for row in _rows(each)]
    if given.json:
        print(json.dumps(rows, indent=2))
    else:
        print(_table(rows) if rows else _NONE)
    return 0


_NONE: Final = (
    "no trained style is bundled: train one with `impasto train`, "
    "then name its run folder or .onnx file as --model"
)


def _opened(path: Path) -> Listed:
    """The metadata of a model file, in the form of the table of bundled ones."""
    from impasto.networks.network import Network  # onnxruntime, which the list does not need

    file = located(str(path))
    if file.path == NO_FILE:
        raise ModelError(f"{COLORS}: only the colors of a --style, without a network")
    network = Network(file)
    card = network.card
    return Listed(
        file.name, file.path, network.sha256, card.method, card.styles, card.size, card.origin,
        card.licence,
    )  # fmt: skip


def _rows(network: Listed) -> Iterator[dict[str, Any]]:
    common = {"method": network.method, "size": network.size, "licence": network.licence}
    is_code = network.method == CODE
    yield {
        "name": network.name,
        "kind": CODE if is_code else "network",
        **common,
        "styles": [each.name for each in network.styles],
        "origin": network.origin,
        "path": str(network.path),
        "sha256": network.sha256,
    }
    for style in () if is_code else network.styles:
        yield {
            **asdict(style),
            "kind": "style",
            **common,
            "network": network.name,
            "styles": [style.name],
            "origin": style.origin or network.origin,
        }


def _table(rows: list[dict[str, Any]]) -> str:
    cells = [COLUMNS, *map(_cells, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    if row["kind"] != "style":
        styles, origin = str(len(row["styles"])), row["origin"]
        return row["name"], row["method"], styles, str(row["size"] or ""), origin
    about = _described(Style(**{field: row[field] for field in Style.__slots__}))
    return f"  {row['name']}", row["method"], "", str(row["size"] or ""), about or row["origin"]


def _described(style: Style) -> str:
    """Title, artist and year, if known."""
    return ", ".join(part for part in (style.title, style.artist, style.year) if part)
