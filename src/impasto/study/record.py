"""A study's own folder: whose it is, and which of its paintings are done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import impasto
from impasto.errors import PictureError, RunError
from impasto.files import sha256, written_whole
from impasto.methods.gatys.options import INITS, PaintOptions
from impasto.recipe import difference
from impasto.source import Inputs
from impasto.study.grid import Cell
from impasto.weights import resolve

RECORD: Final = "study.json"
"""What the folder says about itself."""

PICTURE: Final = "picture.png"
"""The result in the folder of each painting."""


def record_of(
    kind: str, content: Path, inputs: Inputs[Path], base: PaintOptions, varied: Sequence[str]
) -> dict[str, Any]:
    """What tells one study from another; values may be added to one that was begun.

    Args:
        kind: ``grid``, ``course``, or the name of a ready-made study.
        content: The photograph.
        inputs: Styles and masks.
        base: The options that all paintings share.
        varied: Names of what is varied.

    Raises:
        PictureError: A picture cannot be read.
    """
    return {
        "impasto": impasto.__version__,
        "command": "study",
        "kind": kind,
        "pictures": {
            role: {"name": path.name, "sha256": _hashed(path)}
            for role, path in ({"content": content} | inputs.roles()).items()
        },
        "options": base.to_json(),
        "varied": [*varied],
    }


def check_folder(folder: Path, record: Mapping[str, Any]) -> None:
    """Refuse a folder that holds anything but this study.

    Raises:
        RunError: It does; the message says what is different.
    """
    path = folder / RECORD
    try:
        if not path.exists():
            if folder.exists() and any(folder.iterdir()):
                raise RunError(f"{folder}: holds something else: give another --run-dir")
            return
        before = json.loads(path.read_text(encoding="utf-8"))
        other = _difference(before, json.loads(json.dumps(record)))
    except OSError as error:
        raise RunError(f"{folder}: cannot be used ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RunError(f"{path}: not the record of a study: give another --run-dir") from None
    if other:
        raise RunError(
            f"{folder}: holds another study (other {other}): give its own again, or another "
            "--run-dir"
        )


def claim(folder: Path, record: Mapping[str, Any]) -> None:
    """Make the folder, and write down whose it is.

    Raises:
        RunError: It cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with written_whole(folder / RECORD) as temporary:
            temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise RunError(f"{folder}: cannot be written ({error.strerror})") from None


def is_finished(folder: Path, cell: Cell, content: Path) -> bool:
    """Whether a painting is done, by its manifest and without the network.

    Raises:
        RunError: Something else has been painted there.
        ImpastoError: A picture or the weights are not here.
    """
    manifest = manifest_of(folder)
    if manifest is None or not (folder / PICTURE).is_file():
        return False
    try:
        if manifest["result"]["steps_done"] < manifest["options"]["steps"]:
            return False
        other = difference(manifest, _recipe(cell, content, manifest))
    except (KeyError, TypeError, AttributeError):
        return False  # begun and not ended
    if other:
        raise RunError(
            f"{folder}: painted with other values of {other}: delete it, or give another --run-dir"
        )
    return True


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """The manifest of a run folder; None where there is none that can be read."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None


def _recipe(cell: Cell, content: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What the painting depends on; what was left to the machine is as it was found there."""
    options = cell.options
    pictures = {"content": content} | cell.inputs.roles()
    if options.init not in INITS:
        pictures["init"] = Path(options.init)
    # Where memory is short, Adam may have taken the place of L-BFGS; other methods than the one
    # whose options these are have usual steps of their own.
    settled = ("optimizer",) if options.method == "gatys" else ("optimizer", "steps")
    found = {name: manifest["options"][name] for name in settled}
    precisions = {"bf16": "bfloat16", "fp32": "float32"}
    return {
        "options": options.to_json() | found,
        "inputs": {role: {"sha256": _hashed(path)} for role, path in pictures.items()},
        "network": {"sha256": resolve(options.network).sha256},
        "precision": precisions.get(options.precision, manifest["precision"]),
        "device": manifest["device"] if options.device == "auto" else options.device,
    }


def _difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What two studies differ in, in words; "" when in nothing."""
    if before["kind"] != now["kind"]:
        return f"kind, {before['kind']}"
    first, second = before["pictures"], now["pictures"]
    pictures = [
        f"{role} picture"
        for role in {**first, **second}
        if first.get(role, {}).get("sha256") != second.get(role, {}).get("sha256")
    ]
    options = [
        name
        for name in {**before["options"], **now["options"]}
        if before["options"].get(name) != now["options"].get(name)
    ]
    varied = [] if before["varied"] == now["varied"] else [f"--vary {' '.join(before['varied'])}"]
    return ", ".join([*pictures, *options, *varied])


def _hashed(path: Path) -> str:
    try:
        return sha256(path)
    except FileNotFoundError:
        raise PictureError(f"{path}: no such file") from None
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror})") from None
