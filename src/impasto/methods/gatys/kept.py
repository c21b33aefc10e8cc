"""The content part of the objective: what of the photograph is to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.nn.frozen import average_pool
from impasto.nn.losses import CONTENT_FORMS
from impasto.nn.tiles import block_of
from impasto.nn.vgg import VGG, canonical_layer
from impasto.options.gatys import PaintOptions

_KEPT_STRENGTH: Final = 10.0
"""How many times more the content counts where the photograph is to stay."""

_TINY: Final = 1e-12
"""As the relative form has it for black targets."""


class Content:
    """The features of the photograph, of the whole or of one tile's own part.

    Args:
        features: Of the photograph, of this part of it, at least of the content layers.
        network: That gave them.
        options: Layers and form.
        gains: How much more the content counts in each position of this part, by layer.
    """

    def __init__(
        self,
        features: Mapping[str, Tensor],
        network: VGG,
        options: PaintOptions,
        gains: Mapping[str, Float[Tensor, "1 1 _height _width"]],
    ) -> None:
        layers = [canonical_layer(name, network.name) for name in options.content_layers]
        self.form = options.content_form
        self.scale = network.unit**2 if self.form != "relative" else 1.0
        self.targets = {name: features[name].detach() for name in layers}
        # Differences grow by the root, so that their squares do by the gain, in whatever form.
        self.roots = {name: gain.sqrt() for name, gain in gains.items()}

    def loss(
        self, features: Mapping[str, Tensor], wholes: Mapping[str, Tensor] | None = None
    ) -> Float[Tensor, ""]:
        """The loss of features; that of a tile is its part in the loss of the whole.

        Args:
            features: Of the image, of the same part.
            wholes: The :meth:`extents` of all tiles, summed; None where this is the whole.
        """
        form = CONTENT_FORMS[self.form]
        losses = []
        for name, target in self.targets.items():
            loss = form(self._weighed(features[name], name), target)
            if wholes is not None and self.form != "half-sum":
                loss = loss * (_extent(target, self.form) / wholes[name])
            losses.append(loss)
        return torch.stack(losses).mean() * self.scale

    def extents(self) -> dict[str, Tensor]:
        """By layer, what the form divides by where it divides; it adds up over tiles."""
        return {name: _extent(target, self.form) for name, target in self.targets.items()}

    def _weighed(self, features: Tensor, name: str) -> Tensor:
        if name not in self.roots:
            return features
        target = self.targets[name]
        return target + (features - target) * self.roots[name].to(target.dtype)


def content_gains(
    keep: Float[Tensor, "1 1 height width"] | None, options: PaintOptions, network: str
) -> dict[str, Float[Tensor, "1 1 _height _width"]]:
    """How much more the content counts where the photograph is to stay, by layer."""
    gains: dict[str, Tensor] = {}
    if keep is None:
        return gains
    for layer in options.content_layers:
        maps = keep
        for _ in range(block_of(layer)):
            maps = average_pool(maps)
        gains[canonical_layer(layer, network)] = 1 + (_KEPT_STRENGTH - 1) * maps
    return gains


def _extent(target: Tensor, form: str) -> Tensor:
    if form == "relative":
        wide = torch.promote_types(target.dtype, torch.float32)
        return target.to(wide).square().sum().clamp_min(_TINY)
    return torch.tensor(float(target.numel()))
