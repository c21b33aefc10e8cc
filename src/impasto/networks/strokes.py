"""Strokes of constant relative size in pictures of any size."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from impasto.image import resampled
from impasto.networks.large import check_room, stylized
from impasto.networks.network import Network
from impasto.networks.pieces import FloatArray
from impasto.options.apply import ApplyOptions

_ABOUT: Final = 1.5
"""Factor within which a picture counts as having the best size."""
_STEP: Final = 3.0
"""Largest factor by which a result is enlarged before it is stylized again."""


def grown(
    network: Network,
    content: FloatArray,
    weights: FloatArray,
    options: ApplyOptions,
    statistics: FloatArray | None,
) -> tuple[FloatArray, FloatArray]:
    """Stylize a picture at a small size, enlarge the result and stylize again, up to full size.

    A network's strokes have a fixed size in pixels. A picture of about the best size is stylized
    once. A smaller one is enlarged to that size, and its result is reduced.

    Args:
        network: The network.
        content: (H, W, 3), sRGB in [0, 1].
        weights: The weights of the styles.
        options: ``style_scale`` and ``tile``; others are not used.
        statistics: For the last pass, as :func:`~impasto.networks.large.stylized` takes them.

    Returns:
        Pixels, and the statistics of the last pass.
    """
    height, width = content.shape[:2]
    longer = max(height, width)
    first = (network.card.working or longer) / options.style_scale
    if 1 / _ABOUT < longer / first < _ABOUT:
        return stylized(network, content, weights, options.tile, statistics)
    sides, pixels, own = [first], content, np.empty((0, 2), np.float32)
    if first < longer:
        steps = math.ceil(math.log(longer / first, _STEP))
        sides = [*np.geomspace(first, longer, steps + 1)]
    for side in sides:
        size = [max(1, round(each * side / longer)) for each in (width, height)]
        check_room(network, (size[1], size[0]), options.tile)
        given = statistics if side == sides[-1] else None
        pixels, own = stylized(network, resampled(pixels, *size), weights, options.tile, given)
    return (pixels if first < longer else resampled(pixels, width, height)), own
