"""Films, frames and readers: the records that the rest of film/ shares."""

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
    """Width and height when the longer side becomes ``size`` pixels; unchanged at 0."""
    if size == 0:
        return width, height
    scale = size / max(width, height)
    return max(LEAST_FRAME, round(width * scale)), max(LEAST_FRAME, round(height * scale))


def resized(pixels: Bytes, sides: tuple[int, int]) -> Bytes:
    """A frame, or its alpha, at another width and height."""
    import cv2  # late, as few readers need it

    if pixels.shape[1::-1] == sides:
        return pixels
    smaller = max(sides) < max(pixels.shape[:2])
    method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, sides, interpolation=method), np.uint8)


@dataclass(frozen=True, slots=True)
class Reading:
    """Which part of a film to read, and at what size."""

    start: float = 0.0  # seconds from the film's beginning
    end: float | None = None  # likewise; None is the film's end
    fps: float | None = None  # frames a second, evenly; None is as they are
    size: int = 0  # longer side in pixels; 0 is as it is
    alpha: bool = False  # keep transparency, instead of laying it on white


WHOLE: Final = Reading()


@dataclass(frozen=True, slots=True)
class Place:
    """A place between two frames, where reading can begin."""

    number: int = 0  # of the next frame, from 0, among those that are read
    time: int | None = None  # of the frame before, in the source's counts; None at the beginning
    shifts: tuple[int, ...] = ()  # added to the file's times so far; see timing.Clock


BEGINNING: Final = Place()


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A frame as it lies in its source."""

    stamp: int  # when it is shown, in the source's counts, rising from shot to shot
    pixels: Bytes  # (H, W, 3) sRGB, upright
    alpha: Bytes | None = None  # (H, W), 255 is opaque; None where all is
    shifts: tuple[int, ...] = ()  # as those of Place


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame of a film."""

    pixels: Bytes  # (H, W, 3) sRGB, upright
    times: tuple[int, ...]  # in counts of the film's time base; several where it is repeated
    place: Place  # behind it
    alpha: Bytes | None = None  # (H, W), 255 is opaque; None where all is, or it is not kept


@dataclass(frozen=True, slots=True)
class Film:
    """What is known of a film before its frames are read."""

    path: Path  # its file, folder or pattern
    width: int  # pixels, upright, as it is read
    height: int
    time_base: Fraction  # seconds of one count of a frame's times
    rate: Fraction  # frames a second, on average
    frames: int | None  # about how many are read; None if unknown
    aspect: Fraction = Fraction(1)  # width of a pixel by its height
    notices: tuple[str, ...] = ()  # what the user may not expect, a sentence each
    alpha: bool = False  # whether transparency is kept and may occur


class Reader(Protocol):
    """An open film."""

    @property
    def film(self) -> Film:
        """What is known of it."""

    @property
    def repairs(self) -> tuple[str, ...]:
        """What was damaged and put right while frames were read, a sentence each."""

    def frames(self, place: Place = BEGINNING) -> Iterator[Frame]:
        """Yield the frames from a place on; a file that cannot be read raises VideoError."""

    def close(self) -> None:
        """Close the file."""
