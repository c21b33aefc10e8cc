"""Masks: pictures whose brightness says where a style goes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from impasto.errors import PictureError
from impasto.image.light import FloatArray
from impasto.image.picture import Picture
from impasto.pixels.kept_color import LUMA

_WIDEST: Final = 8.0  # deviation in pixels above which a mask is blurred at a smaller size
_LEVEL: Final = 1 / 255  # smaller differences are ignored
_INSIDE: Final = 0.9  # value from which a position is inside a mask


def mask_levels(picture: Picture) -> FloatArray:
    """The mask of a picture, (H, W) from 0 for black to 1 for white.

    It is the luma (Rec. 601). Transparent pixels count as black. If all visible pixels have the
    same color, as in a drawing on an empty layer, the mask is the alpha.
    """
    luma: FloatArray = picture.pixels @ LUMA
    if picture.alpha is None:
        return luma
    visible = luma[picture.alpha > 0]
    if not visible.size or np.ptp(visible) < _LEVEL:
        return picture.alpha
    return luma * picture.alpha


def check_mask(levels: FloatArray, name: str, *, inverted: bool, whole: bool = False) -> None:
    """Raise an error for a mask that selects nothing or, if ``whole`` is given, everything.

    The error names the file and its color before any inversion.
    """
    black, white = ("white", "black") if inverted else ("black", "white")
    given = 1 - levels if inverted else levels
    how = " and is inverted" if inverted else ""
    if given.max() < _LEVEL:
        raise PictureError(f"{name}: the mask is all {black}{how}, so it would have no effect")
    if whole and given.min() > 1 - _LEVEL:
        raise PictureError(f"{name}: the mask is all {white}{how}, so nothing would be painted")


def blurred_mask(levels: FloatArray, deviation: float) -> FloatArray:
    """A mask blurred by a Gaussian with a deviation in pixels; edge values continue beyond it."""
    if not deviation:
        return levels
    import cv2

    height, width = levels.shape
    # Such a smooth mask loses nothing at a smaller size.
    shrink = max(1.0, deviation / _WIDEST)
    size = max(1, round(width / shrink)), max(1, round(height / shrink))
    small = cv2.resize(levels, size, interpolation=cv2.INTER_AREA)
    across, down = deviation * size[0] / width, deviation * size[1] / height
    edge = cv2.BORDER_REPLICATE
    soft = cv2.GaussianBlur(small, (0, 0), sigmaX=across, sigmaY=down, borderType=edge)
    large = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(large.reshape(height, width), 0, 1)


def spread(pixels: FloatArray, levels: FloatArray) -> FloatArray:
    """Fill the outside of a part of a picture with copies of the inside.

    An encoder needs whole pictures. The largest square inside the part is repeated outside,
    mirrored, so that strokes keep their size.

    Args:
        pixels: (H, W, 3).
        levels: (H, W), 1 within the part and 0 outside; not 0 everywhere.
    """
    import cv2

    # Positions beyond the border are outside.
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
    """Indices reflected into a range, so that those inside do not change."""
    steps = (np.arange(length) - start) % (2 * side)
    found: NDArray[np.intp] = start + np.minimum(steps, 2 * side - 1 - steps)
    return found


def is_of_shape(levels: FloatArray, width: int, height: int) -> bool:
    """Whether a mask has the aspect of a picture, within the precision of its pixels."""
    own = float(levels.shape[1] * height / (levels.shape[0] * width))
    finest = min(levels.shape[0], levels.shape[1])
    return bool(abs(own - 1) <= max(0.01, 1 / finest))
