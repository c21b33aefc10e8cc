"""A film file, read by PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Final

import av.error

from impasto.errors import VideoError
from impasto.film.decoding import Decoded, Decoding
from impasto.film.frames import BEGINNING, Film, Frame, Place, Reading, Shot, sides_of
from impasto.film.packets import check_size, opened, packets_in
from impasto.film.srgb import has_alpha, notice_of, pixels_of, shot_of, upright
from impasto.film.timing import Timing, chosen, rate_of

_GRACE: Final = 1.0  # seconds by which a film may be shorter than its file says: many files round

_UNREAD: Final = 0.2
"""Share of a file that may lie unread behind its last packet: an index, for example."""

_ASPECTS: Final = (Fraction(1, 20), Fraction(20))
"""Widths of a pixel by its height that are believed."""


class Container:
    """A film file that is open for reading."""

    def __init__(self, path: Path, reading: Reading) -> None:
        """Open a film and look at its first frame.

        Raises:
            VideoError: There is no film in the file, or it cannot be decoded.
            MemoryEstimateError: Its frames do not fit into memory.
        """
        self._path, self._reading = path, reading
        self._source = Decoding(path)
        try:
            context = self._source.stream.codec_context
            bits = () if context.format is None else (float(context.format.padded_bits_per_pixel),)
            check_size(path, context.width, context.height, *bits)
            self._check_whole()
            self._look()
        except BaseException:
            self.close()
            raise

    @property
    def repairs(self) -> tuple[str, ...]:
        """See :class:`~impasto.film.frames.Reader`."""
        return self._source.damage.sentences()

    @property
    def base(self) -> Fraction:
        """Seconds of one count of the file's time stamps, as places have them."""
        return self._timing.base

    def frames(self, place: Place = BEGINNING) -> Iterator[Frame]:
        """See :class:`~impasto.film.frames.Reader`."""
        return chosen(self._shots(place), self._timing, place)

    def close(self) -> None:
        """Close the file."""
        self._source.file.close()

    def _look(self) -> None:
        first = next(self._source.frames(), None)
        if first is None:
            raise VideoError(f"{self._path}: no frame in it can be decoded")
        stream, frame, reading = self._source.stream, first.frame, self._reading
        origin = first.stamp if stream.start_time is None else stream.start_time
        self._timing = Timing(self._source.base, origin, reading, self._source.step)
        self._rotation = int(frame.rotation) if abs(int(frame.rotation)) <= 360 else 0
        self._sides = sides_of(frame.width, frame.height, reading.size)
        turned = round(self._rotation / 90) % 2 == 1
        width, height = reversed(self._sides) if turned else self._sides
        aspect = Fraction(stream.sample_aspect_ratio or 1)
        aspect = aspect if _ASPECTS[0] <= aspect <= _ASPECTS[1] else Fraction(1)
        rate = self._source.rate if reading.fps is None else rate_of(reading.fps)
        notices = [notice_of(frame)]
        if frame.interlaced_frame:
            notices.append("interlaced frames are painted without deinterlacing")
        self.film = Film(
            path=self._path,
            width=width,
            height=height,
            time_base=self._timing.time_base,
            rate=rate,
            frames=self._count(rate),
            aspect=1 / aspect if turned else aspect,
            notices=tuple(each for each in notices if each),
            alpha=reading.alpha and has_alpha(frame),
        )

    def _count(self, rate: Fraction) -> int | None:
        length, stream, end = self._length(), self._source.stream, self._reading.end
        whole = self._reading.start == 0 and end is None
        if whole and stream.frames and self._reading.fps is None:
            return int(stream.frames) if self._is_believed(stream.frames) else None
        if length is not None:
            end = length if end is None else min(end, length)
        return None if end is None else max(1, round((end - self._reading.start) * rate))

    def _is_believed(self, count: float) -> bool:
        """Whether the file has at least a byte for each frame it claims."""
        return bool(count <= self._source.file.size)

    def _length(self) -> float | None:
        """Seconds that the film lasts, as its file says; None where that cannot be."""
        stream, file = self._source.stream, self._source.file
        seconds = (file.duration or 0) / 1e6
        if stream.duration:
            seconds = float(stream.duration * self._source.base)
        return seconds if seconds > 0 and self._is_believed(seconds * self._source.rate) else None

    def _check_whole(self) -> None:
        """Check that the file holds all that its index names, before anything is painted."""
        with suppress(AttributeError, OSError):
            size, stream = self._path.stat().st_size, self._source.stream
            beyond = [each for each in stream.index_entries if each.pos + each.size > size]
            if not beyond:
                return
            first = min(each.timestamp for each in beyond)
            seconds = max(0.0, float(first * stream.time_base))
            end = self._reading.end
            if end is None or end > seconds:
                there = int(seconds * 10) / 10
                advice = f": --end {there:g} films what is there" if there else ""
                reason = f"is truncated, it breaks off after {there:g} s{advice}"
                raise VideoError(f"{self._path}: {reason}")

    def _shots(self, place: Place) -> Iterator[Shot]:
        start = self._timing.start if place.time is None else place.time
        end, last = self._timing.end, None
        for each in self._source.frames(start, jumped=bool(place.shifts)):
            last = each.stamp
            # Converted only from where it is needed: a frame behind the key frame costs less.
            if last >= start or self._reading.fps is not None:
                yield from self._converted(each)
            if end is not None and last >= end:
                return  # and nothing more is decoded
        if last is not None:
            self._check_end(last)

    def _converted(self, decoded: Decoded) -> Iterator[Shot]:
        """The frame in sRGB; nothing where its format is unknown."""
        try:
            pixels = upright(pixels_of(decoded.frame, *self._sides), self._rotation)
        except (ValueError, av.error.FFmpegError):
            self._source.trouble()
            return
        yield shot_of(decoded.stamp, pixels, self.film, self._source.damage, decoded.shifts)

    def _check_end(self, last: int) -> None:
        """Check whether the film ends where its file says; unknown where its time jumps."""
        length, damage = self._length(), self._source.damage
        reached = seconds = self._timing.seconds(last)
        if self._source.unread > _UNREAD:
            damage.ends = seconds
        if length is None or damage.jumps.count:
            return
        until = length if self._reading.end is None else min(length, self._reading.end)
        if seconds >= until - _GRACE - 2 / float(self.film.rate):
            return
        if not self._source.stream.duration:
            # The length is that of the longest stream, which may be the sound.
            reached = max(reached, _last_seconds(self._path, reached))
        if reached < until - _GRACE:
            damage.ends = seconds


def _last_seconds(path: Path, start: float) -> float:
    """The start, in seconds, of the last packet of any stream after a time."""
    last = 0.0
    with opened(path) as file, suppress(av.error.FFmpegError):
        file.seek(int(start * 1e6))
        for packet in packets_in(file, [*file.streams]):
            if packet.pts is not None:
                last = max(last, float(packet.pts * packet.time_base))
    return last
