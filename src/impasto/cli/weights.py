"""``impasto weights``: what is here, get more, check it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import tyro

from impasto import weights

COLUMNS: Final = ("name", "network", "where", "size", "source", "licence")


def main(arguments: list[str]) -> int:
    """Run one of the subcommands and give the exit code.

    Raises:
        ImpastoError: Something the user can put right.
        SystemExit: The arguments are not understood, or help was asked for.
    """
    code: int = tyro.extras.subcommand_cli_from_dict(
        {
            "list": list_weights,
            "fetch": fetch_weights,
            "import": import_weights,
            "verify": verify_weights,
        },
        prog="impasto weights",
        description="Network weights: what is here, get more, check it.",
        args=arguments,
    )
    return code


def list_weights(
    *, as_json: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(name="json")] = False
) -> int:
    """Print the weights that are here and those that can be had.

    Args:
        as_json: Print them for programs, with path and SHA-256.
    """
    here = weights.present()
    names = {file.name for file in here}
    rows = [
        *map(_here, here),
        *(_not_here(each) for each in weights.WEIGHTS if each.name not in names),
    ]
    print(json.dumps(rows, indent=2) if as_json else _table(rows))
    return 0


def fetch_weights(
    name: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")] = "vgg19",
    *,
    url: str = "",
) -> int:
    """Download published weights and keep them; the only command that uses the network.

    Args:
        name: Which weights, as `impasto weights list` names them.
        url: A mirror of the same file, or a file:// address; the checksum must be the publisher's.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=None)
        imported = weights.fetch(
            name, url, lambda done, of: progress.update(task, completed=done, total=of or None)
        )
    print(f"{imported.file.network}: {imported.file.source}, kept as {imported.file.path}")
    return 0


def import_weights(
    path: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FILE")],
    *,
    convention: Literal["auto", "torchvision", "caffe", "matconvnet"] = "auto",
    out: Annotated[Path | None, tyro.conf.DisallowNone, tyro.conf.arg(metavar="FILE")] = None,
) -> int:
    """Convert a file of VGG-16 or VGG-19 weights and keep it.

    Args:
        path: A PyTorch .pth, .safetensors, MatConvNet .mat or Keras .h5 file.
        convention: The pixel values the weights expect, where the file does not tell:
            torchvision (RGB, normalized), caffe (BGR, 0 to 255), matconvnet (RGB, 0 to 255).
        out: A .safetensors file to write instead of keeping the weights for all runs.
    """
    imported = weights.import_file(path, None if convention == "auto" else convention, out)
    file = imported.file
    if imported.known_by == "values":
        print(
            f"{path}: the checksum is not the publisher's, the first layer is that of {file.name}",
            file=sys.stderr,
        )
    print(f"{file.network}: {file.source}, kept as {file.path}")
    return 0


def verify_weights() -> int:
    """Read all weights that are here and compare them with their recorded SHA-256."""
    wrong = 0
    for file, fault in weights.faults():
        print(f"{'wrong' if fault else 'good':5}  {file.name}  {file.path}")
        if fault:
            wrong += 1
            print(f"{file.path}: {fault}", file=sys.stderr)
    return 2 if wrong else 0


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
