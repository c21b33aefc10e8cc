"""Which frames of a film are key frames, and their pictures.

A picture's name says which frame it stands for: by number (``0042.png``; the first is 1, as FFmpeg
and ``impasto video -o FOLDER`` count) or by time (``3.5s.png``, ``1m02s.png``). Where the film is a
folder of pictures, numbers are those in their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from impasto.errors import OptionError, PictureError, VideoError
from impasto.film.frames import Bytes, Film, Reading, resized
from impasto.film.picture_folder import Pictures, number_in
from impasto.film.readers import open_film
from impasto.film.scenes import is_cut
from impasto.image import pictures_in, read_picture

_TIME: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(\d+(?:\.\d+)?)s(\d{3})?(?![a-z\d])", re.I)
_GLANCE: Final = 64  # longer side in pixels at which a film is looked through


@dataclass(frozen=True, slots=True)
class Survey:
    """A film looked through once, before anything is painted."""

    times: tuple[int, ...]  # of each frame, in counts of the film's time base
    scenes: tuple[int, ...]  # numbers, from 0, of the frames that scenes begin with
    numbers: Mapping[int, int]  # from the number that a name says to the frame's, from 0
    base: Fraction  # seconds of one count
    start: float  # seconds of the source before the part that is read


def surveyed(source: Path, reading: Reading) -> Survey:
    """Look through the part of a film that is to be painted; VideoError where there is none."""
    times, scenes, stamps = list[int](), list[int](), list[int]()
    before: Bytes | None = None
    with closing(open_film(source, replace(reading, size=_GLANCE, alpha=False))) as reader:
        for frame in reader.frames():
            if before is None or is_cut(before, frame.pixels):
                scenes.append(len(times))
            before = frame.pixels
            times.append(frame.times[0])
            stamps.append(frame.place.time or 0)
        names = reader.names if isinstance(reader, Pictures) else ()
        found = {stamp: number_in(path.stem) for stamp, path in enumerate(names)}
        numbers = {
            number: place for place, stamp in enumerate(stamps)
            if (number := found.get(stamp)) is not None
        }  # fmt: skip
        if not times:
            raise VideoError(f"{source}: there is no frame in this part of the film")
        numbers = numbers or {place + 1: place for place in range(len(times))}
        base = reader.film.time_base
    return Survey(tuple(times), tuple(scenes), numbers, base, reading.start)


def named(folder: Path, survey: Survey) -> dict[int, Path]:
    """The pictures of a folder by the number, from 0, of the frame that each stands for.

    Raises:
        PictureError: There are none, or a name says no frame of the film.
    """
    found: dict[int, Path] = {}
    for path in pictures_in(folder):
        place = _place_of(path, survey)
        if place in found:
            raise PictureError(f"{path}: stands for the same frame as {found[place].name}")
        found[place] = path
    return dict(sorted(found.items()))


def _place_of(path: Path, survey: Survey) -> int:
    if times := list(_TIME.finditer(path.stem)):
        hours, minutes, seconds, thousandths = times[-1].groups()
        at = 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(seconds)
        at += int(thousandths or 0) / 1000
        begins = [survey.start + float(each * survey.base) for each in survey.times]
        usual = (begins[-1] - begins[0]) / max(1, len(begins) - 1)
        if not begins[0] - usual <= at <= begins[-1] + usual:
            part = f"{begins[0]:.3f} to {begins[-1]:.3f} s"
            raise PictureError(f"{path}: {at:g} s is not in the film, whose frames are at {part}")
        return int(np.abs(np.array(begins) - at).argmin())
    number = number_in(path.stem)
    if number is None:
        example = "such as 0042.png or 3.5s.png"
        raise PictureError(f"{path}: no frame's number or time in its name, {example}")
    if number not in survey.numbers:
        known = f"{min(survey.numbers)} to {max(survey.numbers)}"
        raise PictureError(f"{path}: there is no frame {number}, the film's are {known}")
    return survey.numbers[number]


def spread(count: int, survey: Survey) -> list[int]:
    """Frames, by their numbers from 0, to paint: over all scenes by their length, then evenly.

    Raises:
        OptionError: The film has fewer frames.
    """
    if not 1 <= count <= len(survey.times):
        wanted = f"a folder, or 1 to {len(survey.times)}, the film's frames"
        raise OptionError("keyframes", wanted, count)
    ends = [*survey.scenes[1:], len(survey.times)]
    lengths = [end - first for first, end in zip(survey.scenes, ends, strict=True)]
    counts = [0] * len(lengths)
    for _ in range(count):  # the next one goes where frames are furthest from one
        needs = [
            length / (0.1 if had == 0 else had) if had < length else 0
            for length, had in zip(lengths, counts, strict=True)
        ]
        counts[int(np.argmax(needs))] += 1
    found: list[int] = []
    for first, length, each in zip(survey.scenes, lengths, counts, strict=True):
        if each == 1:
            found.append(first + length // 2)
        elif each:
            found += [first + round(step * (length - 1) / (each - 1)) for step in range(each)]
    return found


def lacking(places: Sequence[int], survey: Survey) -> int:
    """How many scenes have no key frame."""
    ends = [*survey.scenes[1:], len(survey.times)]
    within = zip(survey.scenes, ends, strict=True)
    return sum(not any(first <= each < end for each in places) for first, end in within)


def check_shapes(paths: Iterable[Path], film: Film) -> None:
    """Read pictures once, before anything is painted.

    Raises:
        PictureError: One cannot be read, or has another shape than the film; sizes may differ.
    """
    for path in paths:
        picture = read_picture(path)
        width, height = picture.width, picture.height
        off = abs(width * film.height - height * film.width)
        if off > max(width, height, film.width, film.height):
            sides = f"{width} x {height}, the film is {film.width} x {film.height}"
            raise PictureError(f"{path}: is {sides}: key frames have the shape of the film")


def key_picture(path: Path, frame: Bytes) -> Bytes:
    """The picture that stands for a frame, (H, W, 3) sRGB; what is transparent shows the frame."""
    picture = read_picture(path)
    levels = resized(picture.levels(8).astype(np.uint8), (frame.shape[1], frame.shape[0]))
    if levels.shape[2] == 3:
        return levels
    share = levels[..., 3:] / 255
    return np.asarray(np.rint(frame + share * (levels[..., :3] - frame.astype(float))), np.uint8)
