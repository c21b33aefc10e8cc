"""A film file, read by PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av.error

from impasto.errors import VideoError
from impasto.film.decoding import Decoded, Decoding
from impasto.film.frames import BEGINNING, Film, Frame, Place, Reading, Shot, sides_of
from impasto.film.packets import check_size, opened, packets_in
from impasto.film.srgb import has_alpha, notice_of, pixels_of, shot_of, upright
from impasto.film.timing import Timing, rate_of, wanted

_GRACE: Final = 1.0
"""Seconds by which a film may be shorter than its file says: many files round."""

_UNREAD: Final = 0.2
"""Share of a file that may lie unread behind its last packet: an index, say."""

_ASPECTS: Final = (Fraction(1, 20), Fraction(20))
"""Widths of a pixel by its height that are believed."""


class Container:
    """A film file that is open for reading.

    Attributes:
        film: What is known of it.
    """

    def __init__(self, path: Path, reading: Reading) -> None:
        """Open a film and look at its first frame.

        Raises:
            VideoError: There is no film in the file, or it cannot be decoded.
            MemoryEstimateError: Its frames do not fit into memory.
            OptionError: The part that is wanted lies outside of it.
        """
        self._path, self._reading = path, reading
        self._source = Decoding(path)
        try:
            self._check_room()
            self._check_whole()
            self._look()
        except BaseException:
            self._source.close()
            raise

    @property
    def repairs(self) -> tuple[str, ...]:
        """What was wrong with it, and put right while its frames were read: a sentence each."""
        return self._source.damage.told()

    @property
    def base(self) -> Fraction:
        """Seconds of one count of its own time stamps, those of places."""
        return self._timing.base

    def frames(self, place: Place = BEGINNING) -> Iterator[Frame]:
        """The frames from a place on, one at a time.

        Raises:
            ImpastoError: The file can no longer be read.
        """
        return wanted(self._shots(place), self._timing, place)

    def close(self) -> None:
        """Give the file back."""
        self._source.close()

    def _check_room(self) -> None:
        context = self._source.stream.codec_context
        kind = context.format
        bits = () if kind is None else (float(kind.padded_bits_per_pixel),)
        check_size(self._path, context.width, context.height, *bits)

    def _look(self) -> None:
        first = next(self._source.frames(), None)
        if first is None:
            raise VideoError(f"{self._path}: holds no frame that can be decoded")
        stream, frame = self._source.stream, first.frame
        origin = first.stamp if stream.start_time is None else stream.start_time
        self._timing = Timing(self._source.base, origin, self._reading, self._source.step)
        self._rotation = int(frame.rotation) if abs(int(frame.rotation)) <= 360 else 0
        self._sides = sides_of(frame.width, frame.height, self._reading.size)
        turned = round(self._rotation / 90) % 2 == 1
        width, height = reversed(self._sides) if turned else self._sides
        aspect = Fraction(stream.sample_aspect_ratio or 1)
        aspect = aspect if _ASPECTS[0] <= aspect <= _ASPECTS[1] else Fraction(1)
        fps = self._reading.fps
        rate = self._source.rate if fps is None else rate_of(fps)
        self.film = Film(
            path=self._path,
            width=width,
            height=height,
            time_base=self._timing.time_base,
            rate=rate,
            frames=self._count(rate),
            aspect=1 / aspect if turned else aspect,
            notices=tuple(_notices(frame)),
            alpha=self._reading.alpha and has_alpha(frame),
        )

    def _count(self, rate: Fraction) -> int | None:
        length, stream = self._length(), self._source.stream
        whole = self._reading.start == 0 and self._reading.end is None
        if whole and stream.frames and self._reading.fps is None:
            return int(stream.frames) if self._is_believed(stream.frames) else None
        end = self._reading.end
        if length is not None:
            end = length if end is None else min(end, length)
        return None if end is None else max(1, round((end - self._reading.start) * rate))

    def _is_believed(self, count: float) -> bool:
        """Whether the file has a byte for each of so many frames."""
        return bool(count <= self._source.file.size)

    def _length(self) -> float | None:
        """Seconds that the film lasts, as its file says; None where that cannot be."""
        stream, file = self._source.stream, self._source.file
        seconds = (file.duration or 0) / 1e6
        if stream.duration:
            seconds = float(stream.duration * self._source.base)
        return seconds if seconds > 0 and self._is_believed(seconds * self._source.rate) else None

    def _check_whole(self) -> None:
        """See that what the index names is there, before anything is painted."""
        with suppress(AttributeError, OSError):
            size, stream = self._path.stat().st_size, self._source.stream
            beyond = [each for each in stream.index_entries if each.pos + each.size > size]
            if beyond:
                first = min(each.timestamp for each in beyond)
                seconds = max(0.0, float(first * stream.time_base))
                end = self._reading.end
                if end is None or end > seconds:
                    there = int(seconds * 10) / 10
                    advice = f": --end {there:g} films what is there" if there else ""
                    told = f"is truncated, it breaks off after {there:g} s{advice}"
                    raise VideoError(f"{self._path}: {told}")

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
        self._check_end(last)

    def _converted(self, decoded: Decoded) -> Iterator[Shot]:
        """The frame as it is wanted; nothing where it is of no known kind."""
        try:
            pixels = upright(pixels_of(decoded.frame, *self._sides), self._rotation)
        except (ValueError, av.error.FFmpegError):
            self._source.troubled()
            return
        damage, shifts = self._source.damage, decoded.shifts
        yield shot_of(decoded.stamp, pixels, self.film, damage, shifts)

    def _check_end(self, last: int | None) -> None:
        """See whether the film ends where its file says; where its time jumps nobody can tell."""
        length, damage = self._length(), self._source.damage
        if last is not None and self._source.unread > _UNREAD:
            damage.ends = self._timing.seconds(last)
        if last is None or length is None or damage.jumps.count:
            return
        reached = self._timing.seconds(last)
        until = length if self._reading.end is None else min(length, self._reading.end)
        if reached >= until - _GRACE - 2 / float(self.film.rate):
            return
        if not self._source.stream.duration:
            # The length is that of the longest stream, which may be the sound.
            reached = max(reached, _last_seconds(self._path, reached))
        if reached < until - _GRACE:
            damage.ends = self._timing.seconds(last)


def _notices(frame: Any) -> Iterator[str]:
    told = notice_of(frame)
    if told:
        yield told
    if frame.interlaced_frame:
        yield "interlaced fields are painted as they lie in the frames"


def _last_seconds(path: Path, start: float) -> float:
    """Where the last packet of any stream begins, in seconds, of those behind a time."""
    last = 0.0
    with opened(path) as file, suppress(av.error.FFmpegError):
        file.seek(int(start * 1e6))
        for packet in packets_in(file, [*file.streams]):
            if packet.pts is not None:
                last = max(last, float(packet.pts * packet.time_base))
    return last
