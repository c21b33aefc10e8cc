"""Style statistics by name: their measurement, and their distance from those of a style.

=================  ============================================================================
``gram``           correlations of channels (Gatys et al. 2016)
``mean-variance``  mean and standard deviation of each channel (Li et al. 2017)
``wasserstein``    mean and covariance, as of normal distributions (Vacher et al. 2020)
``sliced``         the whole distribution, by its projections (Heitz et al. 2021)
``histogram``      correlations, and the histogram of each channel (Risser et al. 2017)
=================  ============================================================================

Every statistic is a sum over positions, so a picture can be measured in tiles: sum over the tiles,
compute the loss of the sum, and propagate its gradient through each tile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.nn.histograms import (
    BINS,
    Quantiles,
    histograms,
    quantiles,
    random_directions,
    transport_distance,
)
from impasto.nn.losses import LossForm, relative_squares
from impasto.nn.moments import (
    Gaussian,
    channel_sums,
    gaussian,
    gaussian_distance,
    mean_and_covariance,
    second_moments,
    total_weight,
    wide,
)
from impasto.nn.style import VARIANCE_FLOOR, gram_sum

_TINY: Final = 1e-12
"""Below any sum of weights, so that a guide of 0 everywhere gives no NaN."""

AS_GRAM: Final = 4.0
"""Scales a loss that is quadratic in the features to that of the Gram matrix, which is of fourth
order: features that are too large by a small share d cost d^2 and (2 d)^2."""

_WASSERSTEIN_AS_GRAM: Final = AS_GRAM / 5
"""A fifth of that, because this loss also measures the many directions in which a style varies
little. With it six paintings kept as much of their photographs as with Gram matrices."""


Maps: TypeAlias = Float[Tensor, "1 channels height width"]

Guide: TypeAlias = Float[Tensor, "1 1 height width"] | None
"""How much each position counts, from 0 to 1, by its square; None is 1 everywhere."""


@runtime_checkable
class StyleStatistic(Protocol):
    """A statistic of feature maps that describes a style.

    Losses are relative to the target: 0 if the features have its style, otherwise about the same
    for all statistics.
    """

    def measure(self, features: Maps, guide: Guide) -> Float[Tensor, "*measured"]:
        """Sum over positions; the sums of parts of a picture add up to that of the whole."""

    def measured_weight(self, features: Maps, guide: Guide) -> Float[Tensor, ""]:
        """The sum of the positions' weights, which adds up as well."""

    def target(self, features: Maps, guide: Guide = None) -> Any:
        """The target of the loss, from a style image's features."""

    def target_of(self, measured: Float[Tensor, "*measured"], weight: Float[Tensor, ""]) -> Any:
        """The target of the loss, from the measurement of a style image."""

    def loss(
        self, measured: Float[Tensor, "*measured"], weight: Float[Tensor, ""], target: Any
    ) -> Float[Tensor, ""]:
        """The distance from the target; differentiable in ``measured``."""


def measured(
    statistic: StyleStatistic, features: Maps, guide: Guide
) -> tuple[Float[Tensor, "*measured"], Float[Tensor, ""]]:
    """Sums over positions, and the sum of their weights."""
    return statistic.measure(features, guide), statistic.measured_weight(features, guide)


def mean_measured(
    found: Sequence[tuple[Float[Tensor, "*measured"], Float[Tensor, ""]]],
) -> tuple[Float[Tensor, "*measured"], Float[Tensor, ""]]:
    """The joint measurement of several pictures, which count equally whatever their sizes."""
    if len(found) == 1:
        return found[0]
    means = [sums / weight.clamp_min(_TINY).to(sums) for sums, weight in found]
    return torch.stack(means).mean(0), torch.ones_like(found[0][1])


def _target(statistic: StyleStatistic, features: Maps, guide: Guide = None) -> Any:
    return statistic.target_of(*measured(statistic, features, guide))


