"""A film of a run as MP4, at full size and in all colors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from impasto.errors import OptionError
from impasto.files import written_whole
from impasto.track.frames import HOLD_SECONDS, film_seconds, same_size, spread

if TYPE_CHECKING:
    from av import VideoFrame
    from PIL.Image import Image

MOST_FRAMES: Final = 300
"""Thirty frames a second for the longest film whose pace is not given."""

CODECS: Final = {
    "libx264": {"crf": "16", "preset": "slow"},
    "mpeg4": {"qmin": "2", "qmax": "4"},
}
"""Encoders by preference, with options at which the eye sees no loss."""

BT709: Final = 1
"""Of primaries, transfer and matrix alike; ITU-T H.273, tables 2 to 4."""

LIMITED_RANGE: Final = 1


def write_mp4(frames: Sequence[Path], path: Path, *, fps: float | None = None) -> None:
    """Write an MP4 whose last frame stays two seconds longer than the others.

    H.264, or MPEG-4 part 2 where PyAV was built without x264; 4:2:0 in BT.709, an odd side
    padded by repeating its edge; the index comes first, so that a browser plays it at once.

    Args:
        frames: Snapshots in order; they may differ in size, the film has that of the last.
        path: The film, in a folder that exists.
        fps: Frames per second. When not given, such that the film lasts 4 to 10 seconds without
            the hold; of more than 300 frames some are then left out evenly.

    Raises:
        RunError: There are no frames.
        PictureError: A frame cannot be read.
        OptionError: ``fps`` is not positive.
    """
    if fps is not None and fps <= 0:
        raise OptionError("fps", "a positive number", fps)
    chosen = spread(frames, MOST_FRAMES if fps is None else max(len(frames), 1), path)
    rate = Fraction(fps or len(chosen) / film_seconds(len(chosen))).limit_denominator(1000)
    with written_whole(path) as temporary:
        _encode(_held(same_size(chosen), rate), temporary, rate)


def _held(pictures: Iterator[Image], rate: Fraction) -> Iterator[Image]:
    picture = next(pictures)
    for following in pictures:
        yield picture
        picture = following
    yield from repeat(picture, 1 + round(HOLD_SECONDS * rate))


def _encode(pictures: Iterator[Image], path: Path, rate: Fraction) -> None:
    import av

    first = next(pictures)
    codec = _codec()
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream: Any = container.add_stream(codec, rate=rate, options=CODECS[codec])
        stream.width, stream.height = (side + side % 2 for side in first.size)
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED_RANGE
        for number, picture in enumerate(chain([first], pictures)):
            frame = _yuv_frame(picture)
            frame.pts, frame.time_base = number, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _yuv_frame(picture: Image) -> VideoFrame:
    import av
    import numpy as np

    width, height = picture.size
    pixels = np.pad(np.asarray(picture), ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    rgb = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    return rgb.reformat(
        format="yuv420p", dst_colorspace=BT709, dst_color_range="MPEG", interpolation="LANCZOS"
    )


def _codec() -> str:
    import av

    return next(name for name in CODECS if name in av.codecs_available)
