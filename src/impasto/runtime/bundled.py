"""The trained networks that come with impasto, listed without opening one.

``assets/models/MODELS.json`` is a list of networks::

    {"name": "masters", "file": "masters.onnx", "method": "johnson", "size": 256,
     "origin": "...", "licence": "...",
     "styles": [{"name": "great-wave", "title": ..., "artist": ..., "year": ..., "origin": ...}]}

Their SHA-256 is in ``assets/ASSETS.json``, as that of every asset, under ``models/masters.onnx``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from impasto.errors import ModelError
from impasto.runtime.card import Style, styles_of

ASSETS: Final = Path(__file__).parent.parent / "assets"


@dataclass(frozen=True, slots=True)
class Bundled:
    """A trained network of the package, with what its model file says too."""

    name: str
    path: Path
    sha256: str
    method: str
    styles: tuple[Style, ...]
    size: int
    origin: str
    licence: str


def bundled(assets: Path | None = None) -> tuple[Bundled, ...]:
    """The trained networks of the package, the first to be shown in front.

    Args:
        assets: The folder that holds ASSETS.json and models/; the package's own by default.

    Raises:
        ModelError: A table or a file in it is missing or damaged.
    """
    folder = ASSETS if assets is None else assets
    table = folder / "models" / "MODELS.json"
    if not table.is_file():
        return ()
    try:
        entries = json.loads(table.read_text(encoding="utf-8"))
        assets_table = json.loads((folder / "ASSETS.json").read_text(encoding="utf-8"))
        hashes = {each["file"]: each["sha256"] for each in assets_table}
        return tuple(_bundled(each, folder, hashes) for each in entries)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else error
        raise ModelError(f"{table}: damaged, install impasto again ({reason})") from None


def _bundled(entry: Mapping[str, Any], folder: Path, hashes: Mapping[str, str]) -> Bundled:
    return Bundled(
        name=entry["name"],
        path=folder / "models" / entry["file"],
        sha256=hashes[f"models/{entry['file']}"],
        method=entry["method"],
        styles=styles_of(entry["styles"]) if entry["styles"] else (),
        size=int(entry.get("size", 0)),
        origin=str(entry.get("origin", "")),
        licence=str(entry.get("licence", "")),
    )
