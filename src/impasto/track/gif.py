"""A film of a run as GIF, which every page and mail program plays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from impasto.errors import OptionError
from impasto.files import written_whole
from impasto.track.frames import HOLD_SECONDS, film_seconds, same_size, spread

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_FRAMES: Final = 50
"""Paint hardly compresses in a GIF: 50 frames of 480 x 360 pixels are some 8 MB."""


def write_gif(
    frames: Sequence[Path], path: Path, *, max_side: int = 480, seconds: float | None = None
) -> None:
    """Write a GIF that loops; its last frame stays two seconds longer than the others.

    Of more than 50 snapshots some are left out evenly. Frames that are the same one after the
    other become one that lasts longer.

    Args:
        frames: Snapshots in order; they may differ in size, the film has that of the last.
        path: The GIF, in a folder that exists.
        max_side: Longest side in pixels; nothing is enlarged beyond the last frame.
        seconds: Length without the hold; 4 to 10 by the number of frames when not given.

    Raises:
        RunError: There are no frames.
        PictureError: A frame cannot be read.
        OptionError: ``max_side`` or ``seconds`` is not positive.
    """
    if max_side < 1:
        raise OptionError("max_side", "a positive number of pixels", max_side)
    if seconds is not None and seconds <= 0:
        raise OptionError("seconds", "a positive number", seconds)
    chosen = spread(frames, MOST_FRAMES, path)
    durations = _durations(len(chosen), seconds or film_seconds(len(chosen)))
    first, *others = map(_in_256_colors, same_size(chosen, max_side))
    with written_whole(path) as temporary:
        first.save(
            temporary,
            format="GIF",
            save_all=True,
            append_images=others,
            duration=durations,
            loop=0,
        )


def _durations(frames: int, seconds: float) -> list[int]:
    """Milliseconds of each frame. A GIF counts in 10, and viewers play less than 20 as 100."""
    each = max(round(100 * seconds / frames), 2) * 10
    return [each] * (frames - 1) + [each + round(1000 * HOLD_SECONDS)]


def _in_256_colors(picture: Image) -> Image:
    # A palette of each frame's own takes 6 % more than one for all and follows the colors on
    # their way. Octree colors with dithering had the least error (against 90 x 120 means) of
    # the methods that take less than a second for a film.
    from PIL.Image import Dither, Quantize

    palette = picture.quantize(256, method=Quantize.FASTOCTREE)
    return picture.quantize(palette=palette, dither=Dither.FLOYDSTEINBERG)
