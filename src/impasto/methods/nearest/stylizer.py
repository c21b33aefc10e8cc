"""Stylize photographs with nearest neighbors of features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jaxtyping import Float
from torch import Tensor

from impasto.device import choose_device, choose_precision
from impasto.methods.nearest.stages import NearestStages
from impasto.methods.painting import Painting
from impasto.methods.subject import Style, result_size, styles_of, subject_of
from impasto.nn.resize import size_of
from impasto.nn.vgg import conv_names
from impasto.options.nearest import NearestOptions
from impasto.step import OnStep
from impasto.weights import WeightsFile, feature_network, resolve

_BLOCKS: Final = ("1", "2", "3", "4")
"""Blocks whose layers form a column. The authors' program also leaves out the fifth, as it did not
help."""


class NearestStylizer:
    """Paints photographs by replacing their features with the nearest ones of the style images.

    Args:
        style: The style image, (1, 3, H, W) sRGB in [0, 1], of any size, or several.
        options: The options.
        weights: The network's weights; by default those that ``options.network`` names.

    Raises:
        OptionError: There is no such device, or not one weight per style.
        WeightsError: The weights are missing or damaged.
    """

    def __init__(
        self,
        style: Tensor | Sequence[Tensor | Style],
        options: NearestOptions,
        weights: WeightsFile | None = None,
    ) -> None:
        self.options = options
        self.device = choose_device(options.device)
        self.styles = styles_of(style, options, self.device)
        self.weights = weights or resolve(options.network)
        self.precision = choose_precision(options.precision, self.device)
        layers, place = column_layers(self.weights.network), (self.precision, self.device)
        self.network = feature_network(self.weights, layers, *place, pooling=options.pooling)

    def __call__(
        self, content: Float[Tensor, "1 3 _height _width"], on_step: OnStep | None = None
    ) -> Float[Tensor, "1 3 _height3 _width3"]:
        """Paint a photograph at the size of the options."""
        return self.painting(content).run(on_step)

    def painting(
        self,
        content: Float[Tensor, "1 3 _height _width"],
        *,
        init: Float[Tensor, "1 3 _height4 _width4"] | None = None,
        alpha: Float[Tensor, "1 1 _height _width"] | None = None,
        masks: Sequence[Tensor] | None = None,
        keep: Float[Tensor, "1 1 _height6 _width6"] | None = None,
    ) -> Painting:
        """Begin a painting, to be advanced step by step.

        Args:
            content: The photograph, sRGB in [0, 1], of any size.
            init: The first image, of any size, instead of ``options.init``.
            alpha: Opacity of the photograph; only visible pixels count for its colors.
            masks: Where each style goes, one per style, of any size.
            keep: 1 where the photograph stays unchanged, of any size.

        Raises:
            OptionError: There is not one mask per style.
        """
        size = result_size(size_of(content), self.options)
        subject = subject_of(
            *(content, self.styles, size, self.options),
            init=init,
            alpha=alpha,
            masks=masks,
            keep=keep,
        )
        return Painting(NearestStages(subject, self.network, self.options))


def column_layers(network: str) -> tuple[str, ...]:
    """The layers whose features form a column."""
    return tuple(name for name in conv_names(network) if name[4] in _BLOCKS)
