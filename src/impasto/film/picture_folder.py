"""Names of pictures that are frames: frame-%04d.png."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from impasto.errors import PictureError, VideoError
from impasto.film.damage import ON_WHITE
from impasto.film.frames import BEGINNING, Bytes, Film, FloatArray, Frame, Place, Reading, Shot
from impasto.film.timing import Timing, rate_of, wanted
from impasto.image import Picture, pictures_in, read_picture

_NUMBER: Final = re.compile(r"%(0?\d?)d")
"""Where the number of a frame stands, in at most nine digits."""


def is_pattern(path: Path) -> bool:
    """Whether a name holds the place of a number, once, and is no name of a file otherwise."""
    return "%" not in _NUMBER.sub("", path.name) and len(_NUMBER.findall(path.name)) == 1


def numbered(pattern: Path, number: int) -> Path:
    """The file of a frame."""
    return pattern.with_name(pattern.name % number)


def of_pattern(pattern: Path) -> list[Path]:
    """The files there are whose names a pattern gives, in no order."""
    before, digits, after = _NUMBER.split(pattern.name, maxsplit=1)
    width = max(1, int(digits or 1))
    # printf's numbers are as long as they must be, and at least that many digits.
    name = re.compile(rf"{re.escape(before)}(\d{{{width},}}){re.escape(after)}")
    folder = pattern.parent
    there = folder.iterdir() if folder.is_dir() else iter(())
    return [each for each in there if name.fullmatch(each.name)]


def by_numbers(path: Path) -> list[tuple[int, str]]:
    """A key by which frame-10 comes behind frame-9."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


USUAL_RATE: Final = Fraction(24)

_NAMED: Final = 3
"""Pictures that are named where they cannot be read; of more only the number is told."""


class Pictures:
    """Pictures, one a frame, in the order of the numbers in their names.

    Attributes:
        film: What is known of them.
    """

    def __init__(self, path: Path, reading: Reading) -> None:
        """Find the pictures and look at the first.

        Args:
            path: A folder, or a pattern such as ``frames/%04d.png``.
            reading: ``fps`` is how many make a second, 24 when None: none is left out.

        Raises:
            VideoError: There are none.
            PictureError: None can be read.
        """
        self._paths = _found(path)
        self._size, self._lost, self._transparent = reading.size, dict[Path, str](), False
        rate = USUAL_RATE if reading.fps is None else rate_of(reading.fps)
        part = Reading(reading.start, reading.end)
        self._timing = Timing(1 / rate, 0, part)
        height, width = self._first().shape[:2]
        length = len(self._paths) / rate
        end = length if reading.end is None else min(length, Fraction(reading.end))
        count = max(1, round((end - Fraction(reading.start)) * rate))
        alpha = reading.alpha and any(map(_may_be_transparent, self._paths))
        self.film = Film(path, width, height, 1 / rate, rate, count, alpha=alpha)

    @property
    def repairs(self) -> tuple[str, ...]:
        """What was wrong with them, and put right while they were read: a sentence each."""
        found = [f"{told}: left out" for told in [*self._lost.values()][:_NAMED]]
        if len(self._lost) > _NAMED:
            found.append(f"and {len(self._lost) - _NAMED} more pictures that cannot be read")
        if self._transparent:
            found.append(ON_WHITE)
        return tuple(found)

    def frames(self, place: Place = BEGINNING) -> Iterator[Frame]:
        """The frames from a place on, one at a time; the one before stands for a damaged one.

        Raises:
            VideoError: A picture has another size than the first.
        """
        first = self._timing.start if place.time is None else place.time + 1
        return wanted(self._shots(first), self._timing, place)

    def close(self) -> None:
        """Nothing is open between two frames."""

    def _first(self) -> Bytes:
        for path in self._paths:
            picture = self._read(path)
            if picture is not None:
                return _sized(picture.pixels, self._size)
        raise PictureError(next(iter(self._lost.values())))

    def _shots(self, first: int) -> Iterator[Shot]:
        end = self._timing.end
        for stamp, path in enumerate(self._paths[first:], first):
            if end is not None and stamp >= end:
                return
            picture = self._read(path)
            if picture is not None:
                yield self._shot(stamp, path, picture)

    def _shot(self, stamp: int, path: Path, picture: Picture) -> Shot:
        pixels = _sized(self._seen(picture), self._size)
        height, width = pixels.shape[:2]
        if (width, height) != (self.film.width, self.film.height):
            told = f"{width} x {height}, the first is {self.film.width} x {self.film.height}"
            raise VideoError(f"{path}: is {told}: frames are of one size")
        if not self.film.alpha:
            return Shot(stamp, pixels)
        opaque = np.ones(picture.pixels.shape[:2], np.float32)
        alpha = opaque if picture.alpha is None else picture.alpha
        return Shot(stamp, pixels, _sized(alpha, self._size))

    def _seen(self, picture: Picture) -> FloatArray:
        if picture.alpha is None or self.film.alpha:
            return picture.pixels
        self._transparent = True
        return 1 + picture.alpha[..., None] * (picture.pixels - 1)

    def _read(self, path: Path) -> Picture | None:
        try:
            return read_picture(path)
        except PictureError as error:
            self._lost[path] = str(error)
            return None


def _sized(values: FloatArray, size: int) -> Bytes:
    """Values in [0, 1] as bytes, the longer side of a size."""
    whole = np.round(255 * values.clip(0, 1)).astype(np.uint8)
    return whole if size == 0 else _resized(whole, size)


def _resized(pixels: Bytes, size: int) -> Bytes:
    import cv2

    height, width = pixels.shape[:2]
    scale = size / max(height, width)
    sides = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, sides, interpolation=method), np.uint8)


def _may_be_transparent(path: Path) -> bool:
    """Whether a picture's header says so; its pixels are not decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                return image.has_transparency_data
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False  # what it is is told where it is read


def _found(path: Path) -> list[Path]:
    found = pictures_in(path) if path.is_dir() else of_pattern(path)
    if not found:
        raise VideoError(f"{path}: no pictures to make a film of")
    return sorted(found, key=by_numbers)
