"""A film divided into pieces that are painted side by side on a Ray cluster.

A piece ends at a cut, if there is one near: nothing is remembered across cuts anyway. Otherwise it
ends after a fixed number of frames, and the next piece starts a little earlier, with frames that
are painted only to be remembered, so that no jump is seen.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from impasto.errors import ImpastoError, VideoError
from impasto.files import written_whole
from impasto.film.codecs import WITH_ALPHA
from impasto.film.film import SEGMENT, Filmed, Order, Report, put_together, reading_of
from impasto.film.frame_style import frame_style_of
from impasto.film.frames import BEGINNING, Bytes, Frame, Place, Reader
from impasto.film.parts import Parts
from impasto.film.pipeline import painted_frames
from impasto.film.readers import open_film
from impasto.film.scenes import is_cut
from impasto.film.segments import Segment, SegmentWriter
from impasto.networks.ray_cluster import connected, room_for
from impasto.networks.ray_crew import Crew, Lost, prepare_worker
from impasto.options.video import StyleRequest
from impasto.version import __version__

WARM: Final = 12
"""Frames that are painted only to be remembered: at --temporal 0.7 they leave 1 % of what was
before them."""

_THUMBNAIL: Final = 64  # longer side in pixels at which the film is searched for cuts


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a film for one worker."""

    number: int  # among the pieces
    begin: Place  # where painting starts
    skipped: int  # frames painted only to be remembered
    kept: int  # frames kept behind those
    first: int  # number in the film of the first frame that is kept
    final: bool = False  # whether the film ends with it


def pieces_of(frames: Iterator[Frame], length: int) -> list[Piece]:
    """Divide a film, given at any size, into pieces of ``length`` to 1.5 ``length`` frames."""
    places, cuts = [BEGINNING], [0]
    before: Bytes | None = None
    for number, frame in enumerate(frames):
        if before is not None and is_cut(before, frame.pixels):
            cuts.append(number)
        before = frame.pixels
        places.append(frame.place)
    pieces: list[Piece] = []
    count, first = len(places) - 1, 0
    while first < count:
        ends = [cut for cut in cuts if first + length <= cut <= first + length * 3 // 2]
        last = min(count, ends[0] if ends else first + length)
        warm = min(WARM, first - max(cut for cut in cuts if cut <= first))
        begin = places[first - warm]
        pieces.append(Piece(len(pieces), begin, warm, last - first, first, last == count))
        first = last
    return pieces


class Worker:
    """Paints pieces; an actor of Ray."""

    def __init__(
        self, order: Order, request: StyleRequest, parts: Parts, folder: str, version: str
    ) -> None:
        self._order, self._parts, self._home = order, parts, (folder, version)
        self._request = replace(request, threads=request.threads or 1)

    def load(self) -> None:
        """Load the style; ImpastoError where that fails or this machine has another impasto."""
        prepare_worker(*self._home)
        self._style = frame_style_of(self._request)

    def paint(self, piece: Piece) -> Segment | ImpastoError:
        """Paint a piece into its segment, which is there whole or not at all."""
        try:
            return self._painted(piece)
        except ImpastoError as error:
            return error

    def _painted(self, piece: Piece) -> Segment:
        order, path = self._order, self._parts.path(piece.number)
        reading = reading_of(order.options, alpha=order.codec in WITH_ALPHA.values())
        with closing(open_film(order.source, reading)) as reader:
            painter = self._style.painter(float(reader.film.rate))
            moving = order.options.temporal > 0
            stretch = painted_frames(reader, painter, place=piece.begin, moving=moving)
            with stretch as frames, written_whole(path, VideoError) as temporary:
                writer = SegmentWriter(temporary, reader.film, order.codec, order.options.quality)
                kept = itertools.islice(frames, piece.skipped, piece.skipped + piece.kept)
                for number, each in enumerate(kept, piece.first):
                    writer.add_painted(each, number)
                return replace(writer.close(), path=path, painted=piece.kept, final=piece.final)


def filmed_on_cluster(
    order: Order,
    reader: Reader,
    request: StyleRequest,
    parts: Parts,
    *,
    stop: Callable[[], bool],
    report: Report,
) -> Filmed:
    """Paint a film on a cluster, or resume one.

    Args:
        order: What to make.
        reader: The source, open.
        request: The style.
        parts: The folder of the unfinished film, begun; on the file system that all share.
        stop: Asked twice a second; whole pieces from the beginning on become a film then.
        report: Called for every piece.

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
    try:
        if left:
            with closing(_painted(left, order, request, parts, stop)) as painted:
                for piece, segment in painted:
                    parts.put(piece.number, segment)
                    done += piece.kept
                    report(done, of)
    finally:
        parts.gather()
    if not parts.segments:
        raise KeyboardInterrupt
    return put_together(order, reader, parts.segments, repairs, start)


def _painted(
    pieces: list[Piece],
    order: Order,
    request: StyleRequest,
    parts: Parts,
    stop: Callable[[], bool],
) -> Generator[tuple[Piece, Segment], None, None]:
    """Pieces and their segments, as they are done."""
    threads, home = request.threads or 1, (str(Path.cwd()), __version__)
    with connected() as ray:
        actor = ray.remote(num_cpus=threads)(Worker)
        crew = Crew(
            ray, lambda: actor.remote(order, request, parts, *home),
            room_for(threads, ray.nodes()), pieces, stop=stop, grace=0,
        )  # fmt: skip
        for piece, result in crew.results():
            if isinstance(result, Lost):
                raise ImpastoError(f"--engine ray: workers died of a piece ({result.reason})")
            if isinstance(result, ImpastoError):
                raise result
            yield piece, result
