"""Give one picture the palette of another: arrays (H, W, 3), changed in place, a band at a time.

With numpy only, because trained networks run without torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_ROWS: Final = 256


def bands(height: int, rows: int = _ROWS) -> Iterator[slice]:
    """Slices of equally many rows, from the top; the last may be shorter."""
    return (slice(top, min(top + rows, height)) for top in range(0, height, rows))


Matrix = NDArray[np.float64]

MAX_GAIN: Final = 8.0
"""The most that a color direction is stretched. A gray photograph has only JPEG noise in two
directions; without a bound the noise would be stretched to the width of the palette."""

_FLOOR: Final = 1e-9
"""Least variance of a color direction, in sRGB^2: makes a singular covariance invertible."""


def optimal_transport_map(source: Matrix, target: Matrix) -> Matrix:
    """The linear map T that takes covariance ``source`` to ``target`` and changes colors least.

    T = S^-1/2 (S^1/2 R S^1/2)^1/2 S^-1/2, the Monge-Kantorovitch solution of Pitie and Kokaram
    2007, "The linear Monge-Kantorovitch linear colour mapping", equation 15. It is symmetric, so
    it turns no hue into its opposite, as a map by Cholesky factors may. Unlike theirs it stretches
    no direction more than ``MAX_GAIN`` times.

    Args:
        source: (3, 3), symmetric; it may be singular.
        target: In the same form.
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


FloatArray = NDArray[np.float32]

_SAMPLE: Final = 1 << 16
"""Approximate number of pixels that are sorted for the histograms of a picture."""

_STEEPEST: Final = 4.0
"""The steepest slope of the curves between histograms, so that a smooth sky gets no steps."""

_LEVELS: Final = np.linspace(0, 1, 257)
"""Shares of the pixels at which histograms are compared."""


def color_moments(pixels: FloatArray, weights: FloatArray | None = None) -> tuple[Matrix, Matrix]:
    """Mean and covariance of the colors of a picture.

    Args:
        pixels: (H, W, 3).
        weights: (H, W), how much each pixel counts; all equally if None, or if all are 0.
    """
    if weights is None or not weights.any():
        weights = np.broadcast_to(np.float32(1), pixels.shape[:2])
    total = float(weights.sum(dtype=np.float64))
    mean = np.zeros(3)
    for rows in bands(len(pixels)):
        mean += np.einsum("hwc,hw->c", pixels[rows], weights[rows], dtype=np.float64) / total
    covariance = np.zeros((3, 3))
    for rows in bands(len(pixels)):
        centered = (pixels[rows] - mean).reshape(-1, 3)
        covariance += (centered * weights[rows].reshape(-1, 1)).T @ centered / total
    return mean, covariance


def covariance_matched(
    pixels: FloatArray,
    model: FloatArray,
    strength: float = 1.0,
    weights: FloatArray | None = None,
    model_weights: FloatArray | None = None,
) -> None:
    """Give a picture the mean and covariance of another's colors, in place.

    Gatys et al. 2016, "Preserving color in neural artistic style transfer", section 3.1, with the
    map of :func:`~impasto.pixels.palette.optimal_transport_map`: the one that changes colors least,
    with bounded stretching. Colors outside [0, 1] are clipped.

    Args:
        pixels: (H, W, 3), sRGB in [0, 1].
        model: The picture whose colors are used, of any size.
        strength: How far to go, from 0 to 1.
        weights: (H, W), which of ``pixels`` its colors are measured on; all when None.
        model_weights: Those of ``model``.
    """
    moments_matched(pixels, color_moments(model, model_weights), strength, weights)


def moments_matched(
    pixels: FloatArray,
    target: tuple[Matrix, Matrix],
    strength: float = 1.0,
    weights: FloatArray | None = None,
    own: tuple[Matrix, Matrix] | None = None,
) -> None:
    """Like :func:`covariance_matched`, for a known mean and covariance.

    ``own`` may give those of the picture itself.
    """
    line = _line(own or color_moments(pixels, weights), target)
    for rows in bands(len(pixels)):
        moved = np.clip(line(pixels[rows]), 0, 1)
        pixels[rows] += strength * (moved - pixels[rows])


