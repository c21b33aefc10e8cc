"""The finished paintings of a study, read from their run folders, and their numbers as CSV."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image

from impasto.errors import PictureError, RunError
from impasto.files import written_whole
from impasto.image import read_picture
from impasto.study.grid import Cell, value_text
from impasto.study.study_folder import PICTURE, manifest_of
from impasto.track import read_losses

LOSSES: Final = ("total", "content", "style")

COLUMNS: Final = (
    "width", "height", "steps", "style_distance", "content_distance",
    *(f"{name}_loss" for name in LOSSES), "seconds", "network", "picture",
)  # fmt: skip
"""Columns of the table after the name of a painting, its style and the options that vary."""


@dataclass(frozen=True)
class Result:
    """One finished painting.

    Attributes:
        cell: Its cell of the study.
        folder: Its run folder.
        manifest: The manifest in that folder.
        losses: The values of every step, by name, with ``step`` and ``seconds``.
    """

    cell: Cell
    folder: Path
    manifest: Mapping[str, Any]
    losses: Mapping[str, list[float]]

    @property
    def picture(self) -> Path:
        """The file of the result."""
        return self.folder / PICTURE

    @property
    def label(self) -> str:
        """Its variants in words."""
        return ", ".join(each.label for each in self.cell.variants)

    @property
    def style_distance(self) -> float:
        """Distance to the style; 0 is equal."""
        return self._score("style_distance")

    @property
    def content_distance(self) -> float:
        """Distance to the photograph; 0 is equal."""
        return self._score("content_distance")

    def _score(self, name: str) -> float:
        scores = self.manifest["scores"]
        return math.nan if scores is None else float(scores[name])

    @property
    def distances(self) -> str:
        """Both distances, for a caption."""
        return f"style {self.style_distance:.3f}   content {self.content_distance:.3f}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        width, height = self.manifest["result"]["size"]
        return int(width), int(height)

    @property
    def seconds(self) -> float:
        """Seconds of all its steps, over all runs."""
        return self.losses["seconds"][-1]

    def last_loss(self, name: str) -> float:
        """A loss at the last step; NaN if it was not recorded."""
        values = self.losses.get(name)
        return values[-1] if values else math.nan


def results_of(cells: Iterable[Cell], folder: Path) -> tuple[Result, ...]:
    """Read the paintings of a study from its folder; an incomplete one is a RunError."""
    return tuple(_result(cell, folder / cell.name) for cell in cells)


def _result(cell: Cell, folder: Path) -> Result:
    manifest = manifest_of(folder)
    losses = read_losses(folder / "losses.csv")
    if manifest is None or "scores" not in manifest or not losses.get("step"):
        raise RunError(f"{folder}: the painting is not complete: delete it and run the study again")
    if not (folder / PICTURE).is_file():
        raise PictureError(f"{folder / PICTURE}: no such file")
    return Result(cell, folder, manifest, losses)


def thumbnail(path: Path, side: int) -> Image.Image:
    """A picture file with its longer side reduced to ``side``, over white where transparent."""
    image = read_picture(path, longer=side).pil()
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB")
    scale = side / max(image.size)
    if scale < 1:
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        image = image.resize(size, Image.Resampling.LANCZOS)
    return image


def described(results: Sequence[Result]) -> str:
    """What all paintings share, in one line: the pictures, and equal size, steps and network."""
    first = results[0]
    content = Path(first.manifest["inputs"]["content"]["name"]).stem
    styles = " and ".join(each.stem for each in first.cell.inputs.styles)
    texts = [
        {f"{width} x {height}" for width, height in (each.size for each in results)},
        {f"{each.manifest['result']['steps_done']} steps" for each in results},
        {str(each.manifest["network"]["name"]) for each in results},
    ]
    shared = [next(iter(each)) for each in texts if len(each) == 1]
    return ", ".join([f"{content} in the style of {styles}", *shared])


def table(results: Sequence[Result]) -> tuple[list[str], list[list[str]]]:
    """The header and one row per painting, all as text; numbers have all their digits."""
    names = (name for each in results for one in each.cell.variants for name in one.changes)
    options = list(dict.fromkeys(names))
    styled = len({each.cell.inputs.styles for each in results}) > 1
    header = ["painting", *(["style"] if styled else []), *options, *COLUMNS]
    return header, [_row(each, options, styled=styled) for each in results]


def write_table(results: Sequence[Result], path: Path) -> None:
    """Write the table as CSV, whole or not at all."""
    header, rows = table(results)
    with (
        written_whole(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file,
    ):
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def _row(result: Result, options: Sequence[str], *, styled: bool) -> list[str]:
    cell = result.cell
    losses = [result.last_loss(name) for name in LOSSES]
    return [
        cell.name,
        *(["+".join(each.stem for each in cell.inputs.styles)] if styled else []),
        *(value_text(getattr(cell.options, name)) for name in options),
        *map(str, result.size),
        str(result.manifest["result"]["steps_done"]),
        repr(result.style_distance),
        repr(result.content_distance),
        *("" if math.isnan(loss) else repr(loss) for loss in losses),
        f"{result.seconds:.3f}",
        str(result.manifest["network"]["name"]),
        f"{cell.name}/{result.picture.name}",
    ]
