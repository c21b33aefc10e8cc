"""Whether a film fits into memory while it is painted, asked before it begins."""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

from impasto.device import check_memory, free_memory
from impasto.film import Film, Frame, Place, Reader
from impasto.film.scenes import Bytes, Seen, watched
from impasto.options.video import LEAST_FRAME

_MOVING: Final = 460
_ALONE: Final = 320
"""Bytes for each pixel of a frame: of the network, of motion and what is carried along with it, and
of the frames that wait between the stages. Measured at 1024 x 1024; 390 and 215 at 2048."""


def check_room(film: Film, *, moving: bool) -> None:
    """Refuse a film whose painted frames do not fit.

    Args:
        film: As it is painted.
        moving: Whether motion is looked for.

    Raises:
        MemoryEstimateError: They do not; the message says how much they need, and what fits.
    """
    each = _MOVING if moving else _ALONE
    needed = each * film.width * film.height
    largest = max(film.width, film.height) * math.sqrt(min(1.0, free_memory() / max(1, needed)))
    advice = f"--size {max(LEAST_FRAME, int(0.95 * largest))} fits"
    check_memory(needed, f"{film.path}: to paint {film.width} x {film.height} pixels", advice)


Item = TypeVar("Item")

DEPTH: Final = 3
"""Items that wait between two stages: enough that none waits for a hiccup of the other."""

_END: Final = object()


@dataclass(frozen=True, slots=True)
class _Failed(Generic[Item]):
    error: BaseException


@contextmanager
def ahead(items: Iterator[Item], depth: int = DEPTH) -> Iterator[Iterator[Item]]:
    """Give the items of an iterator that runs ahead in a thread while the block lasts.

    Args:
        items: Not to be touched by others meanwhile.
        depth: How many may wait; with one in hand, no more exist at a time.

    Yields:
        The same items in the same order. What the iterator raises is raised in its place.
    """
    waiting: queue.Queue[Any] = queue.Queue(depth)
    ended = threading.Event()

    def put(item: Any) -> bool:
        while not ended.is_set():
            try:
                waiting.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put(item):
                    return
            put(_END)
        except BaseException as error:  # told where the items are used
            put(_Failed(error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield _received(waiting)
    finally:
        ended.set()
        thread.join()


def _received(waiting: queue.Queue[Any]) -> Iterator[Any]:
    while (item := waiting.get()) is not _END:
        if isinstance(item, _Failed):
            raise item.error
        yield item


BEFORE = "before"
"""Name of the last source frame in a state."""


class FramePainter(Protocol):
    """Paints the frames of a film one after the other, with a memory."""

    def paint(self, seen: Seen) -> Bytes:
        """Paint the next frame, (H, W, 3) sRGB."""

    def state(self) -> dict[str, Any]:
        """All that the next frame depends on, as arrays."""

    def take_up(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that :meth:`state` gave."""


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """A painted frame.

    Attributes:
        frame: What it was painted from.
        pixels: (H, W, 3) sRGB.
        begins: Whether a scene begins with it.
        state: What the next frame depends on, where the film may be broken behind this one.
    """

    frame: Frame
    pixels: Bytes
    begins: bool
    state: Mapping[str, Any] | None


@contextmanager
def painted_frames(
    reader: Reader,
    painter: FramePainter,
    *,
    place: Place,
    state: Mapping[str, Any],
    every: int,
    moving: bool = True,
) -> Iterator[Iterator[Painted]]:
    """Give the painted frames of a film from a place on, while the block lasts.

    Args:
        reader: The film.
        painter: Used by this pipeline alone.
        place: Where to begin.
        state: What :class:`Painted` gave there; nothing at the beginning.
        every: Frames from one state to the next.
        moving: Whether the painter wants to know the motion.

    Raises:
        MemoryEstimateError: The frames do not fit into memory, on their way and painted.
    """
    check_room(reader.film, moving=moving)
    painter.take_up(state)
    with ExitStack() as stack:
        frames = stack.enter_context(ahead(reader.frames(place)))
        seen = watched(frames, state.get(BEFORE), moving=moving)
        watching = stack.enter_context(ahead(seen))
        yield stack.enter_context(ahead(_painted(watching, painter, every)))


def _painted(seen: Iterator[Seen], painter: FramePainter, every: int) -> Iterator[Painted]:
    for number, each in enumerate(seen, 1):
        pixels = painter.paint(each)
        state = None
        if number % every == 0:
            state = {**painter.state(), BEFORE: each.frame.pixels}
        yield Painted(each.frame, pixels, each.begins, state)