def histogram_matched(
    pixels: FloatArray,
    model: FloatArray,
    strength: float = 1.0,
    weights: FloatArray | None = None,
    model_weights: FloatArray | None = None,
) -> None:
    """Give a picture the histograms of another's colors, in place.

    Colors are first mapped as by :func:`covariance_matched`. Then, along each principal direction
    of the model's colors, an increasing curve matches the histogram to the model's (the first
    iteration of Pitie et al. 2007, "Automated colour grading using colour distribution transfer";
    further ones match more closely but amplify grain). No curve is steeper than ``_STEEPEST``.

    Args:
        pixels: (H, W, 3), sRGB in [0, 1].
        model: The picture whose colors are used, of any size.
        strength: How far to go, from 0 to 1.
        weights: (H, W), which of ``pixels`` its colors are measured on; all when None.
        model_weights: Those of ``model``.
    """
    target = color_moments(model, model_weights)
    line = _line(color_moments(pixels, weights), target)
    axes = np.linalg.eigh(target[1])[1]
    ours = line(_sampled(pixels, weights)) @ axes
    theirs = _sampled(model, model_weights) @ axes
    curves = [_curve(ours[:, axis], theirs[:, axis]) for axis in range(3)]
    for rows in bands(len(pixels)):
        places = line(pixels[rows]) @ axes
        for axis, curve in enumerate(curves):
            places[..., axis] = curve(places[..., axis])
        moved = np.clip(places @ axes.T, 0, 1)
        pixels[rows] += strength * (moved - pixels[rows])


@dataclass(frozen=True, eq=False)
class _Line:
    """A linear map of colors from one mean to another."""

    matrix: Matrix
    start: Matrix
    end: Matrix

    def __call__(self, colors: FloatArray) -> Matrix:
        moved: Matrix = (colors - self.start) @ self.matrix.T + self.end
        return moved


@dataclass(frozen=True, eq=False)
class _Curve:
    """An increasing curve through points, of slope 1 beyond the first and the last."""

    points: Matrix
    values: Matrix

    def __call__(self, places: Matrix) -> Matrix:
        beyond = places - np.clip(places, self.points[0], self.points[-1])
        found: Matrix = np.interp(places, self.points, self.values) + beyond
        return found


def _line(source: tuple[Matrix, Matrix], target: tuple[Matrix, Matrix]) -> _Line:
    return _Line(optimal_transport_map(source[1], target[1]), source[0], target[0])


def _curve(ours: Matrix, theirs: Matrix) -> _Curve:
    """The curve that gives one set of values the histogram of another."""
    # If the linear map was limited, the curve must not compensate for it.
    steepest = _STEEPEST if ours.std() > 0.9 * theirs.std() else 1.0
    own, wanted = (np.quantile(each, _LEVELS) for each in (ours, theirs))
    points, places = np.unique(own, return_inverse=True)
    # A value that many pixels share maps to the middle of its range.
    values = np.bincount(places, wanted) / np.bincount(places)
    rises = np.minimum(np.diff(values), steepest * np.diff(points))
    bounded = np.concatenate([[0.0], np.cumsum(rises)])
    middle = len(points) // 2
    return _Curve(points, bounded - bounded[middle] + values[middle])


def _sampled(pixels: FloatArray, weights: FloatArray | None) -> FloatArray:
    """A sample of the pixels that count, evenly from the whole picture; (N, 3)."""
    step = max(1, int((pixels.shape[0] * pixels.shape[1] / _SAMPLE) ** 0.5))
    colors = pixels[::step, ::step].reshape(-1, 3)
    if weights is None:
        return colors
    counted = weights[::step, ::step].reshape(-1) > weights.max(initial=0) / 2
    return colors[counted] if counted.any() else colors
