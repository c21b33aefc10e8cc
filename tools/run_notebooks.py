"""Run notebooks from top to bottom and keep what they show: python tools/run_notebooks.py.

Names of notebooks may be given; all of notebooks/ are run otherwise. With ``--fast`` everything in
them is tiny and nothing is kept: a test that all cells run.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from impasto.files import written_whole

NOTEBOOKS: Final = Path(__file__).resolve().parents[1] / "notebooks"
FAST: Final = "IMPASTO_NOTEBOOK_FAST"
LARGEST: Final = 2_000_000
"""Bytes that a notebook may have, outputs and all."""

_LONGEST: Final = 3600
"""Seconds of a cell: a machine that does other things is slow."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--fast", action="store_true", help="tiny sizes, and keep nothing")
    given = parser.parse_args()
    if given.fast:
        os.environ[FAST] = "1"
    for path in given.notebooks or sorted(NOTEBOOKS.glob("*.ipynb")):
        begun = time.monotonic()
        try:
            book = executed(path)
        except CellExecutionError as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 2
        print(f"{path.name}: {time.monotonic() - begun:.0f} s", flush=True)
        if not given.fast:
            keep(book, path)
    return 0


def executed(path: Path) -> Any:
    """A notebook with the outputs of all its cells, run in a fresh kernel.

    Raises:
        CellExecutionError: A cell has failed.
    """
    book = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(book, timeout=_LONGEST, kernel_name="python3", record_timing=False)
    client.execute(cwd=str(path.parent))
    return book


def keep(book: Any, path: Path) -> None:
    """Write a notebook with its outputs, without what differs from machine to machine."""
    book.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in book.cells:
        # Warnings with their paths, and lines of progress, are nothing to learn from.
        if cell.cell_type == "code":
            cell.outputs = [each for each in cell.outputs if _kept(each)]
    text = nbformat.writes(book)  # type: ignore[no-untyped-call]
    if len(text.encode()) > LARGEST:
        raise SystemExit(f"{path}: {len(text.encode()):,} bytes, at most {LARGEST:,} are kept")
    with written_whole(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _kept(output: Any) -> bool:
    """Whether it is a picture or what a cell printed; progress is shown as text alone."""
    if output.output_type == "display_data":
        return any(kind.startswith("image/") for kind in output.data)
    return bool(output.get("name") != "stderr")


if __name__ == "__main__":
    sys.exit(main())
