"""Films by key frames: a few frames are painted, those between follow them by the motion.

Each frame is read from the key frames before and behind it (:mod:`impasto.film.charts`), and mixed
by how near they are and how surely it was followed from each. The mix changes over quickly, so that
mostly one of two paintings is seen, and it keeps the strength of their strokes.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from impasto.device import check_memory
from impasto.files import sha256
from impasto.film.charts import SIDE, Chart, charts, small_frame
from impasto.film.frame_style import frame_style_of
from impasto.film.frames import Bytes, Film, FloatArray, Frame, Place, Reader, Reading, unit
from impasto.film.keyframes import check_shapes, key_picture, lacking, named, spread, surveyed
from impasto.film.motion import Motion, of_strength, strokes_of, warped
from impasto.film.pipeline import BEFORE, FramePainter, Painted, ahead, check_room
from impasto.film.scenes import Moved, is_cut
from impasto.options.video import StyleRequest

logger = logging.getLogger("impasto")

QUICK: Final = 4.0
"""Power of the nearer key frame's share: at 1 both are seen all of the way, at 4 for a third."""

EVEN: Final = 9  # pixels over which trust is evened out

GAINS: Final = (1.0, 1.42)
"""Of strokes in a mix: a mean of two that have nothing in common has them weaker by a root of 2."""

_WAITING: Final = 13  # bytes for each pixel of a frame that waits for the key frame behind it
_KEY: Final = "key"  # names the painted key frame in a state
_TINY: Final = 1e-6
_OWN: Final = "painter."  # begins the names of a painter's own state


class KeyedStyle:
    """Key frames that are given, or painted here."""

    def __init__(self, request: StyleRequest, source: Path, film: Film, reading: Reading) -> None:
        """Look through the film, and read or choose the key frames.

        Raises:
            ImpastoError: A picture stands for no frame, or there is no such style.
            MemoryEstimateError: Too many frames lie between two key frames.
        """
        survey = surveyed(source, reading)
        self._style: Any = None
        self._paths: dict[int, Path] = {}  # by the times of the frames
        if request.key_folder is None:
            options = replace(request.options, steps=request.options.first_steps)
            self._style = frame_style_of(replace(request, options=options, keyframes=""))
            places = spread(request.painted_keys, survey)
        else:
            found = named(request.key_folder, survey)
            check_shapes(found.values(), film)
            places = [*found]
            self._paths = {survey.times[place]: path for place, path in found.items()}
        self._times = [survey.times[each] for each in places]
        self._numbers = [each + 1 for each in places]
        if without := lacking(places, survey):
            scenes = "1 scene has" if without == 1 else f"{without} scenes have"
            logger.warning("%s no key frame and is made of pieces of others", scenes)
        longest = int(np.diff([-1, *places, len(survey.times)]).max())
        share = min(1.0, SIDE / max(film.width, film.height)) ** 2
        self._frames = len(survey.times)
        self._needed = needed = round(_WAITING * longest * share * film.width * film.height)
        check_memory(needed, f"{film.path}: {longest} frames without a key frame", "add some")

    def made_with(self) -> Mapping[str, Any]:
        """Key frames, and the style they are painted in, for the manifest."""
        if self._style is not None:
            return {"keyframes": self._numbers, **self._style.made_with()}
        hashes = map(sha256, self._paths.values())
        return {"keyframes": dict(zip(map(str, self._numbers), hashes, strict=True))}

    def painter(self, rate: float) -> KeyedPainter:
        """A painter for the film, with no memory yet."""
        painter = self._style.painter(rate) if self._style else _Given(self._paths)
        return KeyedPainter(self._times, painter, self._frames, self._needed)


class _Given:
    """Key frames from files, as a painter without a memory."""

    def __init__(self, paths: Mapping[int, Path]) -> None:
        self._paths = paths

    def paint(self, moved: Moved) -> Bytes:
        return key_picture(self._paths[moved.frame.times[0]], moved.frame.pixels)

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Nothing is remembered."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A frame that waits for the key frame behind it."""

    frame: Frame  # small
    begins: bool  # whether a scene begins with it


_Side = tuple[Bytes, Sequence[Chart]]
"""A key frame's picture, and the charts in it of the frames that wait, in their order."""


