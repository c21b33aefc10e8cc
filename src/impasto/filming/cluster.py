"""A film painted on the machines of a Ray cluster.

::

    this process                                workers, on any machine
    pieces, by cuts       ----------------->    Hand: the manner, loaded once
    records, in any order <-----------------    a segment in the folder of the film
    film, joined without encoding anything again

Machines need the same impasto, with ``ray``, and a file system they share, on which the film and
the folder of the film in the making have the same paths.
"""

from __future__ import annotations

import itertools
import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from impasto.errors import ImpastoError, VideoError
from impasto.files import written_whole
from impasto.filming.film import SEGMENT, Filmed, Order, Told, put_together, reading_of
from impasto.filming.manner import Wish, manner_of
from impasto.filming.parts import Parts, Record
from impasto.filming.pieces import Piece, pieces_of
from impasto.filming.stretch import painted_frames
from impasto.frames import Reader, open_film
from impasto.frames.codecs import WITH_ALPHA
from impasto.frames.segment import SegmentWriter
from impasto.runtime.ray_cluster import connected, room_for

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
    wish: Wish
    folder: str


class Hand:
    """What a worker does; an actor of Ray."""

    def __init__(self, task: Task) -> None:
        with suppress(OSError):  # paths may all be absolute; those that are not will be missed
            os.chdir(task.folder)
        self._order = task.order
        self._manner = manner_of(replace(task.wish, threads=task.wish.threads or 1))

    def paint(self, piece: Piece, path: Path) -> Record:
        """Paint a piece into its segment, which is there whole or not at all.

        Raises:
            ImpastoError: It cannot be read, painted or written.
        """
        order = self._order
        reading = reading_of(order.options, alpha=order.codec in WITH_ALPHA.values())
        with closing(open_film(order.source, reading)) as reader:
            painter = self._manner.painter(float(reader.film.rate))
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
    wish: Wish,
    parts: Parts,
    *,
    stop: Callable[[], bool],
    tell: Callable[[Told], None],
) -> Filmed:
    """Paint a film on a cluster, or go on with one.

    Args:
        order: What is to be made.
        reader: The source, open.
        wish: The manner.
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
    task = Task(order, wish, str(Path.cwd()))
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
    threads = task.wish.threads or 1
    room = min(room_for(threads, ray.nodes()), len(pieces))
    hand = ray.remote(num_cpus=threads)(Hand)
    queue, begun = deque(pieces), dict.fromkeys((each.number for each in pieces), 0)
    busy: dict[Any, tuple[Any, Piece]] = {}

    def give(worker: Any) -> None:
        if queue:
            piece = queue.popleft()
            begun[piece.number] += 1
            busy[worker.paint.remote(piece, parts.path(piece.number))] = worker, piece

    try:
        for _ in range(room):
            give(hand.remote(task))
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
                    give(hand.remote(task))
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
