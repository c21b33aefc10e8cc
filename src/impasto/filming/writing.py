"""Painted frames become segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from impasto.filming.parts import Parts, Record
from impasto.filming.stretch import Painted
from impasto.frames import Film, Place
from impasto.frames.segment import SegmentWriter


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
