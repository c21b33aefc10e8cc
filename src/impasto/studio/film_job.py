"""A job that is a film."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from PIL import Image

from impasto.errors import ImpastoError, OptionError, VideoError
from impasto.film import Reading, open_film
from impasto.film.codecs import codec_for
from impasto.film.film import Order, filmed, reading_of
from impasto.film.frame_style import frame_style_of
from impasto.film.keyed import KeyedStyle
from impasto.film.manifest import recipe
from impasto.film.parts import Parts
from impasto.options.video import StyleRequest, VideoOptions
from impasto.pace import Pace
from impasto.studio.far import Far, FarLive
from impasto.studio.job import BREAK, CANCEL, PAUSE, Job, Requests
from impasto.studio.job_files import FILM, POSTER, style_files
from impasto.studio.room import Limits

PREVIEW_SECONDS: Final = 1.0
PREVIEW_SIDE: Final = 480


def film_options(
    asked: Mapping[str, Any], limits: Limits, *, preview: bool = False
) -> VideoOptions:
    """The options of a film; a preview is one small second from the start on.

    ``asked`` has any of ``start``, ``end``, ``size``, ``strength``, ``style_scale``,
    ``temporal``, ``colors``, ``faces`` and, for :func:`request_of`, ``keyframes``.

    Raises:
        OptionError: A value is out of range.
        VideoError: The part is longer than the limit.
    """
    if (keys := _number(asked, "keyframes", 0)) != int(keys) or keys < 0:
        raise OptionError("keyframes", "a whole number, 0 for every frame", keys)
    start = _number(asked, "start", 0.0)
    end = _number(asked, "end", 0.0) or None
    if preview:
        end = start + PREVIEW_SECONDS
    if end is None or end - start > limits.film_seconds:
        raise VideoError(f"choose a part of at most {limits.film_seconds:g} seconds")
    size = min(int(_number(asked, "size", 512)), PREVIEW_SIDE if preview else limits.side)
    return VideoOptions(
        start=start,
        end=end,
        size=size,
        strength=_number(asked, "strength", 1.0),
        style_scale=_number(asked, "style_scale", 1.0),
        temporal=_number(asked, "temporal", 0.7),
        keep_color="luminance" if asked.get("colors") == "luminance" else "none",
        faces=_number(asked, "faces", 0.0),
    )


def _number(asked: Mapping[str, Any], name: str, usual: float) -> float:
    value = asked.get(name)
    if value is None:
        return usual
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise OptionError(name, "a number", value)
    return value


def film_work(
    job: Job, folder: Path, requests: Requests, shelf: Far, live: FarLive, limits: Limits
) -> str:
    """Paint a film until done or asked to end; give the name of the result's file, or "".

    The shelf records its progress.

    Raises:
        ImpastoError: It cannot be painted here.
    """
    live.report("Looking at the film")
    source, output = folder / str(job.order["source"]), folder / FILM
    asked, preview = dict(job.order["asked"]), bool(job.order.get("preview"))
    request = request_of(job, folder, film_options(asked, limits, preview=preview))
    options = request.options
    codec = codec_for(output, options.codec)
    with closing(open_film(source, reading_of(options))) as reader:
        style: Any = (
            KeyedStyle(request, source, reader.film, reading_of(options))
            if request.keyframes
            else frame_style_of(request)
        )
        made_from = recipe(source, options, codec, style.made_with())
        parts = Parts(folder / "parts", made_from, codec)
        parts.begin(resume=parts.is_begun)
        order = Order(source, output, options, codec, made_from)
        painter = style.painter(float(reader.film.rate))
        pace = Pace()
        pace.note(job.number, time.monotonic())
        live.report("Painting frames")

        def report(frames: int, of: int | None) -> None:
            shelf.count(job.id, frames, of or 0)
            pace.note(frames, time.monotonic())
            live.stepped(frames, {}, pace.left(frames, of) if of else math.nan)

        stop = lambda: bool(requests.ending)  # noqa: E731
        result = filmed(order, reader, painter, parts, stop=stop, report=report)
    if requests.ending == CANCEL or result.status == "filmed":
        parts.clear()
    if requests.ending == CANCEL:
        output.unlink(missing_ok=True)
        return ""
    with suppress(OSError, ImpastoError):  # a by-product never discards the film
        _write_poster(output)
    return "" if requests.ending in (PAUSE, BREAK) else FILM


def _write_poster(film: Path) -> None:
    if not film.exists():
        return  # it was paused before its first frame
    with closing(open_film(film, Reading())) as reader:
        for frame in reader.frames():
            Image.fromarray(frame.pixels).save(film.with_name(POSTER))
            return


def request_of(job: Job, folder: Path, options: VideoOptions) -> StyleRequest:
    """The style of a job's film: a learned one, or pictures, by which key frames are painted.

    Its preview has one key frame at most.
    """
    count = int(job.order["asked"].get("keyframes") or 0)
    keyframes = ("1" if job.order.get("preview") else str(count)) if count else ""
    if pictures := tuple(map(str, style_files(folder, int(job.order.get("styles", 0))))):
        if keyframes:
            return StyleRequest(
                replace(options, method="paint"), styles=pictures, keyframes=keyframes
            )
        return StyleRequest(options, str(job.order.get("model", "")), pictures)
    style = str(job.order.get("style", ""))
    if not style:
        raise ImpastoError("choose a style for the film")
    return StyleRequest(options, style, keyframes=keyframes)
