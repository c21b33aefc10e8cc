"""What has come of a study: read from the run folders, nothing remembered in between."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from impasto.errors import PictureError, RunError
from impasto.image import read_picture
from impasto.study.grid import Cell
from impasto.study.record import PICTURE, manifest_of
from impasto.track import read_losses


@dataclass(frozen=True)
class Result:
    """One finished painting.

    Attributes:
        cell: What it is in the study.
        folder: Its run folder.
        manifest: As written there.
        losses: Of every step, by name, with ``step`` and ``seconds``.
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
        """How far it is from the style; 0 is the same."""
        return self._score("style_distance")

    @property
    def content_distance(self) -> float:
        """How far it is from the photograph; 0 is the same."""
        return self._score("content_distance")

    def _score(self, name: str) -> float:
        scores = self.manifest["scores"]
        return math.nan if scores is None else float(scores[name])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        width, height = self.manifest["result"]["size"]
        return int(width), int(height)

    @property
    def seconds(self) -> float:
        """How long its steps took, all sittings together."""
        return self.losses["seconds"][-1]

    def last_loss(self, name: str) -> float:
        """A loss at the last step; NaN where there is none."""
        values = self.losses.get(name)
        return values[-1] if values else math.nan

    def open(self, side: int) -> Image.Image:
        """The picture, no longer than ``side``; never enlarged."""
        return thumbnail(self.picture, side)


def results_of(cells: Iterable[Cell], folder: Path) -> tuple[Result, ...]:
    """Read what has been painted.

    Raises:
        RunError: A painting is not whole.
    """
    return tuple(_result(cell, folder / cell.name) for cell in cells)


def thumbnail(path: Path, side: int) -> Image.Image:
    """A picture file at a size for a page, over white where it is transparent."""
    image = read_picture(path, longer=side).pil()
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB")
    scale = side / max(image.size)
    if scale < 1:
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        image = image.resize(size, Image.Resampling.LANCZOS)
    return image


def _result(cell: Cell, folder: Path) -> Result:
    manifest = manifest_of(folder)
    losses = read_losses(folder / "losses.csv")
    if manifest is None or "scores" not in manifest or not losses.get("step"):
        raise RunError(f"{folder}: not a whole painting: delete it and run the study again")
    if not (folder / PICTURE).is_file():
        raise PictureError(f"{folder / PICTURE}: no such file")
    return Result(cell, folder, manifest, losses)
