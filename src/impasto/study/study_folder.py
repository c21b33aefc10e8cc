"""The folder of a study: which study it holds, and which of its paintings are done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict

from impasto.done import difference, is_done
from impasto.errors import PictureError, RunError
from impasto.files import write_json
from impasto.networks.words import made_of
from impasto.options.gatys import INITS
from impasto.options.shared import SharedOptions
from impasto.recipe import Hashed, Input, current_options, decisive
from impasto.records import Wrong, read_record
from impasto.source import Inputs, style_hash
from impasto.study.grid import Cell
from impasto.version import __version__
from impasto.weights import resolve

RECORD: Final = "study.json"
"""The file that says which study the folder holds."""

PICTURE: Final = "picture.png"
"""The result in the folder of each painting."""


class StudyRecord(TypedDict):
    """What distinguishes one study from another."""

    kind: str
    pictures: dict[str, Hashed]
    options: dict[str, Any]
    varied: list[str]


class PaintingResult(TypedDict):
    """Size and steps of a painting."""

    size: tuple[int, int]
    steps_done: int


class Distances(TypedDict):
    """A painting's distances to style and photograph."""

    style_distance: float
    content_distance: float


class NetworkEntry(Hashed):
    """The network of a painting."""

    name: str
    network: str


class Versions(TypedDict):
    """The versions a painting was made with."""

    python: str
    torch: str


class PaintingManifest(TypedDict):
    """The fields of a finished painting's manifest that studies read."""

    impasto: str
    inputs: dict[str, Input]
    options: dict[str, Any]
    network: NetworkEntry
    precision: str
    device: str
    made_with: Versions
    result: PaintingResult
    scores: NotRequired[Distances]


def record_of(
    kind: str, content: Path, inputs: Inputs[Path], base: SharedOptions, varied: Sequence[str]
) -> dict[str, Any]:
    """What distinguishes one study from another; values may be added to an axis later.

    Args:
        kind: ``grid``, ``course``, or the name of a ready-made study.
        content: The photograph.
        inputs: Styles and masks.
        base: The options that all paintings share.
        varied: The names of the axes.

    Raises:
        PictureError: A picture cannot be read.
    """
    return {
        "impasto": __version__,
        "command": "study",
        "kind": kind,
        "pictures": {
            role: {"name": path.name, "sha256": made_of(path) or _hashed(path)}
            for role, path in ({"content": content} | inputs.roles()).items()
        },
        "options": base.to_json(),
        "varied": [*varied],
    }


def check_folder(folder: Path, record: Mapping[str, Any]) -> None:
    """Raise a RunError if the folder holds anything but this study, naming the differences."""
    path = folder / RECORD
    try:
        if not path.exists():
            if folder.exists() and any(folder.iterdir()):
                raise RunError(f"{folder}: holds something else: give another --run-dir")
            return
    except OSError as error:
        raise RunError(f"{folder}: cannot be used ({error.strerror})") from None
    wrong = Wrong(RunError, "not the record of a study: give another --run-dir")
    other = _difference(read_record(path, StudyRecord, wrong), json.loads(json.dumps(record)))
    if other:
        raise RunError(
            f"{folder}: holds another study (other {other}): give its own again, or another "
            "--run-dir"
        )


def claim(folder: Path, record: Mapping[str, Any]) -> None:
    """Make the folder, and write which study it holds."""
    write_json(folder / RECORD, record)


def is_finished(folder: Path, cell: Cell, content: Path) -> bool:
    """Whether a painting is done; decided by its manifest, without loading the network.

    Raises:
        RunError: The folder holds another painting.
        ImpastoError: A picture or the weights are missing.
    """
    manifest = manifest_of(folder)
    if manifest is None or not (folder / PICTURE).is_file():
        return False
    if manifest["result"]["steps_done"] < cell.options.steps:
        return False
    wanted = _recipe(cell, content, manifest)
    advice = "delete it, or give another --run-dir"
    return is_done(folder, manifest, wanted, decisive, error=RunError, advice=advice)


def manifest_of(folder: Path) -> PaintingManifest | None:
    """The manifest of a run folder; None if there is none or the painting is unfinished."""
    try:
        return read_record(folder / "manifest.json", PaintingManifest)
    except RunError:
        return None


def _recipe(cell: Cell, content: Path, manifest: PaintingManifest) -> dict[str, Any]:
    """What the painting depends on; values of ``auto`` are taken from its manifest."""
    options = cell.options
    pictures = {"content": content} | cell.inputs.roles()
    if options.init not in INITS:
        pictures["init"] = Path(options.init)
    # Where memory is short, Adam may have taken the place of L-BFGS.
    settled = ("optimizer",) if options.method == "gatys" else ()
    found = {name: manifest["options"].get(name) for name in settled}
    precisions = {"bf16": "bfloat16", "fp32": "float32"}
    return {
        "command": "paint",
        "options": options.to_json() | found,
        "inputs": {
            role: {"sha256": made_of(path) or _hashed(path)} for role, path in pictures.items()
        },
        "network": {"sha256": resolve(options.network).sha256},
        "precision": precisions.get(options.precision, manifest["precision"]),
        "device": manifest["device"] if options.device == "auto" else options.device,
    }


def _difference(before: StudyRecord, now: StudyRecord) -> str:
    """The differences of two studies in words; "" when there are none."""
    if before["kind"] != now["kind"]:
        return f"kind, {before['kind']}"
    first, second = (
        {f"{role} picture": each for role, each in record["pictures"].items()}
        | current_options(record["options"])
        for record in (before, now)
    )
    varied = "" if before["varied"] == now["varied"] else f"--vary {' '.join(before['varied'])}"
    return ", ".join(filter(None, [difference(first, second), varied]))


def _hashed(path: Path) -> str:
    try:
        return style_hash(path)
    except FileNotFoundError:
        raise PictureError(f"{path}: no such file") from None
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror})") from None
