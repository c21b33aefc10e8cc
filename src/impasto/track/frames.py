"""The frames of a film: which snapshots, how fast, and all of one size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from impasto.errors import PictureError, RunError

if TYPE_CHECKING:
    from PIL.Image import Image

HOLD_SECONDS: Final = 2.0
"""How much longer than the others the last picture stays."""

SHORTEST: Final = 4.0
LONGEST: Final = 10.0
"""Seconds of a film whose pace is not given."""

PACE: Final = 12.0
"""Frames per second between these: a change of paint is seen, and the film still flows."""


def film_seconds(frames: int) -> float:
    """How long a film of so many frames should last, without the hold at its end."""
    return min(max(frames / PACE, SHORTEST), LONGEST)


def spread(frames: Sequence[Path], most: int, film: Path) -> list[Path]:
    """At most so many frames, evenly spread, the first and the last among them.

    Raises:
        RunError: There are none for the film.
    """
    if not frames:
        raise RunError(f"{film}: there are no snapshots to make a film of; let the run save some")
    if len(frames) <= most:
        return list(frames)
    return [frames[round(index * (len(frames) - 1) / (most - 1))] for index in range(most)]


def same_size(frames: Sequence[Path], max_side: int | None = None) -> Iterator[Image]:
    """Read frames, all resized to the last one's size, or to fewer pixels if that is too large.

    A run from coarse to fine has small pictures first; enlarged, they show the same scene growing
    sharper in place.

    Raises:
        PictureError: A frame cannot be read.
    """
    from PIL.Image import Resampling

    width, height = _read(frames[-1]).size
    scale = min(1.0, max_side / max(width, height)) if max_side else 1.0
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    for path in frames:
        picture = _read(path)
        yield picture if picture.size == size else picture.resize(size, Resampling.LANCZOS)


def _read(path: Path) -> Image:
    from PIL import Image

    try:
        with Image.open(path) as file:
            return file.convert("RGB")
    except OSError as error:  # that a file is no picture is an OSError too
        raise PictureError(f"{path}: cannot read this snapshot ({error})") from error
