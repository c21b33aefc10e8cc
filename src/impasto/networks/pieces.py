"""Tiles of pictures, and their pixels for a network, reflected at the edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

LEAST_SIDE = 32
"""Reflection padding inside a network needs a few pixels at its coarsest scale."""

RAMP: Final = 32  # pixels over which one tile fades into the next


@dataclass(frozen=True, eq=False)
class Span:
    """The position of a tile along one axis, and its weights in the result."""

    start: int
    stop: int
    shares: FloatArray


def rounded_up(length: int, multiple: int) -> int:
    """A length rounded up to a multiple."""
    return -(-length // multiple) * multiple


def crop(pixels: FloatArray, rows: slice, columns: slice) -> FloatArray:
    """A piece of a picture (H, W, 3) as contiguous planes (1, 3, rows, columns).

    Beyond the lower and right edges the picture is reflected, like the networks' own padding, so
    that there is no new edge.
    """
    height, width = pixels.shape[:2]
    if rows.stop <= height and columns.stop <= width:
        piece = pixels[rows, columns]
    else:
        down, right = reflected(rows, height), reflected(columns, width)
        piece = pixels[down[:, None], right]
    return np.ascontiguousarray(piece.transpose(2, 0, 1))[None]


def padded(pixels: FloatArray, multiple: int) -> FloatArray:
    """A whole picture as planes, with sides that the network supports."""
    height, width = (side_padded(side, multiple) for side in pixels.shape[:2])
    return crop(pixels, slice(0, height), slice(0, width))


def side_padded(length: int, multiple: int) -> int:
    """The length of a side that a network supports."""
    return rounded_up(max(length, LEAST_SIDE), multiple)


def reflected(places: slice, length: int) -> NDArray[np.intp]:
    """Indices reflected at both ends of an axis, as often as needed."""
    period = max(1, 2 * (length - 1))
    folded = np.arange(places.start, places.stop) % period
    return np.minimum(folded, period - folded) if length > 1 else np.zeros_like(folded)


def spans(length: int, tile: int, reach: int, multiple: int) -> list[Span]:
    """Divide an axis into overlapping tiles of about equal length, at most ``tile``.

    At the cut ends of a tile ``reach`` pixels are unusable. Tiles start at a multiple and have a
    multiple as length; the last may extend beyond the end. Weights sum to 1 at every pixel.
    """
    length = side_padded(length, multiple)
    if length <= tile:
        return [Span(0, length, np.ones(length, np.float32))]
    overlap = overlap_of(reach, multiple)
    count = -(-(length - overlap) // (tile - overlap))
    stride = rounded_up(-(-(length - overlap) // count), multiple)
    starts = range(0, length - overlap, stride)
    return [
        _span(start, min(start + stride + overlap, length), starts, overlap) for start in starts
    ]


def overlap_of(reach: int, multiple: int) -> int:
    """Pixels that neighboring tiles share."""
    return 2 * rounded_up(reach, multiple) + rounded_up(RAMP, multiple)


def _span(start: int, stop: int, starts: range, overlap: int) -> Span:
    places = np.arange(start, stop) + 0.5
    # Differences, so that the weights sum to 1 even where three tiles meet.
    shares: NDArray[np.floating] = np.ones(stop - start)
    if start != starts[0]:
        shares = _risen(places - (start + overlap / 2))
    if start != starts[-1]:
        shares = shares - _risen(places - (start + starts.step + overlap / 2))
    return Span(start, stop, shares.astype(np.float32))


def _risen(distances: NDArray[np.floating]) -> NDArray[np.floating]:
    """From 0 to 1 across the ramp, flat at both ends so that no line is visible."""
    part: NDArray[np.floating] = np.clip(distances / RAMP + 0.5, 0, 1)
    risen: NDArray[np.floating] = part * part * (3 - 2 * part)
    return risen
