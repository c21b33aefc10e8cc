"""The folder of an unfinished film: whole segments, and what the next frame depends on.

::

    recipe.json     what the film is made from; a film of another recipe does not go on here
    00000.mov       a segment, encoded
    00000.npz       what the frame behind it depends on; only the last one is kept
    00000.json      its record, written last: with it the segment is whole

A break at any moment loses the frames behind the last whole segment and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypedDict

import numpy as np

from impasto.archive import load_errors, read_arrays
from impasto.errors import RunError, VideoError
from impasto.files import write_json, written_whole
from impasto.film.codecs import CODECS
from impasto.film.frames import BEGINNING, Place
from impasto.film.manifest import renewed_options
from impasto.film.segments import Segment
from impasto.lock import NAME as LOCK
from impasto.lock import held
from impasto.networks.own import gone
from impasto.records import Wrong, read_record

RECIPE: Final = "recipe.json"
_WRONG: Final = Wrong(RunError, "is damaged: --overwrite starts again")


class Record(TypedDict):
    """A segment as it is in its file of JSON."""

    first: int
    last: int
    frames: int
    delay: int
    place: tuple[int, int | None]
    shifts: list[int]
    painted: int
    cuts: list[int]
    final: bool


_PLAIN: Final = ("first", "last", "frames", "delay", "painted", "cuts", "final")
"""Fields of a segment that are in its record as they are."""


class Parts:
    """Segments of one film, in a folder."""

    def __init__(self, folder: Path, recipe: Mapping[str, Any], codec: str) -> None:
        self.folder = folder
        self._recipe = json.loads(json.dumps(dict(recipe)))
        self._suffix = CODECS[codec].container
        self.segments: list[Segment] = []

    def begin(self, *, resume: bool) -> None:
        """Make the folder, or resume from what is in it.

        Raises:
            RunError: It holds another film, or one that is not to be resumed.
            VideoError: The folder cannot be made.
        """
        if self.is_begun:
            found = read_record(self.folder / RECIPE, dict[str, Any], _WRONG)
            if resume:
                self._check_same(found)
                self.gather()
            elif self._whole():
                raise RunError(
                    f"{self.folder}: holds a film in the making: --resume continues with it, "
                    "--overwrite starts again"
                )
        if not self.segments:
            self.clear()
        write_json(self.folder / RECIPE, self._recipe, VideoError)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Lock the folder while the block lasts, then remove it if nothing is left in it.

        Raises:
            RunError: Another run holds it, or it cannot be made.
        """
        try:
            with held(self.folder):
                try:
                    yield
                finally:
                    with suppress(OSError):
                        if [each.name for each in self.folder.iterdir()] == [LOCK]:
                            (self.folder / LOCK).unlink()
                            self.folder.rmdir()
        finally:
            with suppress(OSError):  # where a lock that is held cannot be removed
                self.folder.rmdir()

    @property
    def is_begun(self) -> bool:
        """Whether there is an unfinished film in the folder."""
        return (self.folder / RECIPE).is_file()

    @property
    def place(self) -> Place:
        """Where to go on."""
        return self.segments[-1].place if self.segments else BEGINNING

    @property
    def done(self) -> bool:
        """Whether all of the film is painted."""
        return bool(self.segments) and self.segments[-1].final

    @property
    def painted(self) -> int:
        """How many frames have been painted."""
        return sum(each.painted for each in self.segments)

    def state(self) -> dict[str, Any]:
        """What the next frame depends on; nothing at the beginning."""
        if not self.segments:
            return {}
        path = self._file(len(self.segments) - 1, "npz")
        with load_errors(path, "a whole state, --overwrite starts again", RunError):
            return read_arrays(path)

    def path(self, number: int | None = None) -> Path:
        """The file of a segment: the next one's when no number is given."""
        return self._file(len(self.segments) if number is None else number, self._suffix)

    def add(self, segment: Segment, state: Mapping[str, Any] | None) -> None:
        """Keep a segment that is whole, with the state behind it; VideoError on a full disk."""
        number = len(self.segments)
        if state is not None:
            path = self._file(number, "npz")
            with written_whole(path, VideoError) as temporary, temporary.open("wb") as file:
                np.savez(file, **state)
        self.put(number, segment)
        with suppress(OSError):
            self._file(number - 1, "npz").unlink()
        self.segments.append(segment)

    def has(self, number: int) -> bool:
        """Whether a segment is there, whatever there is before it."""
        return self._file(number, "json").is_file() and self.path(number).is_file()

    def put(self, number: int, segment: Segment) -> None:
        """Write the record of a segment, in any order; VideoError on a full disk."""
        place = segment.place
        values = {name: getattr(segment, name) for name in _PLAIN}
        values |= {"place": (place.number, place.time), "shifts": place.shifts}
        write_json(self._file(number, "json"), values, VideoError)

    def gather(self) -> None:
        """Take all segments on disk up to the first that is missing."""
        self.segments = self._whole()

    def end(self) -> None:
        """Mark the film as painted, also where it ended with a whole segment.

        Raises:
            VideoError: There was no frame in it, or the disk is full.
        """
        if not self.segments:
            raise VideoError("there is no frame in this part of the film")
        if not self.done:
            self.add(replace(self.segments.pop(), final=True), None)

    def clear(self) -> None:
        """Remove the files of an unfinished film, and the folder if nothing else is in it."""
        if not self.folder.is_dir():
            return
        for path in [*self.folder.iterdir()]:
            if path.name == RECIPE or path.stem.isdigit() or path.name.startswith(".impasto-"):
                path.unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _check_same(self, found: Mapping[str, Any]) -> None:
        before, now = (
            {**each, "options": renewed_options(each["options"])} if "options" in each else each
            for each in (found, self._recipe)
        )
        names = [name for name in now if before.get(name) != now[name]]
        if not names:
            return
        first, other = before.get(names[0]), now[names[0]]
        if isinstance(first, dict) and isinstance(other, dict):
            names = [key for key in other if first.get(key) != other[key]] or names
        begun = gone(found, self._recipe).replace("made", "begun")
        begun = begun or f"begun with another {', '.join(names)}"
        raise RunError(f"{self.folder}: was {begun}: use --overwrite")

    def _whole(self) -> list[Segment]:
        segments: list[Segment] = []
        while self.has(number := len(segments)):
            record: Any = read_record(self._file(number, "json"), Record, _WRONG)
            values = {name: record[name] for name in _PLAIN} | {"cuts": tuple(record["cuts"])}
            count, time = record["place"]
            place = Place(count, time, tuple(record["shifts"]))
            segments.append(Segment(path=self.path(number), place=place, **values))
        return segments

    def _file(self, number: int, suffix: str) -> Path:
        return self.folder / f"{number:05d}.{suffix}"
