"""Any film, folder or pattern of pictures becomes a reader; animated WebP is read here."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from impasto.errors import VideoError
from impasto.film.container import Container
from impasto.film.damage import Damage
from impasto.film.frames import (
    BEGINNING,
    WHOLE,
    Film,
    Frame,
    Place,
    Reader,
    Reading,
    Shot,
    sides_of,
)
from impasto.film.packets import check_size
from impasto.film.picture_folder import Pictures, is_pattern
from impasto.film.srgb import shot_of
from impasto.film.timing import Timing, chosen, rate_of
from impasto.options.video import LEAST_FRAME, check_part

_USUAL: Final = 100  # ms for which browsers show a frame that names no duration
_LONGEST: Final = 3_600_000  # ms that a frame can be shown; a file may claim any number
_ANIMATED: Final = 0x02  # the bit of a WebP's header for animations


def open_film(path: Path, reading: Reading = WHOLE) -> Reader:
    """Open a film: a file, a folder of pictures, or a pattern such as ``frames/%04d.png``.

    Raises:
        VideoError: There is no such film, it cannot be decoded or is too small.
        PictureError: A picture cannot be read.
        OptionError: The part to read makes no sense.
    """
    check_part(reading)
    reader: Reader
    if path.is_dir() or (not path.exists() and is_pattern(path)):
        reader = Pictures(path, reading)
    elif _is_animation(path):
        reader = Animation(path, reading)
    else:
        reader = Container(path, reading)
    width, height = reader.film.width, reader.film.height
    if min(width, height) < LEAST_FRAME:
        reader.close()
        reason = f"is {width} x {height}: sides from {LEAST_FRAME} pixels can be painted"
        raise VideoError(f"{path}: {reason}")
    return reader


def _is_animation(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(21)
    except OSError:
        return False
    webp = start[:4] == b"RIFF" and start[8:16] == b"WEBPVP8X"
    return webp and len(start) == 21 and bool(start[20] & _ANIMATED)


class Animation:
    """An animated WebP, read by Pillow: FFmpeg knows only still ones."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self._damage = Damage()
        # The decoder takes memory for its canvas as soon as the file is opened.
        with path.open("rb") as file:
            header = file.read(30)
        width, height = (1 + int.from_bytes(header[at : at + 3], "little") for at in (24, 27))
        check_size(path, width, height, bits=32)
        try:
            self._image = Image.open(path, formats=["WEBP"])
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise VideoError(f"{path}: not a film, or a damaged one ({error})") from None
        self._timing = Timing(Fraction(1, 1000), 0, reading, _USUAL)
        self._frames = getattr(self._image, "n_frames", 1)
        width, height = sides_of(*self._image.size, reading.size)
        rate = Fraction(10) if reading.fps is None else rate_of(reading.fps)
        whole = reading == Reading(size=reading.size, alpha=reading.alpha)
        self.film = Film(
            path, width, height, self._timing.time_base, rate, self._frames if whole else None,
            alpha=reading.alpha and self._image.has_transparency_data,
        )  # fmt: skip

    @property
    def repairs(self) -> tuple[str, ...]:
        """See :class:`~impasto.film.frames.Reader`."""
        return self._damage.sentences()

    def frames(self, place: Place = BEGINNING) -> Iterator[Frame]:
        """See :class:`~impasto.film.frames.Reader`."""
        return chosen(self._shots(), self._timing, place)

    def close(self) -> None:
        """Close the file."""
        self._image.close()

    def _shots(self) -> Iterator[Shot]:
        self._damage, stamp = Damage(), 0
        for number in range(self._frames):
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