@dataclass(frozen=True)
class Gram:
    """Correlations of channels: Gatys et al. 2016, equations 3 and 4.

    With a guide, the guided Gram matrices of Gatys et al. 2017 ("Controlling perceptual factors in
    neural style transfer", section 4): features are multiplied by the guide, whose squares are
    normalized to a sum of 1.

    Attributes:
        form: How two matrices of means over positions are compared.
        unit: Factor of the features, which has no effect on a relative form.
    """

    form: LossForm = relative_squares
    unit: float = 1.0

    measured_weight = staticmethod(total_weight)
    target = _target

    def measure(self, features: Maps, guide: Guide) -> Float[Tensor, "1 channels channels"]:
        """Sums of the products of each two channels."""
        return gram_sum(features if guide is None else features * guide.to(features.dtype))

    def target_of(
        self, measured: Float[Tensor, "1 channels channels"], weight: Float[Tensor, ""]
    ) -> Float[Tensor, "1 channels channels"]:
        """Means of the products of each two channels."""
        return self._means(measured, weight)

    def loss(
        self,
        measured: Float[Tensor, "1 channels channels"],
        weight: Float[Tensor, ""],
        target: Float[Tensor, "1 channels channels"],
    ) -> Float[Tensor, ""]:
        """The difference in the given form."""
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
    target = _target

    def measure(self, features: Maps, guide: Guide) -> Float[Tensor, "channels 2"]:
        """Sums of each channel and of its square."""
        return channel_sums(features, guide)

    def target_of(
        self, measured: Float[Tensor, "channels 2"], weight: Float[Tensor, ""]
    ) -> Float[Tensor, "2 channels"]:
        """Means and variances."""
        return _variances(measured, weight)

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

    The squared 2-Wasserstein distance (:func:`impasto.nn.moments.gaussian_distance`), which
    Vacher et al. 2020 ("Texture interpolation for probing visual perception") take for features
    of VGG. Relative to the target's mean square, which is its distance from black. With many
    channels, only the directions in which the style varies most are compared one by one, because
    the square root of a large matrix takes as long as the network.

    Attributes:
        most: Largest number of these directions.
    """

    most: int = 128

    measured_weight = staticmethod(total_weight)
    target = _target

    def measure(self, features: Maps, guide: Guide) -> Float[Tensor, "channels columns"]:
        """Sums of the products of each two channels, and of each in the last column."""
        return second_moments(features, guide)

    def target_of(
        self, measured: Float[Tensor, "channels columns"], weight: Float[Tensor, ""]
    ) -> Gaussian:
        """The distribution of the features."""
        return gaussian(measured, weight, self.most)

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


@dataclass(frozen=True)
class Sliced:
    """The distribution of the features by its projections: Heitz et al. 2021, figure 2.

    The mean over random directions, as many as channels, of the squared distance between sorted
    projections. Differences: projections are sorted into bins 3 % wide, each moved as one, so
    that tiles add up and guides weigh; the two sides may have different numbers of positions;
    directions stay the same, while theirs are drawn anew for each call of L-BFGS; there are at
    most ``most``; and the loss is relative to the target's mean square.

    Attributes:
        seed: Seed of the directions, which layers with equally many channels share.
        most: Largest number of directions.
    """

    seed: int = 0
    most: int = 256

    measured_weight = staticmethod(total_weight)
    target = _target

    def measure(self, features: Maps, guide: Guide) -> Float[Tensor, "2 directions bins"]:
        """The histogram of each projection."""
        channels = features.shape[1]
        directions = random_directions(channels, min(channels, self.most), self.seed)
        # To the precision first: not every device supports that of the directions.
        return histograms(features, directions.to(wide(features)).to(features.device), guide)

    def target_of(
        self, measured: Float[Tensor, "2 directions bins"], weight: Float[Tensor, ""]
    ) -> Quantiles:
        """The distribution of each projection."""
        return quantiles(measured, weight)

    def loss(
        self,
        measured: Float[Tensor, "2 directions bins"],
        weight: Float[Tensor, ""],
        target: Quantiles,
    ) -> Float[Tensor, ""]:
        """The distances, as a share of the target's mean square."""
        distance = transport_distance(measured, weight, target)
        return (AS_GRAM * distance / target.energy).to(measured)


@dataclass(frozen=True)
class HistogramGram:
    """Gram matrix and channel histograms: Risser, Wilmot and Barnes 2017, histogram losses.

    The loss of the Gram matrix, and the squared distance (F - R(F))^2 of the features from
    themselves remapped to the style's histogram in each channel, R(F) taken as given for the
    gradient. Differences: bins are 3 % wide, where theirs are 256 between least and largest, and
    each is moved as one; both losses are relative and count half each, where theirs have weights to
    be tuned; and both are used in every style layer, where theirs has histograms only in the first
    and fourth block.

    Attributes:
        gram: The statistic of the correlations.
    """

    gram: Gram = field(default_factory=Gram)

    measured_weight = staticmethod(total_weight)
    target = _target

    def measure(self, features: Maps, guide: Guide) -> Float[Tensor, "channels columns"]:
        """Sums of the products of each two channels, and each channel's histogram."""
        return torch.cat(
            [*self.gram.measure(features, guide), *histograms(features, None, guide)], 1
        )

    def target_of(
        self, measured: Float[Tensor, "channels columns"], weight: Float[Tensor, ""]
    ) -> tuple[Tensor, Quantiles]:
        """Means of the products of each two channels, and the distribution of each channel."""
        gram, sums = self._parts(measured)
        return self.gram.target_of(gram, weight), quantiles(sums, weight)

    def loss(
        self,
        measured: Float[Tensor, "channels columns"],
        weight: Float[Tensor, ""],
        target: tuple[Tensor, Quantiles],
    ) -> Float[Tensor, ""]:
        """Half the loss of the Gram matrix and half that of the histograms."""
        gram, sums = self._parts(measured)
        distance = transport_distance(sums, weight, target[1]) / target[1].energy
        correlations = self.gram.loss(gram, weight, target[0])
        return (correlations + (AS_GRAM * distance).to(measured)) / 2

    def _parts(self, measured: Tensor) -> tuple[Tensor, Tensor]:
        gram, *sums = torch.split(measured, [len(measured), BINS, BINS], dim=1)
        return gram[None], torch.stack(sums)


STYLE_STATISTICS: Final[Mapping[str, StyleStatistic]] = {
    "gram": Gram(),
    "mean-variance": MeanVariance(),
    "wasserstein": Wasserstein(),
    "sliced": Sliced(),
    "histogram": HistogramGram(),
}
