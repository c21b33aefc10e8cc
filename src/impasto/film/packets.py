"""Film files opened with PyAV, their packets and decoded frames, within limits of memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import av
import av.error

from impasto.device import check_memory, free_memory
from impasto.errors import MemoryEstimateError, VideoError
from impasto.image.formats import MAX_PIXELS

_HELD: Final = 6
"""Frames that a decoder and what follows it hold at the size of the film: 5.2 of H.264 were
measured at 8192 x 8192."""

_ADVICE: Final = "make a smaller copy of the film"
_LEAST: Final = 1.5  # bytes of a pixel in the leanest format of films (yuv420p)
FAILURES: Final = 100  # errors without a packet between them after which a file is at its end
_COVER: Final = 0x400  # FFmpeg's mark of the picture on an album's sleeve

_PICTURES: Final = ("mjpeg", "png", "bmp", "tiff", "webp", "gif")
"""Codecs of covers and of some films: where there is another stream, that is the film."""

_WITH_ALPHA: Final = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders of transparency, which FFmpeg's own leave out."""


def most_pixels() -> int:
    """Pixels of the largest frame that is decoded, whatever a file says."""
    return min(MAX_PIXELS, int(free_memory() / (_HELD * _LEAST)))


def check_size(path: Path, width: int, height: int, bits: float = 8 * _LEAST) -> None:
    """Refuse a film whose frames, with ``bits`` a pixel, do not fit.

    Raises:
        MemoryEstimateError: They do not; the message says how much they need.
    """
    pixels, most = width * height, most_pixels()
    if not 0 < pixels <= most:
        size = f"{width} x {height} is more" if pixels else "its frames are more"
        raise MemoryEstimateError(
            f"{path}: {size} than the {most / 1e6:,.0f} megapixels that can be decoded here: "
            f"{_ADVICE}"
        )
    needed = int(_HELD * pixels * max(bits / 8, _LEAST))
    check_memory(needed, f"{path}: to decode frames of {width} x {height}", _ADVICE)


def opened(path: Path) -> Any:
    """Open a file with PyAV.

    Raises:
        VideoError: It is no film, or cannot be read.
    """
    try:
        if path.exists() and not path.is_file():
            raise VideoError(f"{path}: not a file: films are read more than once")
        if path.stat().st_size == 0:
            raise VideoError(f"{path}: is empty")
        # A playlist may name addresses, and files that are none of its own.
        limits = {"max_pixels": str(most_pixels()), "protocol_whitelist": "file"}
        return av.open(str(path), metadata_errors="replace", options=limits)
    except FileNotFoundError:
        raise VideoError(f"{path}: no such file") from None
    except av.error.InvalidDataError:
        raise VideoError(f"{path}: not a film, or damaged or truncated") from None
    except (OSError, ValueError, av.error.FFmpegError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise VideoError(f"{path}: cannot be read ({reason})") from None


def video_of(file: Any, path: Path) -> Any:
    """The stream that is the film, and not its cover.

    Raises:
        VideoError: There is none that can be decoded.
    """
    moving = [each for each in file.streams.video if not int(each.disposition) & _COVER]
    if not moving:
        kinds = ", ".join(sorted({each.type or "data" for each in file.streams})) or "nothing"
        raise VideoError(f"{path}: holds no video, only {kinds}")
    best = file.streams.best("video")
    stream = min(moving, key=lambda each: (each.frames == 1, _is_still(each), each is not best))
    if stream.codec_context is None:
        raise VideoError(f"{path}: its video codec is not supported here")
    return stream


def _is_still(stream: Any) -> bool:
    """Whether a stream is of pictures, as covers without a mark are."""
    return stream.codec_context is not None and stream.codec_context.name in _PICTURES


def packets_in(
    file: Any, streams: Sequence[Any], trouble: Callable[[], None] = lambda: None
) -> Iterator[Any]:
    """The packets of streams; ``trouble`` is called for each that cannot be read."""
    failures = 0
    while failures < FAILURES:
        try:
            for packet in file.demux(streams):
                failures = 0
                if packet.size:  # those at the end are empty
                    yield packet
            return
        except IndexError:  # PyAV's at the end, where another stream has come up on the way
            return
        except MemoryError:
            raise MemoryEstimateError("there is not enough memory to read the film") from None
        except av.error.FFmpegError:
            failures += 1
            trouble()


def frames_in(stream: Any, packets: Iterator[Any], trouble: Callable[[], None]) -> Iterator[Any]:
    """The frames of a stream's packets; ``trouble`` is called for what cannot be decoded.

    Raises:
        MemoryEstimateError: There is not enough memory for a frame.
    """
    decoder = _decoder(stream)
    for packet in packets:
        yield from _decoded(decoder, packet, trouble)
    with suppress(EOFError):
        yield from _decoded(decoder, None, trouble)


def _decoded(decoder: Any, packet: Any, trouble: Callable[[], None]) -> list[Any]:
    try:
        return list(decoder.decode(packet))
    except MemoryError:
        raise MemoryEstimateError("there is not enough memory to decode a frame") from None
    except EOFError:
        return []
    except (ValueError, av.error.FFmpegError):
        trouble()
        return []


def _decoder(stream: Any) -> Any:
    # In threads of frames an error comes late, and the last frames of a film may go with it.
    stream.thread_type = "SLICE"
    context = stream.codec_context
    context.options = {"max_pixels": str(most_pixels())}
    name = _WITH_ALPHA.get(context.name)
    texts = {key.lower(): text for key, text in stream.metadata.items()}
    if name is None or texts.get("alpha_mode") != "1":
        return context
    try:
        decoder = av.CodecContext.create(name, "r")
    except ValueError:  # this build of FFmpeg lacks it
        return context
    decoder.extradata, decoder.options = context.extradata, context.options
    return decoder
