"""The least movement that takes one set of colors to another, in numpy alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

MAX_GAIN: Final = 8.0
"""How many times a color direction is stretched at most. A gray photograph has no colors but its
JPEG's noise in two directions; without a bound that would become the palette's width."""

_FLOOR: Final = 1e-9
"""Least variance of a color direction, in sRGB^2: makes a singular covariance invertible."""


def optimal_transport_map(source: Matrix, target: Matrix) -> Matrix:
    """The linear map T that takes covariance ``source`` to ``target`` moving colors least.

    T = S^-1/2 (S^1/2 R S^1/2)^1/2 S^-1/2, the Monge-Kantorovitch solution of Pitie and Kokaram
    2007, "The linear Monge-Kantorovitch linear colour mapping", equation 15. It is symmetric, so
    it turns no hue into its opposite, as a map by Cholesky factors may. Unlike theirs it stretches
    no direction more than ``MAX_GAIN`` times.

    Args:
        source: (3, 3), symmetric; it may be singular.
        target: Likewise.
    """
    root = _spectral(source, lambda values: np.sqrt(np.maximum(values, _FLOOR)))
    inverse = np.linalg.inv(root)
    middle = _spectral(root @ target @ root, lambda values: np.sqrt(np.maximum(values, 0)))
    return _spectral(inverse @ middle @ inverse, lambda values: np.clip(values, 0, MAX_GAIN))


def _spectral(matrix: Matrix, function: Callable[[Matrix], Any]) -> Matrix:
    """Apply a function to the eigenvalues of a symmetric matrix."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    changed: Matrix = (vectors * function(values)) @ vectors.T
    return changed
