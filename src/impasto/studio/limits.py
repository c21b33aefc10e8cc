"""How much may be uploaded and asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from impasto.errors import OptionError, PictureError


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a client may ask of this machine.

    Attributes:
        megabytes: Largest upload of a picture.
        megapixels: Most pixels of an upload, whatever its bytes.
        film_megabytes: Largest upload of a film.
        film_seconds: Longest part of a film that is painted at once.
        side: Longest side of a result in pixels.
        styles: Most styles of a painting.
        waiting: Most jobs in the line, of which one user has half at most.
        uploads_megabytes: Of one user, of which those nobody orders anything with go after a day.
        patience: Seconds that a request may rest before it is whole.

    Raises:
        OptionError: One is not a number above 0.
    """

    megabytes: float = 60.0
    megapixels: float = 80.0
    film_megabytes: float = 600.0
    film_seconds: float = 120.0
    side: int = 2048
    styles: int = 4
    waiting: int = 64
    uploads_megabytes: float = 2000.0
    patience: float = 30.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (math.isfinite(value) and value > 0):
                raise OptionError(name, "a number above 0", value)


def check_bytes(path: Path, name: str, megabytes: float) -> None:
    """Refuse a file that is too large.

    Raises:
        PictureError: It is, or it is not there.
    """
    try:
        size = path.stat().st_size
    except OSError:
        raise PictureError(f"{name}: the upload did not arrive, give it again") from None
    if size > megabytes * 1e6:
        told = f"{size / 1e6:,.1f} MB, the limit here is {megabytes:g} MB"
        raise PictureError(f"{name}: {told}")


def check_pixels(size: tuple[int, int], name: str, megapixels: float) -> None:
    """Refuse a picture of too many pixels.

    Raises:
        PictureError: It has too many.
    """
    width, height = size
    if width * height > megapixels * 1e6:
        told = f"{width} x {height} is {width * height / 1e6:,.1f} megapixels"
        raise PictureError(f"{name}: {told}, the limit here is {megapixels:g}: give a smaller one")