class KeyedPainter:
    """Paints the frames of a film between key frames."""

    def __init__(
        self, times: Collection[int], painter: FramePainter, count: int, waiting: int
    ) -> None:
        """Prepare with the times of the key frames, and who paints them.

        The film has ``count`` frames, of which those that wait take ``waiting`` bytes.
        """
        self._times, self._painter, self._count, self.waiting = times, painter, count, waiting

    def tried(self, reader: Reader, some: int) -> tuple[int, float]:
        """How many frames the film has, and how many seconds they would take.

        A key frame is painted, and ``some`` frames of the film are followed from both sides; what
        they make is forgotten.
        """
        clock = [time.perf_counter()]
        frames = [*itertools.islice(reader.frames(), some)]
        clock.append(time.perf_counter())
        small = [_Waiting(replace(each, pixels=small_frame(each.pixels)), False) for each in frames]
        first, second = ((frames[0].pixels, way(small)) for way in (_charts, _charts_back))
        for _ in _between(small, first, second, (reader.film.width, reader.film.height)):
            pass
        clock.append(time.perf_counter())
        key = replace(frames[0], times=(min(self._times),))
        self._painter.paint(Moved(key, begins=True))
        clock.append(time.perf_counter())
        read, followed, painted = np.diff(clock)
        # Read twice, as the film is looked through first; the first of some follows nothing.
        each = 2 * read / len(frames) + followed / max(1, len(frames) - 1)
        keys = len(self._times)
        return self._count, float(self._count * each + keys * painted)

    @contextmanager
    def frames(
        self, reader: Reader, place: Place, state: Mapping[str, Any]
    ) -> Iterator[Iterator[Painted]]:
        """Give the painted frames of a film from a place on, while the block lasts.

        Raises:
            MemoryEstimateError: The frames do not fit into memory.
            PictureError: A key frame cannot be read any more.
        """
        check_room(reader.film, moving=True)
        with (
            ahead(reader.frames(place)) as frames,
            ahead(self._painted(frames, state, reader.film)) as painted,
        ):
            yield painted

    def _painted(
        self, frames: Iterator[Frame], state: Mapping[str, Any], film: Film
    ) -> Iterator[Painted]:
        size = film.width, film.height
        own = {name: each for name, each in state.items() if name.startswith(_OWN)}
        self._painter.restore({name.removeprefix(_OWN): own[name] for name in own})
        before, key = state.get(BEFORE), state.get(_KEY)
        waiting: list[_Waiting] = []  # begins with a key frame once there was one
        if before is not None:
            waiting = [_Waiting(Frame(small_frame(before), (), Place()), begins=False)]
        for frame in frames:
            begins = before is None or is_cut(before, frame.pixels)
            before = frame.pixels
            waiting.append(_Waiting(replace(frame, pixels=small_frame(before)), begins))
            if frame.times[0] in self._times:
                first = None if key is None else (key, _charts(waiting))
                key = self._painter.paint(_moved(frame, waiting, first))
                yield from _between(waiting, first, (key, _charts_back(waiting)), size)
                own = {_OWN + name: each for name, each in self._painter.state().items()}
                yield Painted(frame, key, begins, {_KEY: key, BEFORE: before, **own})
                waiting = waiting[-1:]
        if key is not None and len(waiting) > 1:
            yield from _between(waiting, (key, _charts(waiting)), None, size)


def _charts(waiting: Sequence[_Waiting]) -> list[Chart]:
    """Of frames in the first of them."""
    return [*charts([each.frame.pixels for each in waiting], [each.begins for each in waiting])]


def _charts_back(waiting: Sequence[_Waiting]) -> list[Chart]:
    """Of frames in the last of them."""
    frames = [each.frame.pixels for each in reversed(waiting)]
    cuts = [each.begins for each in waiting]
    return [*charts(frames, [False, *reversed(cuts[1:])])][::-1]


def _moved(frame: Frame, waiting: Sequence[_Waiting], first: _Side | None) -> Moved:
    """A key frame with its motion from the one before, with which its painting is to agree."""
    if first is None or any(each.begins for each in waiting[1:]):
        return Moved(frame, begins=True)
    ways, trust = first[1][-1].enlarged(frame.pixels.shape[1], frame.pixels.shape[0])
    return Moved(frame, begins=False, motion=Motion(-ways, ways), trust=trust)


def _between(
    waiting: Sequence[_Waiting], first: _Side | None, second: _Side | None, size: tuple[int, int]
) -> Iterator[Painted]:
    """Frames behind a key frame, before another, or both; the key frames themselves are not."""
    last = len(waiting) - 1
    for number in range(1 if first else 0, last if second else last + 1):
        read = [
            _read(picture, there[number], size) for picture, there in filter(None, (first, second))
        ]
        pixels = read[0][0] if len(read) == 1 else _mixed(*read[0], *read[1], number / last)
        levels = np.rint(255 * pixels.clip(0, 1)).astype(np.uint8)
        yield Painted(waiting[number].frame, levels, waiting[number].begins, None)


def _read(picture: Bytes, chart: Chart, size: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    ways, trust = chart.enlarged(*size)
    return warped(unit(picture), ways), trust


def _mixed(
    first: FloatArray, trust: FloatArray, second: FloatArray, other: FloatArray, at: float
) -> FloatArray:
    """Two pictures, (H, W, 3), at a share of the way from the first key frame to the second."""
    here = (1 - at) * cv2.blur(trust, (EVEN, EVEN)) + _TINY
    there = at * cv2.blur(other, (EVEN, EVEN)) + _TINY
    share: Any = (1 / (1 + (here / there) ** QUICK)).astype(np.float32)
    aim = (1 - share) * strokes_of(first) + share * strokes_of(second)
    return of_strength(first + share[..., None] * (second - first), aim, GAINS)
