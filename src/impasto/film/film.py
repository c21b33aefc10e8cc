"""A film painted from file to file."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from impasto.film import Film, Reader, Reading
from impasto.film.codecs import CODECS, kind_of
from impasto.film.container import Container
from impasto.film.joining import Source, joined
from impasto.film.manifest import KEY, manifest_text
from impasto.film.parts import Parts, Record, Writing
from impasto.film.pipeline import FramePainter, painted_frames
from impasto.film.segments import Segment
from impasto.film.unpacking import gif_written, pictures_written
from impasto.options.video import VideoOptions

SEGMENT: Final = {"apply": 120, "paint": 8}
"""Frames of a segment by method: what a break costs is some seconds, or some minutes."""


@dataclass(frozen=True, slots=True)
class Told:
    """How far a film is.

    Attributes:
        frames: That have been painted, those of earlier runs included.
        of: About how many there are; None where nobody can tell.
    """

    frames: int
    of: int | None


@dataclass(frozen=True)
class Filmed:
    """What became of a film.

    Attributes:
        status: ``filmed``, or ``stopped`` before its end.
        film: What was painted.
        frames: How many frames there are in the output.
        seconds: How long painting took.
        cuts: Numbers of the frames at which scenes begin, the first left out.
        repairs: What was put right in the film's file, a sentence each.
        notices: What could not be kept, a sentence each.
    """

    status: Literal["filmed", "stopped"]
    film: Film
    frames: int
    seconds: float
    cuts: tuple[int, ...] = ()
    repairs: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """What is to be made.

    Attributes:
        source: The film.
        output: The painted film: a file, a folder or a pattern.
        options: What becomes of it.
        codec: Name of the codec of segments.
        recipe: What it is made from, for its manifest.
    """

    source: Path
    output: Path
    options: VideoOptions
    codec: str
    recipe: Mapping[str, Any] = field(default_factory=dict)


def reading_of(options: VideoOptions, *, alpha: bool = False) -> Reading:
    """The part of the source that the options ask for, and whether with transparency."""
    return Reading(options.start, options.end, options.fps, options.size, alpha)


def filmed(
    order: Order,
    reader: Reader,
    painter: FramePainter,
    parts: Parts,
    *,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[[Told], None] = lambda _: None,
) -> Filmed:
    """Paint a film, go on with one, or only put it together when all is painted.

    Args:
        order: What is to be made.
        reader: The source, open.
        painter: A fresh one.
        parts: The folder of the film in the making, begun.
        stop: Asked after every frame whether to stop; what is painted becomes a film then.
        tell: Told of every frame.

    Raises:
        ImpastoError: A frame cannot be read or painted, or something cannot be written. What is
            whole stays in the folder.
    """
    start = time.perf_counter()
    partial = _painted(order, reader, painter, parts, stop, tell)
    stopped, records = not parts.done, [*parts.records, *partial]
    notices = put_together(order, reader, records, stopped=stopped)
    cuts = tuple(cut for each in records for cut in each.cuts)
    return Filmed(
        "stopped" if stopped else "filmed",
        reader.film,
        sum(each.segment.frames for each in records),
        time.perf_counter() - start,
        cuts[1:] if cuts[:1] == (0,) else cuts,
        reader.repairs,
        notices,
    )


def put_together(
    order: Order, reader: Reader, records: list[Record], *, stopped: bool = False
) -> tuple[str, ...]:
    """Write the output from segments; give sentences about what could not be kept.

    Raises:
        ImpastoError: It cannot be written.
    """
    segments, film = [each.segment for each in records], reader.film
    kind = kind_of(order.output)
    if kind == "gif":
        gif_written(segments, film, order.output)
        return ()
    if kind == "pictures":
        pictures_written(segments, film, order.output)
        return ()
    source = None
    if isinstance(reader, Container):
        end = order.options.end
        if stopped:
            end = order.options.start + _end_of(segments[-1], film)
        shifts = tuple(each * reader.base for each in records[-1].place.shifts)
        source = Source(order.source, reading_of(order.options), end, shifts)
    texts = {KEY: manifest_text(order.recipe, whole=not stopped)}
    notices = joined(segments, film, order.output, source, texts)
    return (*_padded(order, film), *notices)


def _end_of(segment: Segment, film: Film) -> float:
    """Seconds after which the last frame of a segment has been shown."""
    return float(segment.last * film.time_base + 1 / film.rate)


def _padded(order: Order, film: Film) -> tuple[str, ...]:
    width, height = film.width, film.height
    if not CODECS[order.codec].even or not (width % 2 or height % 2):
        return ()
    even = f"{width + width % 2} x {height + height % 2}"
    return (f"{width} x {height} is padded to {even}, as {order.codec} needs even sides",)


def _painted(
    order: Order,
    reader: Reader,
    painter: FramePainter,
    parts: Parts,
    stop: Callable[[], bool],
    tell: Callable[[Told], None],
) -> list[Record]:
    """Paint what is not painted yet; give the segment that is not whole, if any, when stopped."""
    if parts.done:
        return []
    stretch = painted_frames(
        reader,
        painter,
        place=parts.place,
        state=parts.state(),
        every=SEGMENT[order.options.method],
        moving=order.options.temporal > 0,
    )
    writing, done = Writing(parts, reader.film, order.codec, order.options.quality), parts.painted
    about = reader.film.frames
    try:
        with stretch as frames:
            for each in frames:
                writing.add(each)
                done += 1
                tell(Told(done, about if about is None or done <= about else None))
                if each.state is not None:
                    writing.keep(each.state)
                if stop():
                    return writing.broken_off()
            writing.finish()
    finally:
        writing.abandon()
    return []
