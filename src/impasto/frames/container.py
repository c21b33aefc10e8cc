"""A film file, read by PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import av.error

from impasto.errors import VideoError
from impasto.frames.color import notice_of, rgb_of, upright
from impasto.frames.film import BEGINNING, Bytes, Film, Frame, Place, Reading
from impasto.frames.timing import Timing, rate_of, wanted
from impasto.option_values import LEAST_FRAME

_GRACE: Final = 1.0
"""Seconds by which a film may be shorter than its file says: many files round."""


class Container:
    """A film file that is open for reading.

    Attributes:
        film: What is known of it.
    """

    def __init__(self, path: Path, reading: Reading) -> None:
        """Open a film and look at its first frame.

        Raises:
            VideoError: There is no film in the file, or it cannot be decoded.
            OptionError: The part that is wanted lies outside of it.
        """
        self._path, self._reading = path, reading
        self._file = opened(path)
        try:
            self._stream = _video(self._file, path)
            self._check_whole()
            self._look()
        except BaseException:
            self._file.close()
            raise

    def frames(self, place: Place = BEGINNING) -> Iterator[Frame]:
        """The frames from a place on, one at a time.

        Raises:
            VideoError: The file is damaged or ends too early.
        """
        start = self._timing.start if place.time is None else place.time
        return wanted(self._pixels(start), self._timing, place)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def _look(self) -> None:
        stamp, frame = next(self._decoded(None), (0, None))
        if frame is None:
            raise VideoError(f"{self._path}: holds no frame that can be decoded")
        stream: Any = self._stream
        base = stream.time_base
        origin = stream.start_time
        first = stamp if origin is None else origin
        self._timing = Timing(base, first, self._reading, self._step())
        self._rotation = int(frame.rotation)
        sides = _sides(frame.width, frame.height, self._reading.size)
        self._sides = sides
        turned = round(self._rotation / 90) % 2 == 1
        aspect = Fraction(stream.sample_aspect_ratio or 1)
        notices = [each for each in (notice_of(frame),) if each]
        if frame.interlaced_frame:
            notices.append("interlaced fields are painted as they lie in the frames")
        rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
        if self._reading.fps is not None:
            rate = rate_of(self._reading.fps)
        self.film = Film(
            path=self._path,
            width=sides[1] if turned else sides[0],
            height=sides[0] if turned else sides[1],
            time_base=self._timing.time_base,
            rate=rate,
            frames=self._count(rate),
            aspect=1 / aspect if turned and aspect else aspect or Fraction(1),
            notices=tuple(notices),
        )

    def _count(self, rate: Fraction) -> int | None:
        length = self._length()
        whole = self._reading.start == 0 and self._reading.end is None
        if whole and self._stream.frames and self._reading.fps is None:
            return int(self._stream.frames)
        end = self._reading.end
        if length is not None:
            end = length if end is None else min(end, length)
        return None if end is None else max(1, round((end - self._reading.start) * rate))

    def _length(self) -> float | None:
        """Seconds that the film lasts, as its file says."""
        if self._stream.duration:
            return float(self._stream.duration * self._stream.time_base)
        return self._file.duration / 1e6 if self._file.duration else None

    def _check_whole(self) -> None:
        """See that what the index names is there, before anything is painted."""
        with suppress(AttributeError, OSError):
            size = self._path.stat().st_size
            entries = self._stream.index_entries
            beyond = [each for each in entries if each.pos + each.size > size]
            if beyond:
                first = min(each.timestamp for each in beyond)
                seconds = max(0.0, float(first * self._stream.time_base))
                end = self._reading.end
                if end is None or end > seconds:
                    raise self._truncated(seconds)

    def _truncated(self, seconds: float) -> VideoError:
        there = int(seconds * 10) / 10
        advice = f": --end {there:g} films what is there" if there else ""
        return VideoError(f"{self._path}: is truncated, it breaks off after {there:g} s{advice}")

    def _pixels(self, start: int) -> Iterator[tuple[int, Bytes]]:
        width, height = self._sides
        end, last = self._timing.end, None
        for stamp, frame in self._decoded(start):
            last = stamp
            if end is not None and stamp >= end:
                return  # and nothing more is decoded
            # Converted only from where it is needed: a frame behind the key frame costs less.
            if stamp < start and self._reading.fps is None:
                continue
            yield stamp, upright(rgb_of(frame, width, height), self._rotation)
        self._check_end(last)

    def _check_end(self, last: int | None) -> None:
        length = self._length()
        if last is None or length is None:
            return
        reached = self._timing.seconds(last)
        until = length if self._reading.end is None else min(length, self._reading.end)
        if reached >= until - _GRACE - 2 / float(self.film.rate):
            return
        if not self._stream.duration:
            # The length is that of the longest stream, which may be the sound.
            reached = max(reached, _last_seconds(self._path, reached))
        if reached < until - _GRACE:
            raise self._truncated(self._timing.seconds(last))

    def _decoded(self, start: int | None) -> Iterator[tuple[int, Any]]:
        """Time stamps and frames from a key frame at or before a time stamp on."""
        frames = self._from(start)
        try:
            first = next(frames, None)
            if first is not None and start is not None and first[0] > start > self._first(start):
                frames = self._from(None)  # there is no way into the midst of this file
                first = next(frames, None)
            if first is not None:
                yield first
                yield from frames
        except av.error.FFmpegError as error:
            raise VideoError(f"{self._path}: is damaged ({error.strerror})") from None

    def _step(self) -> int:
        """How long a frame usually lasts, in counts of the stream's time base."""
        rate, base = Fraction(self._stream.average_rate or 25), self._stream.time_base
        return max(1, round(1 / (rate * Fraction(base))))

    def _first(self, start: int) -> int:
        origin = self._stream.start_time
        return start if origin is None else int(origin)

    def _from(self, start: int | None) -> Iterator[tuple[int, Any]]:
        self._file.close()
        self._file = opened(self._path)
        self._stream = _video(self._file, self._path)
        self._stream.thread_type = "AUTO"
        if start is not None and start > self._first(start):
            with suppress(av.error.FFmpegError):  # then all is read from the beginning
                self._file.seek(start, stream=self._stream)
        last: int | None = None
        step = self._step()
        for frame in self._file.decode(self._stream):
            stamp = frame.pts
            if stamp is None:  # streams without a container
                stamp = 0 if last is None else last + step
            if last is None or stamp > last:
                last = stamp
                yield stamp, frame


