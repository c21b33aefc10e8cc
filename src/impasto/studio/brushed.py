"""What was brushed over a photograph becomes masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impasto.image import Picture

FloatArray = NDArray[np.float32]

KEEP_COLOR: Final = "#ffffff"
"""Brush for what stays photographic."""

STYLE_COLORS: Final = ("#e4572e", "#2e86ab", "#f3a712", "#7a9e57")
"""Brushes for the styles, in their order: apart for every kind of color vision."""

_LEAST: Final = 0.002
"""Share of the photograph below which a touch of the brush is taken for a slip."""


def masks_of(brushed: NDArray[np.uint8], styles: int) -> tuple[list[Picture], Picture | None]:
    """Masks by the colors of the brush.

    Where nothing was brushed all styles go, by their weights.

    Args:
        brushed: (H, W, 4), the strokes of the brush over nothing.
        styles: How many there are.

    Returns:
        A mask for each style, or none where no style was brushed; and what stays photographic,
        None where nothing does.
    """
    alpha = brushed[..., 3].astype(np.float32) / 255
    names = [*STYLE_COLORS[:styles], KEEP_COLOR]
    palette = np.array([_rgb(name) for name in names], np.float32)
    distance = ((brushed[..., None, :3].astype(np.float32) - palette) ** 2).sum(-1)
    nearest = distance.argmin(-1)
    parts = [np.where(nearest == number, alpha, 0) for number in range(len(names))]
    keep = _picture(parts[-1]) if parts[-1].mean() > _LEAST else None
    if styles < 2 or all(part.mean() <= _LEAST for part in parts[:-1]):
        return [], keep
    rest = 1 - np.clip(np.sum(parts[:-1], axis=0), 0, 1)
    return [_picture(part + rest) for part in parts[:-1]], keep


def laid(layers: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8] | None:
    """Layers of an editor, each (H, W, 4), laid over one another; None where there are none."""
    found: NDArray[np.uint8] | None = None
    for layer in layers:
        if layer.ndim != 3 or layer.shape[2] != 4:
            continue
        if found is None:
            found = layer.copy()
        elif found.shape == layer.shape:
            above = layer[..., 3] > found[..., 3] // 2
            found[above] = layer[above]
    return found


def _picture(levels: NDArray[np.floating]) -> Picture:
    plane = np.clip(levels, 0, 1).astype(np.float32)
    return Picture(np.repeat(plane[..., None], 3, axis=2))


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
