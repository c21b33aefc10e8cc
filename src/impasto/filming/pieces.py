"""A film divided into pieces that can be painted side by side.

A piece ends where a scene does, if there is a cut not far on: there nothing is remembered anyway.
Else it ends after so many frames, and the piece behind it begins a little earlier, with frames
that are painted to be remembered and not kept, so that no jump is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from impasto.frames import Frame, Place
from impasto.frames.film import BEGINNING, Bytes
from impasto.motion.cuts import is_cut

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
