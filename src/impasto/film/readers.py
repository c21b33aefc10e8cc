"""Any film, folder or pattern of pictures becomes a reader."""

from __future__ import annotations

from pathlib import Path

from impasto.errors import VideoError
from impasto.film.animation import Animation, is_animation
from impasto.film.container import Container
from impasto.film.frames import WHOLE, Reader, Reading
from impasto.film.picture_folder import Pictures, is_pattern
from impasto.options.video import LEAST_FRAME, check_part


def open_film(path: Path, reading: Reading = WHOLE) -> Reader:
    """Open a film: a file, a folder of pictures, or a pattern such as ``frames/%04d.png``.

    Args:
        path: Where it is.
        reading: Which part of it is wanted, and how large.

    Raises:
        VideoError: There is no such film, it cannot be decoded or is too small.
        PictureError: A picture cannot be read.
        OptionError: The part that is wanted makes no sense.
    """
    check_part(reading)
    found = _reader(path, reading)
    film = found.film
    if min(film.width, film.height) < LEAST_FRAME:
        found.close()
        told = f"{film.width} x {film.height}: sides from {LEAST_FRAME} pixels can be painted"
        raise VideoError(f"{path}: is {told}")
    return found


def _reader(path: Path, reading: Reading) -> Reader:
    if path.is_dir() or (not path.exists() and is_pattern(path)):
        return Pictures(path, reading)
    return Animation(path, reading) if is_animation(path) else Container(path, reading)
