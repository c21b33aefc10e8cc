"""A film divided into pieces that can be painted side by side.

A piece ends where a scene does, if there is a cut not far on: there nothing is remembered anyway.
Else it ends after so many frames, and the piece behind it begins a little earlier, with frames
that are painted to be remembered and not kept, so that no jump is seen.
"""

from __future__ import annotations

import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from impasto.errors import ImpastoError, VideoError
from impasto.files import written_whole
from impasto.film import Frame, Place, Reader, open_film
from impasto.film.codecs import WITH_ALPHA
from impasto.film.film import SEGMENT, Filmed, Order, Told, put_together, reading_of
from impasto.film.frame_style import frame_style_of
from impasto.film.frames import BEGINNING, Bytes
from impasto.film.parts import Parts, Record
from impasto.film.pipeline import painted_frames
from impasto.film.scenes import is_cut
from impasto.film.segments import SegmentWriter
from impasto.networks.ray_cluster import connected, room_for
from impasto.options.video import StyleRequest

WARM: Final = 12
"""Frames that are painted to be remembered: of what was before them 1 % is left at --temporal
0.7."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a film for one worker.

    Attributes:
        number: Its place among the pieces.
        begin: Where to begin painting.
        skipped: How many frames are painted only to be remembered.
        kept: How many frames are kept behind those.
        first: Number of the first frame that is kept, in the film.
        final: Whether the film ends with it.
    """

    number: int
    begin: Place
    skipped: int
    kept: int
    first: int
    final: bool = False


def pieces_of(frames: Iterator[Frame], length: int) -> list[Piece]:
    """Divide a film.

    Args:
        frames: All of it, as small as one likes.
        length: Frames of a piece; up to half as many more where there is a cut.
    """
    places, cuts = [BEGINNING], {0}
    before: Bytes | None = None
    for number, frame in enumerate(frames):
        if before is not None and is_cut(before, frame.pixels):
            cuts.add(number)
        before = frame.pixels
        places.append(frame.place)
    return list(_divided(places, sorted(cuts), length))


