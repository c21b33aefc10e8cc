"""Numbered pictures as a film: their names (frame-%04d.png), order and frames."""

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
from impasto.film.frames import (
    BEGINNING,
    Bytes,
    Film,
    FloatArray,
    Frame,
    Place,
    Reading,
    Shot,
    resized,
    sides_of,
)
from impasto.film.timing import Timing, chosen, rate_of
from impasto.image import Picture, pictures_in, read_picture

_NUMBER: Final = re.compile(r"%(0?\d?)d")  # of a frame, in at most nine digits
_NAMED: Final = 3  # unreadable pictures that are named; of more only the number is


def is_pattern(path: Path) -> bool:
    """Whether a name has one place for a number and no other per cent sign."""
    return "%" not in _NUMBER.sub("", path.name) and len(_NUMBER.findall(path.name)) == 1


def of_pattern(pattern: Path) -> list[Path]:
    """The existing files whose names match a pattern, in no order."""
    before, digits, after = _NUMBER.split(pattern.name, maxsplit=1)
    width = max(1, int(digits or 1))
    # printf's numbers are as long as they must be, and at least that many digits.
    name = re.compile(rf"{re.escape(before)}(\d{{{width},}}){re.escape(after)}")
    folder = pattern.parent
    there = folder.iterdir() if folder.is_dir() else iter(())
    return [each for each in there if name.fullmatch(each.name)]


class Pictures:
    """Pictures, one a frame, in the order of the numbers in their names."""

    def __init__(self, path: Path, reading: Reading) -> None:
        """Find the pictures of a folder or pattern and look at the first.

        ``reading.fps`` is how many make a second, 24 when None; none is left out.

        Raises:
            VideoError: There are none.
            PictureError: None can be read.
        """
        paths = pictures_in(path) if path.is_dir() else of_pattern(path)
        if not paths:
            raise VideoError(f"{path}: no pictures to make a film of")
        self._paths = sorted(paths, key=_by_numbers)
        self._size, self._lost, self._transparent = reading.size, dict[Path, str](), False
        rate = Fraction(24) if reading.fps is None else rate_of(reading.fps)
        self._timing = Timing(1 / rate, 0, Reading(reading.start, reading.end))
        first = next(filter(None, map(self._read, self._paths)), None)
        if first is None:
            raise PictureError(next(iter(self._lost.values())))
        width, height = sides_of(first.width, first.height, reading.size)
        length = len(self._paths) / rate
        end = length if reading.end is None else min(length, Fraction(reading.end))
        count = max(1, round((end - Fraction(reading.start)) * rate))
        alpha = reading.alpha and any(map(_may_be_transparent, self._paths))
        self.film = Film(path, width, height, 1 / rate, rate, count, alpha=alpha)

    @property
    def names(self) -> tuple[Path, ...]:
        """The pictures in their order; a frame's time stamp is a place in it."""
        return tuple(self._paths)

    @property
    def repairs(self) -> tuple[str, ...]:
        """See :class:`~impasto.film.frames.Reader`."""
        found = [f"{reason}: left out" for reason in [*self._lost.values()][:_NAMED]]
        if len(self._lost) > _NAMED:
            found.append(f"and {len(self._lost) - _NAMED} more pictures that cannot be read")
        if self._transparent:
            found.append(ON_WHITE)
        return tuple(found)

    def frames(self, place: Place = BEGINNING) -> Iterator[Frame]:
        """Yield the frames from a place on; the one before replaces one that cannot be read.

        Raises:
            VideoError: A picture has another size than the first.
        """
        first = self._timing.start if place.time is None else place.time + 1
        return chosen(self._shots(first), self._timing, place)

    def close(self) -> None:
        """Nothing is open between two frames."""

    def _shots(self, first: int) -> Iterator[Shot]:
        end = self._timing.end
        for stamp, path in enumerate(self._paths[first:], first):
            if end is not None and stamp >= end:
                return
            picture = self._read(path)
            if picture is not None:
                yield self._shot(stamp, path, picture)

    def _shot(self, stamp: int, path: Path, picture: Picture) -> Shot:
        values = picture.pixels
        if picture.alpha is not None and not self.film.alpha:
            self._transparent = True
            values = 1 + picture.alpha[..., None] * (values - 1)
        pixels = _sized(values, self._size)
        height, width = pixels.shape[:2]
        if (width, height) != (self.film.width, self.film.height):
            sizes = f"{width} x {height}, the first is {self.film.width} x {self.film.height}"
            raise VideoError(f"{path}: is {sizes}: frames are of one size")
        if not self.film.alpha:
            return Shot(stamp, pixels)
        opaque = np.ones(picture.pixels.shape[:2], np.float32)
        alpha = opaque if picture.alpha is None else picture.alpha
        return Shot(stamp, pixels, _sized(alpha, self._size))

    def _read(self, path: Path) -> Picture | None:
        try:
            return read_picture(path)
        except PictureError as error:
            self._lost[path] = str(error)
            return None


def number_in(name: str) -> int | None:
    """The last whole number in a name; None where there is none."""
    found = re.findall(r"\d+", name)
    return int(found[-1]) if found else None


def _by_numbers(path: Path) -> list[tuple[int, str]]:
    """A key that sorts frame-10 behind frame-9."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _sized(values: FloatArray, size: int) -> Bytes:
    whole = np.round(255 * values.clip(0, 1)).astype(np.uint8)
    return resized(whole, sides_of(whole.shape[1], whole.shape[0], size))


def _may_be_transparent(path: Path) -> bool:
    """Whether a picture's header says so; its pixels are not decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                return image.has_transparency_data
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False  # the error is raised where it is read
