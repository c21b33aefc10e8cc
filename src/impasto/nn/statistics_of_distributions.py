"""Style statistics of whole distributions: projections, and histograms of channels."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.nn.histograms import BINS, Quantiles, histograms, quantiles, transport_distance
from impasto.nn.positions import total_weight, wide
from impasto.nn.sliced import random_directions
from impasto.nn.statistics_of_moments import AS_GRAM, Gram


@dataclass(frozen=True)
class Sliced:
    """The distribution of the features by its projections: Heitz et al. 2021, figure 2.

    The mean over random directions, as many as channels, of the squared distance between sorted
    projections. Differences: projections are sorted into bins 3 % wide, each moved as one, so
    that tiles add up and guides weigh; the two sides may have different numbers of positions;
    directions stay the same, where theirs are drawn anew for each call of L-BFGS; there are no
    more than ``most``; and the loss is relative to the target's mean square.

    Attributes:
        seed: Where the directions come from. Layers of equally many channels share theirs.
        most: Directions at most.
    """

    seed: int = 0
    most: int = 256

    measured_weight = staticmethod(total_weight)

    def measure(
        self,
        features: Float[Tensor, "1 channels height width"],
        guide: Float[Tensor, "1 1 height width"] | None,
    ) -> Float[Tensor, "2 directions bins"]:
        """The histogram of each projection."""
        channels = features.shape[1]
        directions = random_directions(channels, min(channels, self.most), self.seed)
        # To the precision first: not every device has that of the directions.
        return histograms(features, directions.to(wide(features)).to(features.device), guide)

    def target(
        self,
        features: Float[Tensor, "1 channels height width"],
        guide: Float[Tensor, "1 1 height width"] | None = None,
    ) -> Quantiles:
        """The distribution of each projection."""
        return quantiles(self.measure(features, guide), total_weight(features, guide))

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
    each is moved as one; both losses are relative and count half each, where theirs have weights
    to be tuned; and both are taken in every style layer, where theirs has histograms in the first
    and the fourth block only.

    Attributes:
        gram: The statistic of the correlations.
    """

    gram: Gram = field(default_factory=Gram)

    measured_weight = staticmethod(total_weight)

    def measure(
        self,
        features: Float[Tensor, "1 channels height width"],
        guide: Float[Tensor, "1 1 height width"] | None,
    ) -> Float[Tensor, "channels columns"]:
        """Sums of the products of each two channels; beside them each channel's histogram."""
        return torch.cat(
            [*self.gram.measure(features, guide), *histograms(features, None, guide)], 1
        )

    def target(
        self,
        features: Float[Tensor, "1 channels height width"],
        guide: Float[Tensor, "1 1 height width"] | None = None,
    ) -> tuple[Tensor, Quantiles]:
        """Means of the products of each two channels, and the distribution of each channel."""
        sums, weight = histograms(features, None, guide), total_weight(features, guide)
        return self.gram.target(features, guide), quantiles(sums, weight)

    def loss(
        self,
        measured: Float[Tensor, "channels columns"],
        weight: Float[Tensor, ""],
        target: tuple[Tensor, Quantiles],
    ) -> Float[Tensor, ""]:
        """Half the loss of the Gram matrix and half that of the histograms."""
        gram, *sums = torch.split(measured, [len(measured), BINS, BINS], dim=1)
        distance = transport_distance(torch.stack(sums), weight, target[1]) / target[1].energy
        correlations = self.gram.loss(gram[None], weight, target[0])
        return (correlations + (AS_GRAM * distance).to(measured)) / 2
