"""The sample pictures that come with impasto."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

from impasto.errors import OptionError, PictureError
from impasto.records import Wrong, read_record

_FOLDER: Final = Path(__file__).parent / "assets" / "samples"
_DAMAGED: Final = Wrong(PictureError, "damaged, install impasto again")


class Entry(TypedDict):
    """A picture in ``SAMPLES.json``."""

    name: str
    kind: str
    file: str
    origin: str
    licence: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A bundled picture; ``kind`` is content or style."""

    name: str
    kind: str
    path: Path
    origin: str
    licence: str


def samples(kind: str) -> list[Sample]:
    """The bundled pictures of one kind, best examples first."""
    entries = read_record(_FOLDER / "SAMPLES.json", list[Entry], _DAMAGED)
    return [
        Sample(each["name"], each["kind"], _FOLDER / each["file"], each["origin"], each["licence"])
        for each in entries
        if each["kind"] == kind
    ]


def sample(kind: str, name: str) -> Sample:
    """The bundled picture with a name; an unknown name is an OptionError with the nearest name."""
    named = {each.name: each for each in samples(kind)}
    if name in named:
        return named[name]
    near = difflib.get_close_matches(name, named, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise OptionError(kind, f"one of {', '.join(named)}{hint}", name)
