"""An animated WebP as a film: FFmpeg knows only still ones, Pillow both."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from impasto.errors import VideoError
from impasto.film.damage import Damage
from impasto.film.frames import BEGINNING, Film, Frame, Place, Reading, Shot, sides_of
from impasto.film.packets import check_size
from impasto.film.srgb import shot_of
from impasto.film.timing import Timing, rate_of, wanted

_BASE: Final = Fraction(1, 1000)

_USUAL: Final = 100
"""Milliseconds for which browsers show a frame that claims none."""

_DEPTH: Final = 32
"""Bits of a pixel, with alpha."""

_LONGEST: Final = 3_600_000
"""Milliseconds that a frame can be shown; a file may claim any number."""

_ANIMATED: Final = 0x02
"""The bit of a WebP's header that says so."""


def is_animation(path: Path) -> bool:
    """Whether a file is an animated WebP."""
    try:
        with path.open("rb") as file:
            start = file.read(21)
    except OSError:
        return False
    webp = start[:4] == b"RIFF" and start[8:16] == b"WEBPVP8X"
    return webp and len(start) == 21 and bool(start[20] & _ANIMATED)


class Animation:
    """An animated WebP that is open for reading.

    Attributes:
        film: What is known of it.
    """

    def __init__(self, path: Path, reading: Reading) -> None:
        """Open it.

        Raises:
            VideoError: It cannot be decoded.
            MemoryEstimateError: It does not fit into memory.
        """
        self._path, self._damage = path, Damage()
        _check_canvas(path)
        try:
            self._image = Image.open(path, formats=["WEBP"])
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise VideoError(f"{path}: no film, or one that is damaged ({error})") from None
        self._timing = Timing(_BASE, 0, reading, _USUAL)
        width, height = sides_of(*self._image.size, reading.size)
        count = getattr(self._image, "n_frames", 1)
        rate = Fraction(10) if reading.fps is None else rate_of(reading.fps)
        self.film = Film(
            path, width, height, self._timing.time_base, rate,
            count if reading == Reading(size=reading.size, alpha=reading.alpha) else None,
            alpha=reading.alpha and self._image.has_transparency_data,
        )  # fmt: skip

    @property
    def repairs(self) -> tuple[str, ...]:
        """What was wrong with it, and put right while its frames were read: a sentence each."""
        return self._damage.told()

    def frames(self, place: Place = BEGINNING) -> Iterator[Frame]:
        """The frames from a place on, one at a time."""
        return wanted(self._shots(), self._timing, place)

    def close(self) -> None:
        """Give the file back."""
        self._image.close()

    def _shots(self) -> Iterator[Shot]:
        self._damage, stamp = Damage(), 0
        for number in range(getattr(self._image, "n_frames", 1)):
            try:
                self._image.seek(number)
                frame = self._image.convert("RGBA")
            except (OSError, ValueError, EOFError):
                self._damage.undecodable.add(stamp / 1000)
                continue
            sides = self.film.width, self.film.height
            pixels = np.asarray(frame if frame.size == sides else frame.resize(sides))
            yield shot_of(stamp, pixels, self.film, self._damage)
            stamp += min(int(self._image.info.get("duration") or _USUAL), _LONGEST)


def _check_canvas(path: Path) -> None:
    """The decoder takes memory for its canvas as soon as the file is opened."""
    with path.open("rb") as file:
        header = file.read(30)
    width, height = (1 + int.from_bytes(header[at : at + 3], "little") for at in (24, 27))
    check_size(path, width, height, _DEPTH)
