"""Colors and contrasts of the styles, which the painting is held to."""

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
"""Bands of detail whose contrast is held, the finest and those of up to eight pixels."""

_LEAST_VARIANCE: Final = (1e-3, 1e-4)
"""Of colors, and of a band, in sRGB^2: what is nearly flat is not met to the last digit."""


@dataclass(frozen=True)
class Palette:
    """Mean and covariance of colors that a painting is to have, and covariances of its detail.

    Cosines do not know how large features are: left to them, saturation and the contrast of every
    edge run away, in the last pass above all. The authors' program moves the colors of the finished
    picture instead; here small losses hold them while it is painted, so that nothing has been cut
    off by then, and hold the contrast of detail, too.

    Attributes:
        mean: In sRGB, float64.
        covariances: Of the colors, then of each Laplacian band from the finest.
    """

    mean: Float[Tensor, " 3"]
    covariances: Float[Tensor, "kinds 3 3"]

    def losses(
        self,
        image: Float[Tensor, "1 3 height width"],
        where: Float[Tensor, "1 1 height width"] | None = None,
    ) -> dict[str, Float[Tensor, ""]]:
        """How far the colors of an image are from the palette, and how far out of [0, 1].

        ``palette`` is relative: the square of the difference of means by the palette's variance,
        and the mean over the covariances of their squared differences by their squares.
        ``range`` is the mean square by which values are outside, by the palette's variance.

        Args:
            image: Not clamped.
            where: The pixels that are painted; all when None.
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
) -> Palette:
    """The palette of all pixels of several styles, each style counting by its weight."""
    shares = torch.tensor(tuple(weights) or (1.0,) * len(styles), dtype=torch.float64)
    shares = (shares / shares.sum()).to(styles[0].device)
    each = [_statistics(style, None) for style in styles]
    count = min(len(covariances) for _, covariances in each)
    mean = shares @ torch.stack([mean for mean, _ in each])
    covariances = torch.stack([covariances[:count] for _, covariances in each])
    mixed = torch.einsum("s,skij->kij", shares, covariances)
    # What the styles' means differ by is variance of the whole.
    apart = torch.stack([mean for mean, _ in each]) - mean
    mixed[0] += (apart.mT * shares) @ apart
    return Palette(mean, mixed)


def _statistics(image: Tensor, where: Tensor | None) -> tuple[Tensor, Tensor]:
    """Mean of the colors, and covariances of the colors and of the bands but the coarsest."""
    mean, covariance = color_statistics(image, where)
    covariances = [covariance]
    for band in laplacian_bands(image)[:-1][:_BANDS]:
        seen = None if where is None else averaged(where, size_of(band))
        covariances.append(color_statistics(band, seen)[1])
    return mean, torch.stack(covariances)
