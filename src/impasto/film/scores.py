"""Measures of a painted film: how calm it is, how near to its style and to its source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from impasto.errors import VideoError
from impasto.film.frames import Bytes, Reader, unit
from impasto.film.motion import motion_between, warping_error
from impasto.film.readers import open_film
from impasto.film.scenes import is_cut

SAMPLES: Final = 8  # frames, evenly over the film, whose distances are measured
_TOGETHER: Final = 0.002  # seconds within which two time stamps are one: files round them


@dataclass(frozen=True, slots=True)
class Sample:
    """Distances of one frame; see :func:`impasto.nn.metrics.distances`."""

    seconds: float  # when it is shown
    content_distance: float  # from the source's frame
    style_distance: float | None  # from the style; None where none is given


@dataclass(frozen=True, slots=True)
class FilmScores:
    """Scores of a painted film."""

    frames: int  # how many pairs of frames were compared
    warping_error: float  # mean over pairs within a scene; see motion.warping_error
    source_warping_error: float  # the same of the source itself
    samples: tuple[Sample, ...]  # distances over time


def film_scores(source: Path, painted: Path, style: Path | None = None) -> FilmScores:
    """Measure a painted film against its source and, if given, its style image.

    Frames are matched by their times, so that the painted film may be a part of the source's
    beginning, or have fewer frames. The source is resized to the painted film's size.

    Raises:
        VideoError: One cannot be read, or they have no two frames in common.
        PictureError: The style cannot be read.
    """
    with closing(open_film(source)) as first, closing(open_film(painted)) as second:
        return _scores(first, second, style)


def _scores(first: Reader, second: Reader, style: Path | None) -> FilmScores:
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
        raise VideoError(f"{second.film.path}: has no two frames in common with {first.film.path}")
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
            frame = current[1]
            if frame.shape[1::-1] != size:
                frame = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
            yield seconds, frame, result


def _timed(reader: Reader) -> Iterator[tuple[float, Bytes]]:
    for frame in reader.frames():
        yield float(frame.times[0] * reader.film.time_base), frame.pixels


def _sample(seconds: float, source: Bytes, result: Bytes, style: Path | None) -> Sample:
    from impasto.scores import score  # torch

    # A film that is scored without a style has no distance from one: its source replaces it.
    reference: Any = source if style is None else style
    found = score(source, reference, result)
    near = None if style is None else round(found.style_distance, 5)
    return Sample(round(seconds, 3), round(found.content_distance, 5), near)
