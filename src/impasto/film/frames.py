"""What a film is to those who paint it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from impasto.options.video import LEAST_FRAME

Bytes = NDArray[np.uint8]
FloatArray = NDArray[np.float32]


def unit(pixels: Bytes) -> FloatArray:
    """Bytes as float32 in [0, 1]."""
    values: FloatArray = pixels.astype(np.float32)
    values /= 255
    return values


def sides_of(width: int, height: int, size: int) -> tuple[int, int]:
    """Width and height where the longer side is of a size; as they are at 0."""
    if size == 0:
        return width, height
    scale = size / max(width, height)
    return max(LEAST_FRAME, round(width * scale)), max(LEAST_FRAME, round(height * scale))


@dataclass(frozen=True, slots=True)
class Reading:
    """Which part of a film is wanted, and how large.

    Attributes:
        start: Seconds from its beginning.
        end: Seconds from its beginning behind which nothing is wanted; None is all of it.
        fps: Frames a second, evenly; None is as they are.
        size: Longer side in pixels; 0 is as it is.
        alpha: Whether transparency is wanted; what is transparent lies on white when not.
    """

    start: float = 0.0
    end: float | None = None
    fps: float | None = None
    size: int = 0
    alpha: bool = False


WHOLE: Final = Reading()


@dataclass(frozen=True, slots=True)
class Place:
    """A place between two frames, from which one can go on.

    Attributes:
        number: Of the next frame, from 0 on, among those that are wanted.
        time: Time stamp of the frame before in the source's own count; None at the beginning.
        shifts: What was added to the file's own time stamps up to here, where its time jumps; see
            :class:`impasto.film.timing.Clock`.
    """

    number: int = 0
    time: int | None = None
    shifts: tuple[int, ...] = ()


BEGINNING: Final = Place()


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A frame as it lies in its source.

    Attributes:
        stamp: When it is shown, in the source's count; rising from shot to shot.
        pixels: (H, W, 3) sRGB, turned upright.
        alpha: (H, W), how far it is seen; None where all is.
        shifts: As those of :class:`Place`.
    """

    stamp: int
    pixels: Bytes
    alpha: Bytes | None = None
    shifts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame of a film.

    Attributes:
        pixels: (H, W, 3) sRGB, turned upright.
        times: When it is shown, in counts of the film's time base from the beginning of what is
            wanted; more than one where frames are repeated for a higher rate.
        place: The place behind it.
        alpha: (H, W), how far it is seen; None where all is, or nobody wants to know.
    """

    pixels: Bytes
    times: tuple[int, ...]
    place: Place
    alpha: Bytes | None = None


@dataclass(frozen=True, slots=True)
class Film:
    """What is known of a film before its frames are read.

    Attributes:
        path: Its file, folder or pattern.
        width: Of what is wanted, in pixels, upright.
        height: Likewise.
        time_base: Seconds of one count of a frame's times.
        rate: Frames a second, on average.
        frames: About how many are wanted; None where nobody can tell.
        aspect: Width of a pixel by its height.
        notices: What is not as one might expect, a sentence each.
        alpha: Whether its frames may have transparency, and it is wanted.
    """

    path: Path
    width: int
    height: int
    time_base: Fraction
    rate: Fraction
    frames: int | None
    aspect: Fraction = Fraction(1)
    notices: tuple[str, ...] = ()
    alpha: bool = False


class Reader(Protocol):
    """A film that is open."""

    @property
    def film(self) -> Film:
        """What is known of it."""

    @property
    def repairs(self) -> tuple[str, ...]:
        """What was wrong with it, and put right while its frames were read: a sentence each."""

    def frames(self, place: Place = BEGINNING) -> Iterator[Frame]:
        """The frames from a place on, one at a time.

        Raises:
            VideoError: The file can no longer be read.
        """

    def close(self) -> None:
        """Give the file back."""
