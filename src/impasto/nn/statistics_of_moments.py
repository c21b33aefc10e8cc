"""Style statistics of first and second moments: Gram matrix, mean and variance, Gaussian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.nn.gaussians import Gaussian, gaussian, gaussian_distance, mean_and_covariance
from impasto.nn.losses import LossForm, relative_squares
from impasto.nn.moments import channel_sums, second_moments
from impasto.nn.positions import total_weight
from impasto.nn.style import VARIANCE_FLOOR, gram_sum

_TINY: Final = 1e-12
"""Below any sum of weights: a guide that is 0 everywhere gives no NaN."""

AS_GRAM: Final = 4.0
"""Makes a loss that is quadratic in the features weigh what that of the Gram matrix does, which is
of fourth order: features too large by a small share d cost the one d^2 and the other (2 d)^2."""

_WASSERSTEIN_AS_GRAM: Final = AS_GRAM / 2
"""Half of that, as this loss also sees the many directions in which a style varies little. With it
two paintings came as near to the style in Gram matrices as by those themselves."""


@dataclass(frozen=True)
class Gram:
    """Correlations of channels: Gatys et al. 2016, equations 3 and 4.

    With a guide, the guided Gram matrices of Gatys et al. 2017 ("Controlling perceptual factors
    in neural style transfer", section 4): features are multiplied by the guide, whose squares are
    brought to a sum of 1.

    Attributes:
        form: How two matrices of means over positions are compared.
        unit: Features are multiplied by it; a relative form does not notice.
    """

    form: LossForm = relative_squares
    unit: float = 1.0

    measured_weight = staticmethod(total_weight)

    def measure(
        self,
        features: Float[Tensor, "1 channels height width"],
        guide: Float[Tensor, "1 1 height width"] | None,
    ) -> Float[Tensor, "1 channels channels"]:
        """Sums of the products of each two channels."""
        return gram_sum(features if guide is None else features * guide.to(features.dtype))

    def target(
        self,
        features: Float[Tensor, "1 channels height width"],
        guide: Float[Tensor, "1 1 height width"] | None = None,
    ) -> Float[Tensor, "1 channels channels"]:
        """Means of the products of each two channels."""
        return self._means(self.measure(features, guide), total_weight(features, guide))

    def loss(
        self,
        measured: Float[Tensor, "1 channels channels"],
        weight: Float[Tensor, ""],
        target: Float[Tensor, "1 channels channels"],
    ) -> Float[Tensor, ""]:
        """What the form makes of the difference."""
        return self.form(self._means(measured, weight), target)

    def _means(self, sums: Tensor, weight: Tensor) -> Tensor:
        return sums / weight.clamp_min(_TINY).to(sums) * self.unit**2


@dataclass(frozen=True)
class MeanVariance:
    """Mean and standard deviation of each channel: Li et al. 2017, batch normalization statistics.

    Sum over the channels of (m - n)^2 + (s - t)^2, "Demystifying neural style transfer"; Huang
    and Belongie 2017, equation 13, take the norms without the square. Relative to the target's
    squares, where Li et al. divide by the number of channels; and variances have a floor, a share
    of the target's mean square, as a square root has no gradient at 0.
    """

    measured_weight = staticmethod(total_weight)

    def measure(
        self,
        features: Float[Tensor, "1 channels height width"],
        guide: Float[Tensor, "1 1 height width"] | None,
    ) -> Float[Tensor, "channels 2"]:
        """Sums of each channel and of its square."""
        return channel_sums(features, guide)

    def target(
        self,
        features: Float[Tensor, "1 channels height width"],
        guide: Float[Tensor, "1 1 height width"] | None = None,
    ) -> Float[Tensor, "2 channels"]:
        """Means and variances."""
        return _variances(channel_sums(features, guide), total_weight(features, guide))

    def loss(
        self,
        measured: Float[Tensor, "channels 2"],
        weight: Float[Tensor, ""],
        target: Float[Tensor, "2 channels"],
    ) -> Float[Tensor, ""]:
        """Squared differences, as a share of the target's squares."""
        mean, variance = target
        floor = (VARIANCE_FLOOR * (mean.square() + variance).mean()).clamp_min(_TINY)
        own, wanted = (_deviations(each, floor) for each in (_variances(measured, weight), target))
        return (AS_GRAM * relative_squares(own, wanted)).to(measured)


@dataclass(frozen=True)
class Wasserstein:
    """Mean and covariance of the features, as of a normal distribution to be moved to another.

    The squared 2-Wasserstein distance (:func:`impasto.nn.gaussians.gaussian_distance`), which
    Vacher et al. 2020 ("Texture interpolation for probing visual perception") take for features
    of VGG. Relative to the target's mean square, which is its distance from black.
    """

    measured_weight = staticmethod(total_weight)

    def measure(
        self,
        features: Float[Tensor, "1 channels height width"],
        guide: Float[Tensor, "1 1 height width"] | None,
    ) -> Float[Tensor, "channels columns"]:
        """Sums of the products of each two channels, and of each in the last column."""
        return second_moments(features, guide)

    def target(
        self,
        features: Float[Tensor, "1 channels height width"],
        guide: Float[Tensor, "1 1 height width"] | None = None,
    ) -> Gaussian:
        """The distribution of the features."""
        return gaussian(second_moments(features, guide), total_weight(features, guide))

    def loss(
        self,
        measured: Float[Tensor, "channels columns"],
        weight: Float[Tensor, ""],
        target: Gaussian,
    ) -> Float[Tensor, ""]:
        """The distance, as a share of the target's mean square."""
        distance = gaussian_distance(*mean_and_covariance(measured, weight), target)
        return (_WASSERSTEIN_AS_GRAM * distance / target.energy).to(measured)


def _variances(sums: Tensor, weight: Tensor) -> Tensor:
    mean, square = sums.to(weight).mT / weight.clamp_min(_TINY)
    return torch.stack([mean, (square - mean.square()).clamp_min(0)])


def _deviations(variances: Tensor, floor: Tensor) -> Tensor:
    mean, variance = variances
    return torch.stack([mean, (variance + floor).sqrt()])