def _divided(places: list[Place], cuts: list[int], length: int) -> Iterator[Piece]:
    count, first, number = len(places) - 1, 0, 0
    while first < count:
        ends = [cut for cut in cuts if first + length <= cut <= first + length * 3 // 2]
        last = min(count, ends[0] if ends else first + length)
        scene = max(cut for cut in cuts if cut <= first)
        warm = min(WARM, first - scene)
        yield Piece(number, places[first - warm], warm, last - first, first, last == count)
        first, number = last, number + 1


ATTEMPTS: Final = 2
"""How often a piece is begun when its workers die of it."""

_THUMBNAIL: Final = 64
"""Longer side in pixels at which the film is looked through for cuts."""

_PATIENCE: Final = 0.5
"""Seconds after which it is asked again whether to stop."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker needs to know of the film."""

    order: Order
    request: StyleRequest
    folder: str


class Worker:
    """What a worker does; an actor of Ray."""

    def __init__(self, task: Task) -> None:
        with suppress(OSError):  # paths may all be absolute; those that are not will be missed
            os.chdir(task.folder)
        self._order = task.order
        self._style = frame_style_of(replace(task.request, threads=task.request.threads or 1))

    def paint(self, piece: Piece, path: Path) -> Record:
        """Paint a piece into its segment, which is there whole or not at all.

        Raises:
            ImpastoError: It cannot be read, painted or written.
        """
        order = self._order
        reading = reading_of(order.options, alpha=order.codec in WITH_ALPHA.values())
        with closing(open_film(order.source, reading)) as reader:
            painter = self._style.painter(float(reader.film.rate))
            stretch = painted_frames(
                reader, painter, place=piece.begin, state={}, every=1 << 62,
                moving=order.options.temporal > 0,
            )  # fmt: skip
            with stretch as frames, written_whole(path, VideoError) as temporary:
                writer = SegmentWriter(temporary, reader.film, order.codec, order.options.quality)
                cuts, place = [], piece.begin
                stop = piece.skipped + piece.kept
                for number, each in enumerate(itertools.islice(frames, stop)):
                    if number < piece.skipped:
                        continue
                    # A piece that begins without warming up begins with a scene.
                    if each.begins:
                        cuts.append(piece.first + number - piece.skipped)
                    writer.add(each.pixels, each.frame.times, each.frame.alpha)
                    place = each.frame.place
                segment = replace(writer.close(), path=path)
        return Record(segment, place, piece.kept, tuple(cuts), piece.final)


def filmed_on_cluster(
    order: Order,
    reader: Reader,
    request: StyleRequest,
    parts: Parts,
    *,
    stop: Callable[[], bool],
    tell: Callable[[Told], None],
) -> Filmed:
    """Paint a film on a cluster, or go on with one.

    Args:
        order: What is to be made.
        reader: The source, open.
        request: The style.
        parts: The folder of the film in the making, begun; on the file system that all share.
        stop: Asked twice a second; whole pieces from the beginning on become a film then.
        tell: Told of every piece.

    Raises:
        ImpastoError: There is no cluster, or a piece cannot be painted.
    """
    start = time.perf_counter()
    looking = replace(reading_of(order.options), size=_THUMBNAIL)
    with closing(open_film(order.source, looking)) as small:
        pieces = pieces_of(small.frames(), SEGMENT[order.options.method])
        repairs = small.repairs
    left = [each for each in pieces if not parts.has(each.number)]
    of = sum(each.kept for each in pieces)
    done = of - sum(each.kept for each in left)
    task = Task(order, request, str(Path.cwd()))
    try:
        with connected() if left else nullcontext() as ray:
            for record, piece in _painted(ray, left, task, parts, stop) if left else ():
                parts.put(piece.number, record)
                done += piece.kept
                tell(Told(done, of))
    finally:
        parts.gather()
    if not parts.records:
        raise KeyboardInterrupt
    notices = put_together(order, reader, parts.records, stopped=not parts.done)
    cuts = tuple(cut for each in parts.records for cut in each.cuts if cut)
    return Filmed(
        "filmed" if parts.done else "stopped",
        reader.film,
        sum(each.segment.frames for each in parts.records),
        time.perf_counter() - start,
        cuts,
        repairs,
        notices,
    )


def _painted(
    ray: Any, pieces: list[Piece], task: Task, parts: Parts, stop: Callable[[], bool]
) -> Any:
    """Records and their pieces, as they are done."""
    threads = task.request.threads or 1
    room = min(room_for(threads, ray.nodes()), len(pieces))
    actor = ray.remote(num_cpus=threads)(Worker)
    queue, begun = deque(pieces), dict.fromkeys((each.number for each in pieces), 0)
    busy: dict[Any, tuple[Any, Piece]] = {}

    def give(worker: Any) -> None:
        if queue:
            piece = queue.popleft()
            begun[piece.number] += 1
            busy[worker.paint.remote(piece, parts.path(piece.number))] = worker, piece

    try:
        for _ in range(room):
            give(actor.remote(task))
        while busy and not stop():
            for promise in ray.wait([*busy], timeout=_PATIENCE)[0]:
                worker, piece = busy.pop(promise)
                try:
                    record = ray.get(promise)
                except ray.exceptions.RayTaskError as error:
                    raise _told(error) from None
                except ray.exceptions.RayError as error:  # the worker is no more
                    if begun[piece.number] >= ATTEMPTS:
                        told = str(error).strip().splitlines()[0]
                        raise ImpastoError(
                            f"--engine ray: workers die of a piece ({told})"
                        ) from None
                    queue.append(piece)
                    give(actor.remote(task))
                    continue
                yield record, piece
                give(worker)
    finally:
        for worker, _ in busy.values():
            with suppress(Exception):
                ray.kill(worker)


def _told(error: Any) -> ImpastoError:
    """What went wrong in a worker, without the traceback Ray puts around it."""
    cause = error.cause
    if isinstance(cause, ImpastoError):
        return cause
    return ImpastoError(f"--engine ray: {type(cause).__name__}: {cause}")
