"""Segments as an animated GIF, or as a folder of pictures."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from PIL import Image

from impasto.errors import VideoError
from impasto.files import written_whole
from impasto.film.frames import Bytes, Film, unit
from impasto.film.segments import Segment, pictures_of
from impasto.image import Picture, write_picture

_HUNDREDTH: Final = Fraction(1, 100)  # of a second: what a GIF counts in
_PALETTE_FRAMES: Final = 16  # from which the palette of the whole film is made


def frames_of(output: Path) -> Path:
    """The pattern of the pictures that are written to a folder or pattern."""
    return output if "%" in output.name else output / "frame-%05d.png"


def gif_written(segments: Sequence[Segment], film: Film, output: Path) -> None:
    """Write an animated GIF that loops, with one palette for all, so that colors stay still.

    Memory is that of one frame, however long the film. Viewers show at most 50 frames a second
    of a GIF in time; of more some are left out. VideoError: it cannot be written.
    """
    palette = _palette(segments)
    with (
        written_whole(output, VideoError) as temporary,
        av.open(str(temporary), "w", format="gif", options={"loop": "0"}) as file,
    ):
        stream: Any = file.add_stream("gif", rate=100)
        stream.width, stream.height, stream.pix_fmt = film.width, film.height, "pal8"
        stream.time_base = stream.codec_context.time_base = _HUNDREDTH
        last = -2
        for stamp, pixels in _shown(segments, film.time_base):
            if stamp - last >= 2:
                last = stamp
                frame = _in_palette(pixels, palette)
                frame.pts, frame.time_base = stamp, _HUNDREDTH
                file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def pictures_written(segments: Sequence[Segment], film: Film, output: Path) -> int:
    """Write every frame of lossless segments as a picture; give their number.

    Args:
        segments: In order.
        film: What they are of.
        output: A folder, or a pattern such as ``frames/%04d.png``.

    Raises:
        PictureError: One cannot be written.
        VideoError: The folder cannot be made.
    """
    pattern = frames_of(output)
    form = "rgba" if film.alpha and _is_transparent(segments) else "rgb24"
    try:
        pattern.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VideoError(f"{pattern.parent}: cannot be made ({error.strerror})") from None
    number = 0
    for segment in segments:
        for _, pixels in pictures_of(segment, form):
            number += 1
            values = unit(pixels[: film.height, : film.width])
            alpha = np.ascontiguousarray(values[..., 3]) if form == "rgba" else None
            picture = Picture(np.ascontiguousarray(values[..., :3]), alpha=alpha)
            write_picture(picture, pattern.with_name(pattern.name % number))
    return number


def _is_transparent(segments: Sequence[Segment]) -> bool:
    """Whether any pixel is: formats say only that it may be."""
    pictures = itertools.chain.from_iterable(pictures_of(each, "rgba") for each in segments)
    return any(pixels[..., 3].min() < 255 for _, pixels in pictures)


def _shown(segments: Sequence[Segment], base: Fraction) -> Iterator[tuple[int, Bytes]]:
    """Hundredths of a second at which frames are shown, and their pixels."""
    for segment in segments:
        with av.open(str(segment.path)) as file:
            packets: Any = file.demux(video=0)
            times = [round(each.pts * each.time_base / base) for each in packets if each.size]
        for time, (_, pixels) in zip(times, pictures_of(segment), strict=True):
            yield round((segment.first + time) * base / _HUNDREDTH), pixels


def _palette(segments: Sequence[Segment]) -> Image.Image:
    """The 256 colors that frames from all over the film share."""
    frames = sum(each.frames for each in segments)
    every = max(1, frames // _PALETTE_FRAMES)
    pictures = itertools.chain.from_iterable(map(pictures_of, segments))
    chosen = [pixels for _, pixels in itertools.islice(pictures, 0, None, every)]
    sheet = Image.fromarray(np.concatenate([each[::2, ::2] for each in chosen]))
    return sheet.quantize(256, method=Image.Quantize.MEDIANCUT)


def _in_palette(pixels: Bytes, palette: Image.Image) -> Any:
    indexed = Image.fromarray(pixels).quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    colors = np.zeros((256, 4), np.uint8)
    found = np.asarray(indexed.getpalette("RGB"), np.uint8).reshape(-1, 3)
    colors[: len(found), :3], colors[:, 3] = found, 255
    # FFmpeg's palettes are words of 32 bits, alpha first where they are read from the top.
    argb = np.ascontiguousarray(colors[:, [3, 0, 1, 2]])
    planes: Any = np.asarray(indexed), argb
    return av.VideoFrame.from_ndarray(planes, format="pal8")
