"""The statistics of a picture that is too large to go through a network at once.

Instance normalization divides each channel by what it is over the whole picture. Tiles that took
their own would differ in tone, so all are given the same: an estimate of the whole picture's, from
thumbnails.

A thumbnail is sharper than its picture, so filters respond to it more strongly and the result
would come out pale. The logarithm of a response changes nearly evenly with that of the scale, so a
second thumbnail of half the side tells how fast, and going on in that direction (Richardson's
extrapolation), by half of the way to be safe, comes closer to the picture's own scale. Mean
difference to the untiled result over 12 photographs, with random weights, for pictures of 1.4, 2
and 3.5 times the tile's side: 0.008, 0.016, 0.028; without extrapolation 0.012, 0.021, 0.036.

What does not work: statistics of tiles pooled, as each tile was normalized by its own in the layers
before; and measuring tiles under an estimate to improve it, as errors grow from layer to layer.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impasto.runtime.crops import padded
from impasto.runtime.network import Network
from impasto.runtime.scale import resampled

FloatArray = NDArray[np.float32]

STEP: Final = 0.5
"""Part of the way to the picture's own scale that is gone; the whole way overshoots where fine
detail is missing. Of 0, 0.35, 0.5, 0.7 and 1 the best in the measurement above."""


def whole_statistics(
    network: Network, pixels: FloatArray, weights: FloatArray, tile: int
) -> FloatArray:
    """Estimate the statistics a network would find in a whole picture.

    Args:
        network: One that gives statistics.
        pixels: (H, W, 3).
        weights: (slots,), the share of each style.
        tile: No more than this squared pixels go through the network at once.

    Returns:
        (channels, 2): mean and 1/standard deviation.
    """
    side = math.sqrt(pixels.shape[0] * pixels.shape[1])
    if side <= tile:
        return _of(network, pixels, weights)
    near = _of(network, _shrunk(pixels, tile / side), weights)
    far = _of(network, _shrunk(pixels, tile / side / 2), weights)
    return extrapolated(near, far, STEP * math.log2(side / tile))


def extrapolated(near: FloatArray, far: FloatArray, halvings: float) -> FloatArray:
    """Statistics at a larger scale than those of two thumbnails.

    Args:
        near: (channels, 2) of the larger thumbnail.
        far: Of one with half its sides.
        halvings: How often the sides at that scale are halved to get the larger thumbnail's.
    """
    means = near[:, 0] + halvings * (near[:, 0] - far[:, 0])
    inverses = near[:, 1] * (near[:, 1] / far[:, 1]) ** np.float32(halvings)
    return np.stack([means, inverses], axis=1).astype(np.float32)


def _of(network: Network, pixels: FloatArray, weights: FloatArray) -> FloatArray:
    planes = padded(pixels, network.card.multiple)
    alone = network.card.method == "adain"
    own: FloatArray = (network.statistics(planes) if alone else network(planes, weights)[1])[0]
    return own


def _shrunk(pixels: FloatArray, scale: float) -> FloatArray:
    height, width = (max(1, int(side * scale)) for side in pixels.shape[:2])
    return resampled(pixels, width, height)
