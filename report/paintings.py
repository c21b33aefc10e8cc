"""One painting of a run folder, as the report needs it: numbers, curves and a small picture."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image
from report.apply_networks import APPLIED
from report.inputs import title_of

from impasto.errors import RunError
from impasto.track import read_losses

LOSSES: Final = ("content", "style", "total")
POINTS: Final = 60
"""Of a curve, at most: more cannot be told apart in print."""

_SIDE: Final = 384
_QUALITY: Final = 88
_PICTURE: Final = "picture.png"


@dataclass(frozen=True)
class Folders:
    """Where run folders are, and where pictures go."""

    runs: Path
    figures: Path

    def figure(self, picture: Path, name: str) -> str:
        """Keep a small copy of a picture; give its path below data.json."""
        try:
            with Image.open(picture) as image:
                small = image.convert("RGB")
        except OSError:
            raise RunError(f"{picture}: missing; run report/make_runs.py again") from None
        small.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
        small.save(self.figures / f"{name}.jpg", quality=_QUALITY, subsampling=0)
        return f"{self.figures.name}/{name}.jpg"

    def manifests(self) -> Iterator[Mapping[str, Any]]:
        """Of all paintings, in the order of their folders."""
        for path in sorted(self.runs.rglob("manifest.json")):
            yield json.loads(path.read_text(encoding="utf-8"))


def study(folders: Folders, name: str) -> list[dict[str, Any]]:
    """Every painting of a study, in the order of its table.

    Raises:
        RunError: The study is not there or not done.
    """
    table = folders.runs / name / "table.csv"
    if not table.is_file():
        raise RunError(f"{table}: missing; run report/make_runs.py again")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        painted(folders, f"{name}/{row['painting']}", f"{name}-{number}", row)
        for number, row in enumerate(rows)
    ]


def painted(
    folders: Folders, place: str, figure: str = "", row: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """One painting.

    Args:
        folders: Of all.
        place: Its run folder below theirs.
        figure: Name of its picture; that of the folder when not given.
        row: Of the table of its study.
    """
    folder = folders.runs / place
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except OSError:
        raise RunError(f"{folder}: not painted; run report/make_runs.py again") from None
    losses = read_losses(folder / "losses.csv")
    inputs = {name: each["name"] for name, each in manifest["inputs"].items()}
    style = Path(inputs["style"]).stem
    options = manifest["options"]
    return {
        "label": "" if row is None else row["painting"].partition("=")[2],
        "title": title_of(style),
        "inputs": inputs,
        "picture": folders.figure(folder / _PICTURE, figure or place),
        "width": manifest["result"]["size"][0],
        "height": manifest["result"]["size"][1],
        "steps": manifest["result"]["steps_done"],
        "seconds": manifest["timings"]["optimisation_s"],
        "step_seconds": manifest["timings"]["median_step_s"],
        **{f"{kind}_distance": manifest["scores"][f"{kind}_distance"] for kind in LOSSES[:2]},
        "options": {name: options[name] for name in _TOLD if name in options},
        "losses": {name: _course(losses[name]) for name in LOSSES if name in losses},
        "layers": {
            name.partition("/")[2]: {"first": values[0], "last": values[-1]}
            for name, values in losses.items()
            if name.startswith("style/")
        },
    }


_TOLD: Final = (
    "size", "steps", "coarsest", "pooling", "content_layers", "style_layers",
    "style_layer_weights", "content_weight", "style_weight", "content_form", "style_form", "init",
    "noise_ratio", "optimizer", "history",
)  # fmt: skip


def applied(folders: Folders, place: str) -> dict[str, Any]:
    """One picture that a trained network has painted."""
    path = folders.runs / place / APPLIED
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise RunError(f"{path}: missing; run report/make_runs.py again") from None
    return {
        "title": record["style"],
        "picture": folders.figure(path.parent / _PICTURE, place),
        "seconds": record["seconds"],
        **record["scores"],
        "network": record["network"],
    }


def _course(values: Sequence[float]) -> dict[str, Any]:
    """What a loss did: first, last, where half of its way was done, its extremes, and a curve."""
    finite = [(step, value) for step, value in enumerate(values, 1) if math.isfinite(value)]
    (_, first), (_, last) = finite[0], finite[-1]
    middle = (first + last) / 2
    half = next(step for step, value in finite if (value <= middle) == (last <= first))
    every = math.ceil(len(finite) / POINTS)
    curve = [[step, float(f"{value:.6g}")] for step, value in finite[::every]]
    if curve[-1][0] != finite[-1][0]:
        curve.append([finite[-1][0], float(f"{last:.6g}")])
    lowest, highest = (pick(value for _, value in finite) for pick in (min, max))
    return {"first": first, "last": last, "half": half, "lowest": lowest, "highest": highest,
            "curve": curve}  # fmt: skip
