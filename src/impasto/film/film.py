"""A film painted from file to file."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from impasto.film.codecs import CODECS, kind_of
from impasto.film.container import Container
from impasto.film.frames import Film, Reader, Reading
from impasto.film.joining import Source, joined
from impasto.film.keyed import KeyedPainter
from impasto.film.manifest import KEY, manifest_text
from impasto.film.parts import Parts
from impasto.film.pipeline import FramePainter, painted_frames, room_of
from impasto.film.segments import Segment, SegmentWriter
from impasto.film.unpacking import gif_written, pictures_written
from impasto.options.video import VideoOptions

SEGMENT: Final = {"apply": 120, "paint": 8}
"""Frames of a segment by method: what a break costs is some seconds, or some minutes."""

_TRIED: Final = {"apply": 6, "paint": 3}
"""Frames that a plan paints; the first of them, which takes longest, counts once."""

Report = Callable[[int, int | None], None]
"""Receives the frames that are painted, those of earlier runs included, and of about how many;
None if unknown."""


@dataclass(frozen=True)
class Filmed:
    """What became of a film."""

    status: Literal["filmed", "stopped", "skipped", "planned"]  # skipped: it was there already
    film: Film
    frames: int  # in the output
    seconds: float  # that painting took
    cuts: tuple[int, ...] = ()  # numbers of the frames at which scenes begin, without the first
    repairs: tuple[str, ...] = ()  # what was put right in the film's file, a sentence each
    notices: tuple[str, ...] = ()  # what could not be kept, a sentence each
    memory: int = 0  # bytes, where it was only planned


@dataclass(frozen=True)
class Order:
    """What to make."""

    source: Path
    output: Path  # a file, a folder or a pattern
    options: VideoOptions
    codec: str  # of the segments, a name in CODECS
    recipe: Mapping[str, Any] = field(default_factory=dict)  # for the manifest


def reading_of(options: VideoOptions, *, alpha: bool = False) -> Reading:
    """The part of the source that the options ask for, and whether with transparency."""
    return Reading(options.start, options.end, options.fps, options.size, alpha)


def filmed(
    order: Order,
    reader: Reader,
    painter: FramePainter | KeyedPainter,
    parts: Parts,
    *,
    stop: Callable[[], bool] = lambda: False,
    report: Report = lambda *_: None,
) -> Filmed:
    """Paint a film, resume one, or only put it together when all is painted.

    Args:
        order: What to make.
        reader: The source, open.
        painter: A fresh one.
        parts: The folder of the unfinished film, begun.
        stop: Asked after every frame whether to stop; what is painted becomes a film then.
        report: Called for every frame.

    Raises:
        ImpastoError: A frame cannot be read or painted, or something cannot be written. What is
            whole stays in the folder.
    """
    start = time.perf_counter()
    partial = None if parts.done else _painted(order, reader, painter, parts, stop, report)
    segments = [*parts.segments, *([partial] if partial else [])]
    return put_together(order, reader, segments, reader.repairs, start)


def planned(order: Order, reader: Reader, painter: FramePainter | KeyedPainter) -> Filmed:
    """What a film would take, by a few frames, which are painted and forgotten.

    Raises:
        ImpastoError: A frame cannot be read or painted, or there is no memory for them.
    """
    options, times = order.options, [time.perf_counter()]
    if isinstance(painter, KeyedPainter):
        room = room_of(reader.film, moving=True) + painter.waiting
        count, seconds = painter.tried(reader, _TRIED["apply"])
        return Filmed("planned", reader.film, count, seconds, memory=room)
    moving = options.temporal > 0
    with painted_frames(reader, painter, moving=moving) as frames:
        tried = itertools.islice(frames, _TRIED[options.method])
        times += [time.perf_counter() for _ in tried]
    first, *others = np.diff(times)
    each = float(np.median(others or [first]))
    count = reader.film.frames or 0
    seconds = first + (count - 1) * each if count else each
    room = room_of(reader.film, moving=moving)
    return Filmed("planned", reader.film, count, seconds, memory=room)


def put_together(
    order: Order, reader: Reader, segments: list[Segment], repairs: tuple[str, ...], start: float
) -> Filmed:
    """Write the output from segments, of a film that was begun at ``start`` on the clock."""
    film, stopped = reader.film, not segments[-1].final
    cuts = tuple(cut for each in segments for cut in each.cuts if cut)
    notices = _written(order, reader, segments, stopped=stopped)
    return Filmed(
        "stopped" if stopped else "filmed",
        film,
        sum(each.frames for each in segments),
        time.perf_counter() - start,
        cuts,
        repairs,
        notices,
    )


def _written(
    order: Order, reader: Reader, segments: list[Segment], *, stopped: bool
) -> tuple[str, ...]:
    film, kind = reader.film, kind_of(order.output)
    if kind == "gif":
        gif_written(segments, film, order.output)
        return ()
    if kind == "pictures":
        pictures_written(segments, film, order.output)
        return ()
    source = None
    if isinstance(reader, Container):
        end = order.options.end
        if stopped:  # where the last frame has been shown
            end = order.options.start + float(segments[-1].last * film.time_base + 1 / film.rate)
        shifts = tuple(each * reader.base for each in segments[-1].place.shifts)
        source = Source(order.source, reading_of(order.options), end, shifts)
    texts = {KEY: manifest_text(order.recipe, whole=not stopped)}
    notices = joined(segments, film, order.output, source, texts)
    width, height = film.width, film.height
    if CODECS[order.codec].even and (width % 2 or height % 2):
        even = f"{width + width % 2} x {height + height % 2}"
        padded = f"{width} x {height} is padded to {even}, as {order.codec} needs even sides"
        notices = (padded, *notices)
    return notices


def _painted(
    order: Order,
    reader: Reader,
    painter: FramePainter | KeyedPainter,
    parts: Parts,
    stop: Callable[[], bool],
    report: Report,
) -> Segment | None:
    """Paint what is not painted yet; give the segment that is not whole, if any, when stopped."""
    options, done, about = order.options, parts.painted, reader.film.frames
    if isinstance(painter, KeyedPainter):
        stretch = painter.frames(reader, parts.place, parts.state())
    else:
        stretch = painted_frames(
            reader,
            painter,
            place=parts.place,
            state=parts.state(),
            every=SEGMENT[options.method],
            moving=options.temporal > 0,
        )
    writer: SegmentWriter | None = None
    try:
        with stretch as frames:
            for each in frames:
                if writer is None:
                    writer = SegmentWriter(parts.path(), reader.film, order.codec, options.quality)
                writer.add_painted(each, done)
                done += 1
                report(done, about if about is None or done <= about else None)
                if each.state is not None:
                    parts.add(writer.close(), each.state)
                    writer = None
                if stop():
                    rest, writer = writer.close() if writer else None, None
                    return rest
        if writer is not None:
            parts.add(replace(writer.close(), final=True), None)
            writer = None
        parts.end()
    finally:
        if writer is not None:
            writer.abandon()
    return None
