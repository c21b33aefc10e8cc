"""The bundled trained networks, listed without opening them.

``assets/models/MODELS.json`` is a list of networks::

    {"name": "masters", "file": "masters.onnx", "method": "johnson", "size": 256,
     "origin": "...", "licence": "...",
     "styles": [{"name": "great-wave", "title": ..., "artist": ..., "year": ..., "origin": ...}]}

Their SHA-256 is in ``assets/ASSETS.json``, as that of every asset, under ``models/masters.onnx``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, NotRequired, TypedDict

from impasto.errors import ModelError
from impasto.networks.card import Style, StyleEntry, styles_of
from impasto.records import Wrong, read_record

ASSETS: Final = Path(__file__).parent.parent / "assets"
_DAMAGED: Final = Wrong(ModelError, "damaged, install impasto again")


class Entry(TypedDict):
    """A network in ``MODELS.json``."""

    name: str
    file: str
    method: str
    styles: list[StyleEntry]
    size: NotRequired[int]
    origin: NotRequired[str]
    licence: NotRequired[str]


class Asset(TypedDict):
    """A file in ``ASSETS.json``."""

    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A trained network or a style code with a name."""

    name: str
    path: Path
    sha256: str
    method: str
    styles: tuple[Style, ...]
    size: int
    origin: str
    licence: str
    fault: str = ""  # why it cannot be used


def asset(file: str) -> tuple[Path, str]:
    """A file of the package, by its path in the assets, and its SHA-256.

    Raises:
        ModelError: The table of assets is damaged, or does not name the file.
    """
    for each in read_record(ASSETS / "ASSETS.json", list[Asset], _DAMAGED):
        if each["file"] == file:
            return ASSETS / file, each["sha256"]
    raise ModelError(f"{file}: missing: install impasto again")


def bundled(assets: Path | None = None) -> tuple[Listed, ...]:
    """The trained networks of the package, or of a folder with ASSETS.json and models/.

    Raises:
        ModelError: A table is damaged, or a file is not in it.
    """
    folder = ASSETS if assets is None else assets
    table = folder / "models" / "MODELS.json"
    if not table.is_file():
        return ()
    entries = read_record(table, list[Entry], _DAMAGED)
    assets_table = read_record(folder / "ASSETS.json", list[Asset], _DAMAGED)
    hashes = {each["file"]: each["sha256"] for each in assets_table}
    try:
        return tuple(
            Listed(
                name=entry["name"],
                path=folder / "models" / entry["file"],
                sha256=hashes[f"models/{entry['file']}"],
                method=entry["method"],
                styles=styles_of(entry["styles"]) if entry["styles"] else (),
                size=entry.get("size", 0),
                origin=entry.get("origin", ""),
                licence=entry.get("licence", ""),
            )
            for entry in entries
        )
    except (ValueError, KeyError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else error
        raise _DAMAGED.of(str(table), reason) from None
