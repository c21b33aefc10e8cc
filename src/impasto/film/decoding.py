"""The decoded frames of a film's file, from any time on, and what is wrong with the file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av.error

from impasto.film.damage import Damage
from impasto.film.packets import frames_in, opened, packets_in, video_of
from impasto.film.timing import Clock

_LONGEST: Final = 3600  # seconds that a frame can be shown: a time farther off is wrong

_LONGEST_SENT: Final = 10
"""The same in broadcast formats, whose times may jump (FFmpeg's dts_delta_threshold)."""

_SENT: Final = 0x200  # FFmpeg's mark of such formats (AVFMT_TS_DISCONT)

_RATES: Final = (Fraction(1, 3600), Fraction(1000))
"""Frames a second that a film can have; its file may claim any number."""

_WITHOUT_END: Final = ("matroska,webm", "flv")
"""Formats that have little behind the last packet; FFmpeg may stop where clips are joined."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A frame as the decoder gives it."""

    stamp: int  # when it is shown, in counts of the stream, rising from frame to frame
    frame: Any  # PyAV's
    shifts: tuple[int, ...]  # added to the file's time stamps so far


class Decoding:
    """An open film file.

    Attributes:
        file: PyAV's container.
        stream: The stream that is the film.
        damage: Counted since :meth:`frames` was called last.
    """

    def __init__(self, path: Path) -> None:
        """Open it; VideoError where it cannot be read or holds no film."""
        self._path = path
        self.damage = Damage()
        self._last: int | None = None
        self._reached = 0
        self._open()

    @property
    def base(self) -> Fraction:
        """Seconds of one count of time stamps."""
        base = Fraction(self.stream.time_base or 0)
        return base if 0 < base <= _LONGEST else 1 / self.rate

    @property
    def rate(self) -> Fraction:
        """Frames a second, on average."""
        for rate in (self.stream.average_rate, self.stream.guessed_rate):
            if rate and _RATES[0] <= rate <= _RATES[1]:
                return Fraction(rate)
        return Fraction(25)

    @property
    def step(self) -> int:
        """How long a frame usually lasts, in counts."""
        return max(1, round(1 / (self.rate * self.base)))

    @property
    def unread(self) -> float:
        """Share of the file behind the last packet that was read, in formats that end with one."""
        size = self.file.size if self.file.format.name in _WITHOUT_END else 0
        return 1 - self._reached / size if size > 0 and self._reached else 0.0

    def frames(self, start: int | None = None, *, jumped: bool = False) -> Iterator[Decoded]:
        """Yield frames from a key frame at or before a time stamp on; ImpastoError on failure.

        Args:
            start: The time stamp; all frames when None.
            jumped: Whether the file's time jumps before it: then all before it is decoded, too.
        """
        origin = self.stream.start_time
        if start is None or jumped or start <= (start if origin is None else origin):
            yield from self._from(None, start)
            return
        found = self._from(start, start)
        first = next(found, None)
        if first is None or first.stamp > start or self.damage.undecodable.count:
            found, first = self._from(None, start), None  # no way into the midst of this file
        if first is not None:
            yield first
        yield from found

    def trouble(self) -> None:
        """Count a packet or frame that is left out."""
        self.damage.undecodable.add(self._seconds())

    def _open(self) -> None:
        self.file = opened(self._path)
        try:
            self.stream = video_of(self.file, self._path)
        except BaseException:
            self.file.close()
            raise

    def _reopen(self) -> None:
        self.file.close()
        self._open()

    def _from(self, place: int | None, start: int | None) -> Iterator[Decoded]:
        """Frames from near a place on; what is damaged before ``start`` is not counted."""
        self._reopen()
        self.damage, self._last, self._reached = Damage(), None, 0
        skipped = 0 if place is None else self._sought(place)
        packets = itertools.islice(self._packets(), skipped, None)
        clock, jumps = Clock(self.step, self._longest), 0
        ended = self.stream.start_time if place is None else None
        for frame in frames_in(self.stream, packets, self.trouble):
            self._last = stamp = clock(frame.pts)
            jumped, jumps = clock.jumps > jumps, clock.jumps
            length = getattr(frame, "duration", 0) or 0
            if start is None or stamp >= start:
                if jumped:
                    self.damage.jumps.add(self._seconds())
                elif ended is not None and length and self.file.format.name != "avi":
                    # AVI leaves out frames that repeat the one before.
                    self.damage.gap(ended, stamp, length, self.base)
                if frame.is_corrupt:
                    self.damage.concealed.add(self._seconds())
            ended = stamp + length
            yield Decoded(stamp, frame, tuple(clock.shifts[1:]))

    def _packets(self) -> Iterator[Any]:
        for packet in packets_in(self.file, [self.stream], self.trouble):
            self._reached = max(self._reached, (packet.pos or 0) + packet.size)
            yield packet

    def _seconds(self) -> float:
        """Of the last frame, from the beginning of the film."""
        origin = self.stream.start_time or 0
        return float((max(0, (self._last or origin) - origin)) * self.base)

    def _sought(self, place: int) -> int:
        """Go near a place; give how many packets to leave out before the key frame there."""
        entries = getattr(self.stream, "index_entries", ())
        # With an index of all frames seeking can be relied upon.
        if not self._is_sent() and 0 < self.stream.frames <= len(entries):
            with suppress(av.error.FFmpegError, OverflowError):  # then all is read
                self.file.seek(place, stream=self.stream)
            return 0
        skipped = self._before(place)
        self._reopen()
        return skipped

    def _before(self, place: int) -> int:
        """How many packets come before the key frame of a place; 0 where time jumps before it."""
        key, last = 0, None
        for count, packet in enumerate(packets_in(self.file, [self.stream])):
            if packet.dts is not None:
                if last is not None and not last < packet.dts <= last + self._longest:
                    return 0
                last = packet.dts
                if last > place:
                    break
            if packet.is_keyframe and packet.pts is not None and packet.pts <= place:
                key = count
        return key

    @property
    def _longest(self) -> int:
        seconds = _LONGEST_SENT if self._is_sent() else _LONGEST
        return max(1, round(seconds / self.base))

    def _is_sent(self) -> bool:
        return bool(self.file.format.flags & _SENT)
