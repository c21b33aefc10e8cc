"""The loss that a painting minimises."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

from impasto.methods.gatys.options import PaintOptions
from impasto.nn.losses import CONTENT_FORMS, STYLE_FORMS, pixel_loss, total_variation_loss
from impasto.nn.style import gram_matrix
from impasto.nn.vgg import VGG, canonical_layer


class Objective(nn.Module):
    """alpha content + beta style (+ total variation + pixels), at one size of the picture.

    Gatys et al. 2016, equation 7. Content and style targets come from the same network as the
    features of the image. With the relative forms each layer's style loss is a share of its
    target's energy and the layers are averaged by their weights; the paper's form sums them.

    Args:
        network: Gives at least the layers that the options name.
        content: What is to be kept.
        style: What is to be taken on, of any size.
        options: Layers, forms and weights.
    """

    def __init__(
        self,
        network: VGG,
        content: Float[Tensor, "1 3 height width"],
        style: Float[Tensor, "1 3 _height2 _width2"],
        options: PaintOptions,
    ) -> None:
        super().__init__()
        self.network = network
        self.content = content
        self.options = options
        self.unit = network.unit
        self.content_layers = _layers(options.content_layers, network)
        self.style_shares = _style_shares(options, network)
        with torch.no_grad():
            kept = network(content)
            taken = network(style)
            self.content_targets = {name: kept[name].clone() for name in self.content_layers}
            self.style_targets = {
                name: gram_matrix(taken[name]) * self.unit**2 for name in self.style_shares
            }

    def forward(self, image: Float[Tensor, "1 3 height width"]) -> dict[str, Float[Tensor, ""]]:
        """Compute every loss of an image; ``total`` is their weighted sum."""
        features = self.network(image)
        losses = {"total": torch.zeros((), device=image.device)}
        losses["content"] = self._content_loss(features)
        by_layer = self._style_losses(features)
        losses["style"] = torch.stack(
            [by_layer[name] * share for name, share in self.style_shares.items()]
        ).sum()
        losses |= {f"style/{name}": loss for name, loss in by_layer.items()}
        if self.options.total_variation_weight:
            losses["total_variation"] = total_variation_loss(image)
        if self.options.pixel_weight:
            losses["pixel"] = pixel_loss(image, self.content)
        losses["total"] = torch.stack(
            [losses[name] * weight for name, weight in _weights(self.options).items()]
        ).sum()
        return losses

    def _content_loss(self, features: Mapping[str, Tensor]) -> Tensor:
        form = CONTENT_FORMS[self.options.content_form]
        scale = self.unit**2 if self.options.content_form != "relative" else 1.0
        losses = [form(features[name], target) for name, target in self.content_targets.items()]
        return torch.stack(losses).mean() * scale

    def _style_losses(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        form = STYLE_FORMS[self.options.style_form]
        return {
            name: form(gram_matrix(features[name]) * self.unit**2, target)
            for name, target in self.style_targets.items()
        }


def layers_needed(options: PaintOptions) -> tuple[str, ...]:
    """Every feature map that the options ask for."""
    return (*options.content_layers, *options.style_layers)


def _layers(names: tuple[str, ...], network: VGG) -> list[str]:
    return [canonical_layer(name, network.name) for name in names]


def _style_shares(options: PaintOptions, network: VGG) -> dict[str, float]:
    names = _layers(options.style_layers, network)
    weights = options.style_layer_weights or (1.0,) * len(names)
    whole = sum(weights) if options.style_form == "relative" else 1.0
    return {name: weight / whole for name, weight in zip(names, weights, strict=True)}


def _weights(options: PaintOptions) -> dict[str, float]:
    weights = {
        "content": options.content_weight,
        "style": options.style_weight,
        "total_variation": options.total_variation_weight,
        "pixel": options.pixel_weight,
    }
    return {
        name: weight for name, weight in weights.items() if weight or name in ("content", "style")
    }
