"""A stretch of frames encoded by itself, and its packets read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import av
import av.error
import numpy as np

from impasto.errors import VideoError
from impasto.files import write_errors
from impasto.film.codecs import CODECS, WITH_ALPHA, Codec, settings
from impasto.film.frames import BEGINNING, Bytes, Film, Place

if TYPE_CHECKING:
    from impasto.film.pipeline import Painted

BT709: Final = 1  # of primaries, transfer and matrix alike; ITU-T H.273, tables 2 to 4

LIMITED_RANGE: Final = 1


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a film, encoded in a file of its own."""

    path: Path
    first: int  # when its first frame is shown, in counts of the film's time base
    last: int  # when its last frame is shown
    frames: int  # pictures in it
    delay: int  # packets by which its frames are decoded before they are shown
    place: Place = BEGINNING  # in the source, behind its last frame
    painted: int = 0  # frames painted for it, some of which may be shown more than once
    cuts: tuple[int, ...] = ()  # numbers of the film's frames at which scenes begin in it
    final: bool = False  # whether the film ends with it


class SegmentWriter:
    """Encodes frames one after the other into one file."""

    def __init__(self, path: Path, film: Film, codec: str, quality: int) -> None:
        """Open the file; VideoError where it cannot be written or the encoder is missing."""
        self._path, self._film, self._codec = path, film, CODECS[codec]
        self._has_alpha = codec in WITH_ALPHA.values()
        self._times: list[int] = []
        self._stamps: list[int] = []
        self._place, self._painted, self._cuts = BEGINNING, 0, list[int]()
        with write_errors(path, VideoError):
            self._file = av.open(str(path), "w", format=self._codec.container)
            options = settings(self._codec, quality)
            self._stream = add_stream(self._file, self._codec, film, options)
            self._stream.time_base = self._stream.codec_context.time_base = film.time_base
            self._stream.codec_context.sample_aspect_ratio = film.aspect

    def add(self, pixels: Bytes, times: tuple[int, ...], alpha: Bytes | None = None) -> None:
        """Encode a frame for each time at which it is shown; VideoError where the disk is full."""
        if self._has_alpha:
            opaque = np.full(pixels.shape[:2], 255, np.uint8)
            pixels = np.dstack([pixels, opaque if alpha is None else alpha])
        picture = video_frame(pixels, self._stream, self._codec)
        for time in times:
            frame = picture if time == times[0] else video_frame(pixels, self._stream, self._codec)
            self._times.append(time)
            frame.pts, frame.time_base = time - self._times[0], self._film.time_base
            self._write(frame)

    def add_painted(self, painted: Painted, number: int) -> None:
        """Encode a painted frame of a number in the film, and note what a record of it holds."""
        if painted.begins:
            self._cuts.append(number)
        self.add(painted.pixels, painted.frame.times, painted.frame.alpha)
        self._painted, self._place = self._painted + 1, painted.frame.place

    def close(self) -> Segment:
        """End the file; VideoError where it cannot be written."""
        self._write(None)
        with write_errors(self._path, VideoError):
            self._file.close()
        return Segment(
            self._path, self._times[0], self._times[-1], len(self._times), delay_of(self._stamps),
            self._place, self._painted, tuple(self._cuts),
        )  # fmt: skip

    def abandon(self) -> None:
        """Close the file, whatever is in it."""
        with suppress(OSError, ValueError, av.error.FFmpegError):  # a full disk, most likely
            self._file.close()

    def _write(self, frame: Any) -> None:
        with write_errors(self._path, VideoError):
            for packet in self._stream.encode(frame):
                self._stamps.append(packet.pts)
                self._file.mux(packet)


def add_stream(file: Any, codec: Codec, film: Film, options: dict[str, str]) -> Any:
    """A stream of video in a file that is open for writing; in BT.709 where it is YUV."""
    stream = file.add_stream(codec.encoder, rate=film.rate, options=options)
    odd = int(codec.even)
    stream.width = film.width + odd * (film.width % 2)
    stream.height = film.height + odd * (film.height % 2)
    stream.pix_fmt = codec.pixels
    context = stream.codec_context
    if codec.encoder != "ffv1":
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED_RANGE
    return stream


def video_frame(pixels: Bytes, stream: Any, codec: Codec) -> Any:
    """Pixels (H, W, 3 or 4) as a frame of a stream, edges repeated where it is too small."""
    missing = stream.height - pixels.shape[0], stream.width - pixels.shape[1]
    if any(missing):
        pixels = np.pad(pixels, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")
    form = "rgba" if pixels.shape[2] == 4 else "rgb24"
    rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=form)
    if codec.encoder == "ffv1":
        return rgb.reformat(format=codec.pixels)
    return rgb.reformat(
        format=codec.pixels,
        dst_colorspace=BT709,
        dst_color_range="MPEG",
        interpolation=codec.interpolation,
    )


def packets_of(segment: Segment, time_base: Fraction) -> Iterator[Any]:
    """The packets of a segment, with the times of the whole film; VideoError if damaged."""
    count = 0
    with _damage_named(segment), av.open(str(segment.path)) as file:
        packet: Any
        for packet in file.demux(file.streams.video[0]):
            if packet.size:
                packet.pts = segment.first + round(packet.pts * packet.time_base / time_base)
                packet.time_base = time_base
                count += 1
                yield packet
        if count != segment.frames:
            raise ValueError(f"{count} of {segment.frames} frames")


def pictures_of(segment: Segment, form: str = "rgb24") -> Iterator[tuple[int, Bytes]]:
    """Times and pixels (rgb24 or rgba) of a lossless segment's frames; VideoError if damaged."""
    with _damage_named(segment), av.open(str(segment.path)) as file:
        frame: Any
        for frame in file.decode(video=0):
            yield frame.pts, frame.to_ndarray(format=form)


@contextmanager
def _damage_named(segment: Segment) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, IndexError, TypeError, av.error.FFmpegError) as error:
        reason = getattr(error, "strerror", None) or error
        advice = "--overwrite starts again"
        raise VideoError(f"{segment.path}: is damaged ({reason}): {advice}") from None


def delay_of(stamps: Sequence[int]) -> int:
    """By how many packets a stretch is decoded ahead, from display times in packet order."""
    ranks = {stamp: rank for rank, stamp in enumerate(sorted(stamps))}
    return max((number - ranks[stamp] for number, stamp in enumerate(stamps)), default=0)


class DecodingTimes:
    """Gives packets their decoding times, one segment after the other.

    They begin before ``first``, when the first frame is shown, by the largest ``delay`` of all
    segments in steps of about a frame.
    """

    def __init__(self, delay: int, first: int, step: int) -> None:
        self._late = [first - step * number for number in range(delay, 0, -1)]

    def of(self, stamps: Sequence[int]) -> list[int]:
        """Decoding times from a segment's display times in packet order: rising, none too late."""
        times = [*self._late, *sorted(stamps)]
        self._late = times[len(stamps) :]
        return times[: len(stamps)]
