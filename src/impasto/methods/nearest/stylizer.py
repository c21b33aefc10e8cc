"""Content -> stylized, by nearest neighbors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.device import choose_device, choose_precision
from impasto.errors import OptionError
from impasto.methods.nearest.painting import NearestPainting
from impasto.methods.nearest.subject import Subject
from impasto.nn.pyramid import Size, crop_fitted, fitted_size, resized, size_of
from impasto.nn.vgg import VGG, conv_names
from impasto.options.nearest import NearestOptions
from impasto.step import OnStep
from impasto.weights import WeightsFile, load, resolve

_BLOCKS: Final = ("1", "2", "3", "4")
"""Blocks whose layers make up a column. The authors' program leaves out the
fifth, too, and says of it that it was in the paper and did not help."""


class NearestStylizer:
    """Paints photographs by features replaced with the nearest of one or more pictures.

    Args:
        style: The style image, (1, 3, H, W) sRGB in [0, 1], of any size, or several.
        options: The recipe.
        weights: The network's weights; what ``options.network`` names when None.

    Raises:
        OptionError: No such device, or not one weight for each style.
        WeightsError: The weights are not here or damaged.
    """

    def __init__(
        self,
        style: Float[Tensor, "1 3 _height _width"]
        | Sequence[Float[Tensor, "1 3 _height2 _width2"]],
        options: NearestOptions,
        weights: WeightsFile | None = None,
    ) -> None:
        self.options = options
        styles = (style,) if isinstance(style, Tensor) else tuple(style)
        _check_weights(len(styles), options)
        self.weights = weights or resolve(options.network)
        self.device = choose_device(options.device)
        self.precision = choose_precision(options.precision, self.device)
        self.styles = tuple(self._cut(each.to(self.device)) for each in styles)
        self.network = self._load_network()

    def __call__(
        self, content: Float[Tensor, "1 3 _height _width"], on_step: OnStep | None = None
    ) -> Float[Tensor, "1 3 _height3 _width3"]:
        """Paint a photograph at the size the options ask for."""
        return self.painting(content).run(on_step)

    def painting(
        self,
        content: Float[Tensor, "1 3 _height _width"],
        *,
        init: Float[Tensor, "1 3 _height4 _width4"] | None = None,
        alpha: Float[Tensor, "1 1 _height _width"] | None = None,
        masks: Sequence[Float[Tensor, "1 1 _height5 _width5"]] | None = None,
        keep: Float[Tensor, "1 1 _height6 _width6"] | None = None,
    ) -> NearestPainting:
        """Begin a painting, to be advanced step by step.

        Args:
            content: The photograph, sRGB in [0, 1], of any size.
            init: The first image when it is a picture of its own, of any size.
            alpha: Opacity of the photograph; only visible pixels speak for its colors.
            masks: Where each style goes, one for each in their order, of any size.
            keep: 1 where the photograph stays as it is, of any size.

        Raises:
            OptionError: Not one mask for each style.
        """
        size = result_size(size_of(content), self.options)
        fitted = {
            "init": None if init is None else self._fitted(init, size),
            "alpha": None if alpha is None else self._fitted(alpha, size),
            "keep": None if keep is None else self._fitted(keep, size),
        }
        subject = Subject(
            self._fitted(content, size), self.styles, masks=self._masks(masks, size), **fitted
        )
        return NearestPainting(subject, self.network, self.options)

    def _masks(self, masks: Sequence[Tensor] | None, size: Size) -> Tensor | None:
        if masks is None:
            return None
        if len(masks) != len(self.styles):
            expected = f"one mask for each of the {len(self.styles)} styles"
            raise OptionError("masks", expected, len(masks))
        return torch.cat([self._fitted(mask, size) for mask in masks], 1)

    def _fitted(self, image: Tensor, size: Size) -> Tensor:
        fit = resized if self.options.crop_fit is None else crop_fitted
        return fit(image.to(self.device), size).clamp(0, 1)

    def _cut(self, style: Tensor) -> Tensor:
        if self.options.crop_fit is None:
            return style
        # To the shape of the result, but never enlarged, which would blur the strokes.
        size = self.options.crop_fit[::-1]
        scale = min(1.0, *(own / wanted for own, wanted in zip(size_of(style), size, strict=True)))
        smaller = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
        return crop_fitted(style, smaller).clamp(0, 1)

    def _load_network(self) -> VGG:
        network = self.weights.network
        tensors, convention = load(self.weights)
        vgg = VGG(
            network,
            {name: tensor.to(self.precision) for name, tensor in tensors.items()},
            column_layers(network),
            convention,
            self.options.pooling,
        )
        return vgg.to(self.device)


def column_layers(network: str) -> tuple[str, ...]:
    """The layers whose features make up a column."""
    return tuple(name for name in conv_names(network) if name[4] in _BLOCKS)


def result_size(size: Size, options: NearestOptions) -> Size:
    """The size of a painting of a photograph of this size."""
    if options.crop_fit is not None:
        return options.crop_fit[::-1]
    return fitted_size(size, options.size or max(size))


def _check_weights(count: int, options: NearestOptions) -> None:
    weights = options.style_weights
    if weights and len(weights) != count:
        raise OptionError("style_weights", f"one weight for each of the {count} styles", weights)
