"""The folder of a film in the making: whole segments, and what the next frame depends on.

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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypedDict

import numpy as np

from impasto.archive import load_errors, read_arrays
from impasto.errors import RunError, VideoError
from impasto.files import write_json, written_whole
from impasto.film import Film, Place
from impasto.film.codecs import CODECS
from impasto.film.frames import BEGINNING
from impasto.film.pipeline import Painted
from impasto.film.segments import Segment, SegmentWriter
from impasto.lock import NAME as LOCK
from impasto.lock import held
from impasto.records import Wrong, read_record

RECIPE: Final = "recipe.json"
_WRONG: Final = Wrong(RunError, "is damaged: --overwrite begins again")


class Told(TypedDict):
    """The record of a segment as it is in its file."""

    first: int
    last: int
    frames: int
    delay: int
    place: tuple[int, int | None]
    shifts: list[int]
    painted: int
    cuts: list[int]
    final: bool


@dataclass(frozen=True, slots=True)
class Record:
    """A whole segment.

    Attributes:
        segment: Its file.
        place: Behind its last frame.
        painted: How many frames were painted for it.
        cuts: Numbers of the film's frames at which scenes begin in it.
        final: Whether the film ends with it.
    """

    segment: Segment
    place: Place
    painted: int
    cuts: tuple[int, ...] = ()
    final: bool = False


class Parts:
    """Segments of one film, in a folder."""

    def __init__(self, folder: Path, recipe: Mapping[str, Any], codec: str) -> None:
        self.folder = folder
        self._recipe = json.loads(json.dumps(dict(recipe)))
        self._suffix = CODECS[codec].container
        self.records: list[Record] = []

    def begin(self, *, resume: bool) -> None:
        """Make the folder, or take up what is in it.

        Raises:
            RunError: What is in it is of another film, or is not to be gone on with.
            VideoError: The folder cannot be made.
        """
        found = self._found()
        if found is not None and resume:
            self._check(found)
            self.records = self._whole()
        elif found is not None and self._whole():
            raise RunError(
                f"{self.folder}: holds a film in the making: --resume goes on with it, "
                "--overwrite begins again"
            )
        if not self.records:
            self.clear()
        write_json(self.folder / RECIPE, self._recipe, VideoError)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Hold the folder while the block lasts; it goes at the end if nothing is left in it.

        Raises:
            RunError: Another run holds it, or it cannot be made.
        """
        try:
            with held(self.folder):
                try:
                    yield
                finally:
                    self._unlock()
        finally:
            with suppress(OSError):  # where a lock that is held cannot be removed
                self.folder.rmdir()

    def _unlock(self) -> None:
        with suppress(OSError):
            if [each.name for each in self.folder.iterdir()] == [LOCK]:
                (self.folder / LOCK).unlink()
                self.folder.rmdir()

    @property
    def is_begun(self) -> bool:
        """Whether there is a film in the making in the folder."""
        return (self.folder / RECIPE).is_file()

    @property
    def place(self) -> Place:
        """Where to go on."""
        return self.records[-1].place if self.records else BEGINNING

    @property
    def done(self) -> bool:
        """Whether all of the film is painted."""
        return bool(self.records) and self.records[-1].final

    @property
    def painted(self) -> int:
        """How many frames have been painted."""
        return sum(each.painted for each in self.records)

    def state(self) -> dict[str, Any]:
        """What the next frame depends on; nothing at the beginning."""
        if not self.records:
            return {}
        path = self._state_path(len(self.records) - 1)
        with load_errors(path, "a whole state, --overwrite begins again", RunError):
            return read_arrays(path)

    def path(self, number: int | None = None) -> Path:
        """The file of a segment: the next one's when no number is given."""
        number = len(self.records) if number is None else number
        return self.folder / f"{number:05d}.{self._suffix}"

    def add(self, record: Record, state: Mapping[str, Any] | None) -> None:
        """Keep a segment that is whole, with the state behind it.

        Raises:
            VideoError: The disk is full.
        """
        number = len(self.records)
        if state is not None:
            path = self._state_path(number)
            with written_whole(path, VideoError) as temporary, temporary.open("wb") as file:
                np.savez(file, **state)
        write_json(self._record_path(number), _to_json(record), VideoError)
        with suppress(OSError):
            self._state_path(number - 1).unlink()
        self.records.append(record)

    def has(self, number: int) -> bool:
        """Whether a segment is there, whatever there is before it."""
        return self._record_path(number).is_file() and self.path(number).is_file()

    def put(self, number: int, record: Record) -> None:
        """Keep a segment that another process has written, in any order.

        Raises:
            VideoError: The disk is full.
        """
        write_json(self._record_path(number), _to_json(record), VideoError)

    def gather(self) -> None:
        """Take up the segments that have been put, up to the first that is missing."""
        self.records = self._whole()

    def end(self) -> None:
        """All of the film is painted, also where it ended with a whole segment.

        Raises:
            VideoError: There was no frame in it, or the disk is full.
        """
        if not self.records:
            raise VideoError("there is no frame in the part of the film that is wanted")
        if not self.records[-1].final:
            last = replace(self.records.pop(), final=True)
            self.add(last, None)

    def clear(self) -> None:
        """Take away all that is in the folder, and the folder where nothing else is in it."""
        if not self.folder.is_dir():
            return
        for path in self.folder.iterdir():
            if path.name == RECIPE or path.stem.isdigit():
                path.unlink(missing_ok=True)
        for path in self.folder.glob(".impasto-*"):
            path.unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _found(self) -> dict[str, Any] | None:
        path = self.folder / RECIPE
        if not path.is_file():
            return None
        return read_record(path, dict[str, Any], _WRONG)

    def _check(self, found: Mapping[str, Any]) -> None:
        names = [name for name in self._recipe if found.get(name) != self._recipe[name]]
        if names:
            named = ", ".join(_differing(found.get(names[0]), self._recipe[names[0]], names))
            raise RunError(f"{self.folder}: was begun with another {named}: use --overwrite")

    def _whole(self) -> list[Record]:
        records: list[Record] = []
        while (path := self._record_path(len(records))).is_file():
            segment = self.path(len(records))
            if not segment.is_file():
                break
            records.append(_from_json(read_record(path, Told, _WRONG), segment))
        return records

    def _state_path(self, number: int) -> Path:
        return self.folder / f"{number:05d}.npz"

    def _record_path(self, number: int) -> Path:
        return self.folder / f"{number:05d}.json"


