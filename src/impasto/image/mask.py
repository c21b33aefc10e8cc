"""Masks: pictures whose brightness says where a style goes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from impasto.errors import PictureError
from impasto.image.light import FloatArray
from impasto.image.picture import Picture
from impasto.pixels.kept_color import LUMA

_WIDEST: Final = 8.0  # deviation in pixels beyond which a mask is blurred at a smaller size
_LEVEL: Final = 1 / 255  # what differs by less is the same
_INSIDE: Final = 0.9  # level from which a place is within a part


def mask_levels(picture: Picture) -> FloatArray:
    """How much a picture selects each place, (H, W) from 0 for black to 1 for white.

    It is the luma (Rec. 601) of gray and colored pictures. Transparent counts as black. A picture
    whose visible pixels all have one color, as drawn in an empty layer, counts by its alpha alone.
    """
    luma: FloatArray = picture.pixels @ LUMA
    if picture.alpha is None:
        return luma
    visible = luma[picture.alpha > 0]
    if not visible.size or np.ptp(visible) < _LEVEL:
        return picture.alpha
    return luma * picture.alpha


def check_mask(levels: FloatArray, name: str, *, inverted: bool, whole: bool = False) -> None:
    """Refuse a mask that selects nothing, or when ``whole`` is given, everything.

    The error names its file, and the color as it is there, before black and white are exchanged.
    """
    black, white = ("white", "black") if inverted else ("black", "white")
    given = 1 - levels if inverted else levels
    how = " and is inverted" if inverted else ""
    if given.max() < _LEVEL:
        raise PictureError(f"{name}: the mask is all {black}{how}, so it would have no effect")
    if whole and given.min() > 1 - _LEVEL:
        raise PictureError(f"{name}: the mask is all {white}{how}, so nothing would be painted")


def blurred_mask(levels: FloatArray, deviation: float) -> FloatArray:
    """A mask blurred by a Gaussian of a deviation in pixels; its edge values go on beyond it."""
    if not deviation:
        return levels
    import cv2

    height, width = levels.shape
    # So smooth a mask loses nothing at a smaller size.
    shrink = max(1.0, deviation / _WIDEST)
    size = max(1, round(width / shrink)), max(1, round(height / shrink))
    small = cv2.resize(levels, size, interpolation=cv2.INTER_AREA)
    across, down = deviation * size[0] / width, deviation * size[1] / height
    edge = cv2.BORDER_REPLICATE
    soft = cv2.GaussianBlur(small, (0, 0), sigmaX=across, sigmaY=down, borderType=edge)
    large = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(large.reshape(height, width), 0, 1)


def spread(pixels: FloatArray, levels: FloatArray) -> FloatArray:
    """A picture that shows a part of itself everywhere: what is outside is filled from within.

    An encoder sees whole pictures only. The largest square within the part is laid over the
    outside again and again, mirrored, so that strokes keep their size.

    Args:
        pixels: (H, W, 3).
        levels: (H, W), 1 within the part and 0 outside; not 0 everywhere.
    """
    import cv2

    # Beyond the border nothing is within the part.
    inside = np.pad((levels >= min(_INSIDE, float(levels.max()))).astype(np.uint8), 1)
    reach = cv2.distanceTransform(inside, cv2.DIST_C, 3)[1:-1, 1:-1]
    row, column = np.unravel_index(int(reach.argmax()), reach.shape)
    half = int(reach[row, column]) - 1
    rows, columns = (
        _mirrored(length, int(middle) - half, 2 * half + 1)
        for length, middle in zip(levels.shape, (row, column), strict=True)
    )
    outside = pixels[np.ix_(rows, columns)]
    filled: FloatArray = outside + levels[..., None] * (pixels - outside)
    return filled


def _mirrored(length: int, start: int, side: int) -> NDArray[np.intp]:
    """Places within a range, forth and back, so that each of its own stays where it is."""
    steps = (np.arange(length) - start) % (2 * side)
    found: NDArray[np.intp] = start + np.minimum(steps, 2 * side - 1 - steps)
    return found


def is_of_shape(levels: FloatArray, width: int, height: int) -> bool:
    """Whether a mask has the aspect of a picture, as exactly as its own pixels allow."""
    own = float(levels.shape[1] * height / (levels.shape[0] * width))
    finest = min(levels.shape[0], levels.shape[1])
    return bool(abs(own - 1) <= max(0.01, 1 / finest))
