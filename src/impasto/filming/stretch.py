"""A stretch of a film: frames in, painted frames out, as a pipeline.

::

    decoder -> motion -> painter -> encoder        each in a thread of its own

Between two of them at most a few frames wait, so that memory does not depend on the length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from impasto.filming.room import check_room
from impasto.filming.stages import ahead
from impasto.filming.watching import Bytes, Seen, watched
from impasto.frames import Frame, Place, Reader

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
