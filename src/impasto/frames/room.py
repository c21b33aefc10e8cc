"""Whether the frames of a film fit into memory, asked before the first one is decoded."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from impasto.errors import MemoryEstimateError
from impasto.image.formats import MAX_PIXELS
from impasto.memory import check_memory, free_memory

_HELD: Final = 6
"""Frames that a decoder and what follows it hold at the size of the film: 5.2 of H.264 were
measured at 8192 x 8192."""

_ADVICE: Final = "make a smaller copy of the film"

_LEAST: Final = 1.5
"""Bytes of a pixel in the leanest format of films (yuv420p)."""


def most_pixels() -> int:
    """Pixels of the largest frame that is decoded, whatever a file says on its way."""
    return min(MAX_PIXELS, int(free_memory() / (_HELD * _LEAST)))


def check_size(path: Path, width: int, height: int, bits: float = 8 * _LEAST) -> None:
    """Refuse a film whose frames do not fit.

    Args:
        path: The film.
        width: Of its frames, as the file says.
        height: Likewise.
        bits: Of a pixel.

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