def opened(path: Path) -> Any:
    """Open a file with PyAV.

    Raises:
        VideoError: It is no film, or cannot be read.
    """
    try:
        if path.stat().st_size == 0:
            raise VideoError(f"{path}: is empty")
        return av.open(str(path), metadata_errors="replace")
    except FileNotFoundError:
        raise VideoError(f"{path}: no such file") from None
    except av.error.InvalidDataError:
        raise VideoError(f"{path}: no film, or one that is damaged or truncated") from None
    except (OSError, av.error.FFmpegError) as error:
        reason = (error.strerror or str(error)).lower()
        raise VideoError(f"{path}: cannot be read ({reason})") from None


def _video(file: Any, path: Path) -> Any:
    streams = [each for each in file.streams if each.type == "video"]
    moving = [each for each in streams if not _is_cover(each)]
    if not moving:
        kinds = ", ".join(sorted({each.type or "data" for each in file.streams})) or "nothing"
        raise VideoError(f"{path}: holds no video, only {kinds}")
    stream = moving[0]
    if stream.codec_context is None:
        raise VideoError(f"{path}: its video is of a codec that is not known here")
    return stream


def _last_seconds(path: Path, start: float) -> float:
    """Where the last packet of any stream begins, in seconds, of those behind a time."""
    last = 0.0
    with opened(path) as file, suppress(av.error.FFmpegError):
        file.seek(int(start * 1e6))
        for packet in file.demux():
            if packet.pts is not None:
                last = max(last, float(packet.pts * packet.time_base))
    return last


def _is_cover(stream: Any) -> bool:
    """Whether a stream is the picture on an album's sleeve."""
    return bool(int(stream.disposition) & 0x400)


def _sides(width: int, height: int, size: int) -> tuple[int, int]:
    if size == 0:
        return width, height
    scale = size / max(width, height)
    return max(LEAST_FRAME, round(width * scale)), max(LEAST_FRAME, round(height * scale))
