"""Films of a run, made of its snapshots: GIF, which every page plays, and MP4 in all colors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, repeat
from pathlib import Path
from typing import Final

import av
import numpy as np
from PIL import Image

from impasto.errors import OptionError, PictureError, RunError
from impasto.files import written_whole
from impasto.film.codecs import CODECS, settings
from impasto.film.frames import Film
from impasto.film.segments import add_stream, video_frame

HOLD_SECONDS: Final = 2.0  # how much longer than the others the last picture stays

GIF_FRAMES: Final = 50
"""Paint hardly compresses in a GIF: 50 frames of 480 x 360 pixels are some 8 MB."""

MP4_FRAMES: Final = 300  # thirty frames a second for the longest film whose rate is not given


def write_gif(
    frames: Sequence[Path], path: Path, *, max_side: int = 480, seconds: float | None = None
) -> None:
    """Write a GIF that loops; its last frame stays two seconds longer than the others.

    Of more than 50 snapshots some are left out evenly. The film has the size of the last one, at
    most ``max_side`` pixels, and lasts ``seconds`` without the hold; 4 to 10 by the number of
    frames when None.

    Raises:
        RunError: There are no frames.
        PictureError: A frame cannot be read.
        OptionError: ``max_side`` or ``seconds`` is not positive.
    """
    if max_side < 1:
        raise OptionError("max_side", "a positive number of pixels", max_side)
    if seconds is not None and seconds <= 0:
        raise OptionError("seconds", "a positive number", seconds)
    chosen = _spread(frames, GIF_FRAMES, path)
    # A GIF counts in 10 ms, and viewers show a frame of less than 20 ms for 100.
    each = max(round(100 * (seconds or _film_seconds(len(chosen))) / len(chosen)), 2) * 10
    durations = [each] * (len(chosen) - 1) + [each + round(1000 * HOLD_SECONDS)]
    first, *others = map(_in_256_colors, _same_size(chosen, max_side))
    with written_whole(path) as temporary:
        first.save(
            temporary, format="GIF", save_all=True, append_images=others, duration=durations, loop=0
        )


def write_mp4(frames: Sequence[Path], path: Path, *, fps: float | None = None) -> None:
    """Write an MP4 whose last frame stays two seconds longer than the others.

    H.264, or MPEG-4 part 2 where PyAV was built without x264, at a quality at which the eye sees
    no loss. An odd side is padded by repeating its edge.

    The film has the size of the last snapshot and ``fps`` frames a second; when None it lasts 4 to
    10 seconds without the hold, and of more than 300 snapshots some are left out evenly.

    Raises:
        RunError: There are no frames.
        PictureError: A frame cannot be read.
        OptionError: ``fps`` is not positive.
    """
    if fps is not None and fps <= 0:
        raise OptionError("fps", "a positive number", fps)
    chosen = _spread(frames, MP4_FRAMES if fps is None else max(len(frames), 1), path)
    rate = Fraction(fps or len(chosen) / _film_seconds(len(chosen))).limit_denominator(1000)
    with written_whole(path) as temporary:
        _encode(_held(_same_size(chosen), rate), temporary, rate)


def _encode(pictures: Iterator[Image.Image], path: Path, rate: Fraction) -> None:
    first = next(pictures)
    codec = CODECS["h264-slow" if "libx264" in av.codecs_available else "mpeg4"]
    film = Film(path, *first.size, time_base=1 / rate, rate=rate, frames=None)
    # The index comes first, so that a browser plays the film at once.
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as file:
        stream = add_stream(file, codec, film, settings(codec, 100))
        for number, picture in enumerate(chain([first], pictures)):
            frame = video_frame(np.asarray(picture), stream, codec)
            frame.pts, frame.time_base = number, film.time_base
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def _film_seconds(frames: int) -> float:
    """How long a film lasts without its hold: at 12 frames a second a change of paint is seen."""
    return min(max(frames / 12, 4.0), 10.0)


def _spread(frames: Sequence[Path], most: int, film: Path) -> list[Path]:
    """At most ``most`` frames, evenly spread, the first and the last among them."""
    if not frames:
        raise RunError(f"{film}: there are no snapshots to make a film of; let the run save some")
    if len(frames) <= most:
        return list(frames)
    return [frames[round(index * (len(frames) - 1) / (most - 1))] for index in range(most)]


def _same_size(frames: Sequence[Path], max_side: int | None = None) -> Iterator[Image.Image]:
    """Read frames, resized to the last one's size, or to fewer pixels if that is too large.

    A run from coarse to fine has small pictures first; enlarged, they show the same scene growing
    sharper in place.
    """
    width, height = _read(frames[-1]).size
    scale = min(1.0, max_side / max(width, height)) if max_side else 1.0
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    for path in frames:
        picture = _read(path)
        yield picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)


def _read(path: Path) -> Image.Image:
    try:
        with Image.open(path) as file:
            return file.convert("RGB")
    except OSError as error:  # that a file is no picture is an OSError too
        raise PictureError(f"{path}: cannot read this snapshot ({error})") from error


def _in_256_colors(picture: Image.Image) -> Image.Image:
    # A palette of each frame's own takes 6 % more than one for all and follows the colors on
    # their way. Octree colors with dithering had the least error (against 90 x 120 means) of
    # the methods that take less than a second for a film.
    palette = picture.quantize(256, method=Image.Quantize.FASTOCTREE)
    return picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)


def _held(pictures: Iterator[Image.Image], rate: Fraction) -> Iterator[Image.Image]:
    picture = next(pictures)
    for following in pictures:
        yield picture
        picture = following
    yield from repeat(picture, 1 + round(HOLD_SECONDS * rate))
