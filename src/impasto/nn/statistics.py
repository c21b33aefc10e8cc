"""Style statistics by name: what of the features is measured, and how far it is from a style's.

=================  ============================================================================
``gram``           correlations of channels (Gatys et al. 2016)
``mean-variance``  mean and standard deviation of each channel (Li et al. 2017)
``wasserstein``    mean and covariance, as of normal distributions (Vacher et al. 2020)
``sliced``         the whole distribution, by its projections (Heitz et al. 2021)
``histogram``      correlations, and the histogram of each channel (Risser et al. 2017)
=================  ============================================================================

Every measure is a sum over positions, so a picture may be measured tile by tile: add up what the
tiles give, take the loss of the sum, and send its gradient with respect to the sum back through
each tile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from impasto.nn.statistics_of_distributions import HistogramGram, Sliced
from impasto.nn.statistics_of_moments import Gram, MeanVariance, Wasserstein

__all__ = ["STYLE_STATISTICS", "Gram", "StyleStatistic"]


@runtime_checkable
class StyleStatistic(Protocol):
    """One way of saying what a style is; knows no picture.

    A guide says how much each position belongs, from 0 to 1, and counts by its square; None is 1
    everywhere. Losses are shares of what the target itself is: 0 where the features have its
    style, and about the same for all statistics where they do not.
    """

    def measure(
        self,
        features: Float[Tensor, "1 channels height width"],
        guide: Float[Tensor, "1 1 height width"] | None,
    ) -> Float[Tensor, "*measured"]:
        """Sum over positions; the sums of the parts of a picture add up to that of the whole."""
        ...

    def measured_weight(
        self,
        features: Float[Tensor, "1 channels height width"],
        guide: Float[Tensor, "1 1 height width"] | None,
    ) -> Float[Tensor, ""]:
        """The sum of the positions' weights, which adds up as well."""
        ...

    def target(
        self,
        features: Float[Tensor, "1 channels height width"],
        guide: Float[Tensor, "1 1 height width"] | None = None,
    ) -> Any:
        """What the loss needs of a style image's features."""
        ...

    def loss(
        self, measured: Float[Tensor, "*measured"], weight: Float[Tensor, ""], target: Any
    ) -> Float[Tensor, ""]:
        """How far what was measured is from the target; differentiable in ``measured``."""
        ...


STYLE_STATISTICS: Final[Mapping[str, StyleStatistic]] = {
    "gram": Gram(),
    "mean-variance": MeanVariance(),
    "wasserstein": Wasserstein(),
    "sliced": Sliced(),
    "histogram": HistogramGram(),
}
