"""The colors and contrasts of the styles, and a loss that keeps the painting near them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.nn.color import color_statistics
from impasto.nn.resize import averaged, laplacian_bands, size_of

_BANDS: Final = 4
"""Number of bands of detail whose contrast is kept, the finest and those of up to eight pixels."""

_LEAST_VARIANCE: Final = (1e-3, 1e-4)
"""Smallest variance of colors and of a band, in sRGB^2, so that nearly flat ones need not match
exactly."""


@dataclass(frozen=True)
class Palette:
    """Mean and covariance of the colors that a painting should have, and covariances of its detail.

    Cosines ignore the magnitude of features: with them alone, saturation and contrast grow without
    limit, above all in the last pass. The authors' program corrects the colors of the finished
    picture; here small losses control colors and contrast during painting, so that no values are
    clipped.

    Attributes:
        mean: In sRGB, float64.
        covariances: Covariances of the colors, then of each Laplacian band from the finest.
    """

    mean: Float[Tensor, " 3"]
    covariances: Float[Tensor, "kinds 3 3"]

    def losses(
        self,
        image: Float[Tensor, "1 3 height width"],
        where: Float[Tensor, "1 1 height width"] | None = None,
    ) -> dict[str, Float[Tensor, ""]]:
        """The distance of an image's colors from the palette, and of its values from [0, 1].

        ``palette`` is relative: the squared difference of means over the palette's variance, plus
        the mean over the covariances of their squared difference over their square. ``range`` is
        the mean squared excess over [0, 1], over the palette's variance.

        Args:
            image: Not clamped.
            where: The pixels that are painted; by default all.
        """
        mean, covariances = _statistics(image, where)
        count = min(len(covariances), len(self.covariances))
        own, wanted = covariances[:count], self.covariances[:count]
        floor = wanted.new_tensor([_LEAST_VARIANCE[0], *[_LEAST_VARIANCE[1]] * (count - 1)])
        energy = torch.maximum(wanted.square().sum((1, 2)), floor**2)
        variance = wanted[0].trace().clamp_min(_LEAST_VARIANCE[0])
        palette = (mean - self.mean).square().sum() / variance
        palette = palette + ((own - wanted).square().sum((1, 2)) / energy).mean()
        outside = (image - image.clamp(0, 1)).square().mean() * 3 / variance
        return {"palette": palette.to(image.dtype), "range": outside.to(image.dtype)}


def mixed_palette(
    styles: Sequence[Float[Tensor, "1 3 _height _width"]],
    weights: Sequence[float] = (),
    parts: Sequence[Float[Tensor, "1 1 _height _width"] | None] = (),
) -> Palette:
    """The palette of all pixels of several styles, weighted by style.

    Args:
        styles: Their images.
        weights: One for each; empty if all are equal.
        parts: The part of each image to use; empty for all of it.
    """
    shares = torch.tensor(tuple(weights) or (1.0,) * len(styles), dtype=torch.float64)
    shares = (shares / shares.sum()).to(styles[0].device)
    places = parts or (None,) * len(styles)
    each = [_statistics(style, part) for style, part in zip(styles, places, strict=True)]
    count = min(len(covariances) for _, covariances in each)
    mean = shares @ torch.stack([mean for mean, _ in each])
    covariances = torch.stack([covariances[:count] for _, covariances in each])
    mixed = torch.einsum("s,skij->kij", shares, covariances)
    # The differences between the styles' means add to the variance of the whole.
    apart = torch.stack([mean for mean, _ in each]) - mean
    mixed[0] += (apart.mT * shares) @ apart
    return Palette(mean, mixed)


def _statistics(image: Tensor, where: Tensor | None) -> tuple[Tensor, Tensor]:
    """Mean of the colors, and covariances of the colors and of all bands except the coarsest."""
    mean, covariance = color_statistics(image, where)
    covariances = [covariance]
    for band in laplacian_bands(image)[:-1][:_BANDS]:
        weights = None if where is None else averaged(where, size_of(band))
        covariances.append(color_statistics(band, weights)[1])
    return mean, torch.stack(covariances)
