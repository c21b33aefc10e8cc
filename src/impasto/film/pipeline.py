"""Reading, motion and painting of a film's frames, side by side in threads."""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from impasto.device import check_memory, free_memory
from impasto.film.frames import BEGINNING, Bytes, Film, Frame, Place, Reader
from impasto.film.scenes import Moved, with_motion
from impasto.options.video import LEAST_FRAME

_MOVING: Final = 460
_ALONE: Final = 320
"""Bytes for each pixel of a frame: of the network, of motion and what is carried along with it, and
of the frames that wait between the stages. Measured at 1024 x 1024; 390 and 215 at 2048."""


def room_of(film: Film, *, moving: bool) -> int:
    """Bytes that the frames of a film take while they are painted."""
    return (_MOVING if moving else _ALONE) * film.width * film.height


def check_room(film: Film, *, moving: bool) -> None:
    """Refuse a film whose frames do not fit into memory while they are painted.

    Raises:
        MemoryEstimateError: They do not; the message says how much they need, and what fits.
    """
    needed = room_of(film, moving=moving)
    largest = max(film.width, film.height) * math.sqrt(min(1.0, free_memory() / max(1, needed)))
    advice = f"--size {max(LEAST_FRAME, int(0.95 * largest))} fits"
    check_memory(needed, f"{film.path}: to paint {film.width} x {film.height} pixels", advice)


Item = TypeVar("Item")

DEPTH: Final = 3
"""Items that wait between two stages: enough that none waits for a hiccup of the other."""

BEFORE: Final = "before"  # names the last source frame in a state


@contextmanager
def ahead(items: Iterator[Item], depth: int = DEPTH) -> Iterator[Iterator[Item]]:
    """Give the items of an iterator that runs ahead in a thread while the block lasts.

    At most ``depth`` items wait, and two are in hand. What the iterator raises is raised in its
    place.
    """
    waiting: queue.Queue[tuple[Item | None, BaseException | None]] = queue.Queue(depth)
    ended = threading.Event()

    def put(item: Item | None, error: BaseException | None) -> None:
        while not ended.is_set():
            with suppress(queue.Full):
                waiting.put((item, error), timeout=0.1)
                return

    def work() -> None:
        try:
            for item in items:
                put(item, None)
                if ended.is_set():
                    return
            put(None, StopIteration())
        except BaseException as error:  # raised where the items are used
            put(None, error)

    def received() -> Iterator[Any]:
        while True:
            item, error = waiting.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield received()
    finally:
        ended.set()
        thread.join()


class FramePainter(Protocol):
    """Paints the frames of a film in order, with a memory."""

    def paint(self, moved: Moved) -> Bytes:
        """Paint the next frame, (H, W, 3) sRGB."""

    def state(self) -> dict[str, Any]:
        """All that the next frame depends on, as arrays."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that :meth:`state` gave."""


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """A painted frame."""

    frame: Frame  # of the source
    pixels: Bytes  # (H, W, 3) sRGB
    begins: bool  # whether a scene begins with it
    state: Mapping[str, Any] | None  # to resume behind it, where a segment ends


@contextmanager
def painted_frames(
    reader: Reader,
    painter: FramePainter,
    *,
    place: Place = BEGINNING,
    state: Mapping[str, Any] | None = None,
    every: int = 0,
    moving: bool = True,
) -> Iterator[Iterator[Painted]]:
    """Give the painted frames of a film from a place on, while the block lasts.

    Args:
        reader: The film.
        painter: Used by this pipeline alone.
        place: Where to begin.
        state: That of :class:`Painted` there, if any.
        every: Frames from one state to the next; 0 is none at all.
        moving: Whether the painter needs the motion.

    Raises:
        MemoryEstimateError: The frames do not fit into memory, on their way and painted.
    """
    check_room(reader.film, moving=moving)
    state = state or {}
    painter.restore(state)
    with (
        ahead(reader.frames(place)) as frames,
        ahead(with_motion(frames, state.get(BEFORE), moving=moving)) as moved,
        ahead(_painted(moved, painter, every)) as painted,
    ):
        yield painted


def _painted(moved: Iterator[Moved], painter: FramePainter, every: int) -> Iterator[Painted]:
    for number, each in enumerate(moved, 1):
        pixels = painter.paint(each)
        state = None
        if every and number % every == 0:
            state = {**painter.state(), BEFORE: each.frame.pixels}
        yield Painted(each.frame, pixels, each.begins, state)