def _differing(found: Any, wanted: Any, names: list[str]) -> list[str]:
    """What differs, as exactly as can be told."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return [key for key in wanted if found.get(key) != wanted[key]] or names
    return names


def _to_json(record: Record) -> Told:
    segment, place = record.segment, record.place
    return {
        "first": segment.first,
        "last": segment.last,
        "frames": segment.frames,
        "delay": segment.delay,
        "place": (place.number, place.time),
        "shifts": list(place.shifts),
        "painted": record.painted,
        "cuts": list(record.cuts),
        "final": record.final,
    }


def _from_json(values: Told, path: Path) -> Record:
    segment = Segment(path, values["first"], values["last"], values["frames"], values["delay"])
    place = Place(*values["place"], tuple(values["shifts"]))
    cuts = tuple(values["cuts"])
    return Record(segment, place, values["painted"], cuts, values["final"])


class Writing:
    """Writes frames to the segment in hand, and begins another when that is whole."""

    def __init__(self, parts: Parts, film: Film, codec: str, quality: int) -> None:
        self._parts, self._settings = parts, (film, codec, quality)
        self._writer: SegmentWriter | None = None
        self._count = 0
        self._cuts: list[int] = []
        self._place = Place()

    def add(self, painted: Painted) -> None:
        """Write a frame.

        Raises:
            VideoError: It cannot be written.
        """
        if self._writer is None:
            self._writer = SegmentWriter(self._parts.path(), *self._settings)
        if painted.begins:
            self._cuts.append(self._parts.painted + self._count)
        self._writer.add(painted.pixels, painted.frame.times, painted.frame.alpha)
        self._count += 1
        self._place = painted.frame.place

    def keep(self, state: Mapping[str, Any]) -> None:
        """End the segment in hand and keep it, with what the next frame depends on.

        Raises:
            VideoError: It cannot be written.
        """
        for record in self._ended():
            self._parts.add(record, state)

    def finish(self) -> None:
        """The film is at its end: keep what is in hand, as the last segment.

        Raises:
            VideoError: It cannot be written.
        """
        for record in self._ended():
            self._parts.add(replace(record, final=True), None)
        self._parts.end()

    def broken_off(self) -> list[Record]:
        """What is in hand, which is not whole and is not kept; nothing behind a whole segment."""
        return self._ended()

    def abandon(self) -> None:
        """Close the segment in hand, if any, whatever is in it."""
        if self._writer is not None:
            self._writer.abandon()

    def _ended(self) -> list[Record]:
        if self._writer is None:
            return []
        segment = self._writer.close()
        record = Record(segment, self._place, self._count, tuple(self._cuts))
        self._writer, self._count, self._cuts = None, 0, []
        return [record]
