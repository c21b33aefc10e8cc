"""A painted film judged by numbers: how calm it is, how near to its style and to its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from impasto.errors import VideoError
from impasto.film import Frame, Reader, open_film
from impasto.film.frames import unit
from impasto.film.motion import motion_between, warping_error
from impasto.film.scenes import is_cut

Bytes = NDArray[np.uint8]

SAMPLES: Final = 8
"""Frames, evenly over the film, whose distances are measured."""

_TOGETHER: Final = 0.002
"""Seconds within which two time stamps are one: files round them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Distances of one frame; see :func:`impasto.nn.metrics.distances`.

    Attributes:
        seconds: When it is shown.
        content_distance: From the source's frame.
        style_distance: From the style; None where none is given.
    """

    seconds: float
    content_distance: float
    style_distance: float | None


@dataclass(frozen=True, slots=True)
class FilmScores:
    """What is measured of a painted film.

    Attributes:
        frames: How many pairs of frames were compared.
        warping_error: Mean over pairs within a scene, with the motion of the source; see
            :func:`impasto.film.motion.warping_error`.
        source_warping_error: The same of the source itself.
        samples: Distances over time.
    """

    frames: int
    warping_error: float
    source_warping_error: float
    samples: tuple[Sample, ...]


def film_scores(source: Path, painted: Path, style: Path | None = None) -> FilmScores:
    """Measure a painted film against its source.

    Frames are matched by their times, so that the painted film may be a part of the source's
    beginning, or have fewer frames. The source is brought to the painted film's size.

    Args:
        source: What was painted.
        painted: The result.
        style: The picture whose manner was taken, for style distances.

    Raises:
        VideoError: One cannot be read, or they have no two frames in common.
        PictureError: The style cannot be read.
    """
    first, second = open_film(source), open_film(painted)
    try:
        return _scores(first, second, style, painted)
    finally:
        first.close()
        second.close()


def _scores(first: Reader, second: Reader, style: Path | None, painted: Path) -> FilmScores:
    every = max(1, round((second.film.frames or 100) / SAMPLES))
    errors: list[tuple[float, float]] = []
    samples: list[Sample] = []
    before: tuple[Bytes, Bytes] | None = None
    for number, (seconds, source, result) in enumerate(_pairs(first, second)):
        if number % every == every // 2:
            samples.append(_sample(seconds, source, result, style))
        if before is not None and not is_cut(before[0], source):
            motion = motion_between(before[0], source, fine=True)
            errors.append((
                warping_error(unit(before[1]), unit(result), motion),
                warping_error(unit(before[0]), unit(source), motion),
            ))  # fmt: skip
        before = source, result
    if not errors:
        raise VideoError(f"{painted}: has no two frames in common with {first.film.path}")
    of_result, of_source = np.mean(errors, axis=0)
    return FilmScores(len(errors), float(of_result), float(of_source), tuple(samples))


def _pairs(first: Reader, second: Reader) -> Iterator[tuple[float, Bytes, Bytes]]:
    """Seconds, the source's frame at the result's size, and the result's frame."""
    sources = _timed(first)
    current = next(sources, None)
    size = second.film.width, second.film.height
    for seconds, result in _timed(second):
        while current is not None and current[0] < seconds - _TOGETHER:
            current = next(sources, None)
        if current is None:
            return
        if abs(current[0] - seconds) <= _TOGETHER:
            yield seconds, _at(current[1], size), result


def _timed(reader: Reader) -> Iterator[tuple[float, Bytes]]:
    frame: Frame
    for frame in reader.frames():
        yield float(frame.times[0] * reader.film.time_base), frame.pixels


def _at(frame: Bytes, size: tuple[int, int]) -> Bytes:
    if frame.shape[1::-1] == size:
        return frame
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def _sample(seconds: float, source: Bytes, result: Bytes, style: Path | None) -> Sample:
    from impasto.scores import score  # torch

    # A film that is scored without a style has no distance from one: its source stands in.
    manner: Any = source if style is None else style
    found = score(source, manner, result)
    near = None if style is None else round(found.style_distance, 5)
    return Sample(round(seconds, 3), round(found.content_distance, 5), near)
