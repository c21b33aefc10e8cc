"""The loss that a painting minimises."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

from impasto.methods.gatys.kept import Content, content_gains
from impasto.methods.gatys.regions import Regions
from impasto.methods.gatys.subject import Subject
from impasto.nn.losses import pixel_loss, total_variation_loss
from impasto.nn.vgg import VGG
from impasto.options.gatys import PaintOptions


class Objective(nn.Module):
    """alpha content + beta style (+ total variation + pixels), at one size of the picture.

    Gatys et al. 2016, equation 7. Content and style targets come from the same network as the
    features of the image. With the relative forms each layer's style loss is a share of its
    target's energy and the layers are averaged by their weights; the paper's form sums them.

    Args:
        network: Gives at least the layers that the options name.
        subject: What is to be kept and taken on, at the size of the picture.
        options: Layers, forms and weights.
    """

    def __init__(self, network: VGG, subject: Subject, options: PaintOptions) -> None:
        super().__init__()
        self.network = network
        self.photograph = subject.content
        self.options = options
        self.regions = Regions(network, subject, options)
        gains = content_gains(subject.keep, options, network.name)
        with torch.no_grad():
            self.content = Content(network(subject.content), network, options, gains)

    def forward(self, image: Float[Tensor, "1 3 height width"]) -> dict[str, Float[Tensor, ""]]:
        """Compute every loss of an image; ``total`` is their weighted sum."""
        features = self.network(image)
        content = self.content.loss(features)
        by_layer = self.regions.losses(*self.regions.measure(features))
        extras = {}
        if self.options.total_variation_weight:
            extras["total_variation"] = total_variation_loss(image)
        if self.options.pixel_weight:
            extras["pixel"] = pixel_loss(image, self.photograph)
        return summed(content, by_layer, extras, self.options)

    def backward(self, image: Float[Tensor, "1 3 height width"]) -> dict[str, Float[Tensor, ""]]:
        """Compute every loss of an image, and add the gradient of ``total`` to the image's."""
        losses: dict[str, Tensor] = self(image)
        torch.autograd.backward(losses["total"])
        return losses


def summed(
    content: Float[Tensor, ""],
    by_layer: Mapping[str, Float[Tensor, ""]],
    extras: Mapping[str, Float[Tensor, ""]],
    options: PaintOptions,
) -> dict[str, Float[Tensor, ""]]:
    """All losses by name, ``total`` first: the weighted sum of the others.

    Args:
        content: The content loss.
        by_layer: The style loss of each layer.
        extras: Total variation and pixels, as far as they have a weight.
        options: The weights.
    """
    losses = {"total": content, "content": content, "style": style_loss(by_layer, options)}
    losses |= {f"style/{name}": loss for name, loss in by_layer.items()}
    losses |= extras
    weights = [("content", options.content_weight), ("style", options.style_weight)]
    weights += [(name, getattr(options, f"{name}_weight")) for name in extras]
    losses["total"] = torch.stack([losses[name] * weight for name, weight in weights]).sum()
    return losses


def style_loss(
    by_layer: Mapping[str, Float[Tensor, ""]], options: PaintOptions
) -> Float[Tensor, ""]:
    """The losses of the layers, in the order of the options, averaged or summed."""
    weights = options.style_layer_weights or (1.0,) * len(by_layer)
    whole = sum(weights) if options.style_form == "relative" else 1.0
    shares = [weight / whole for weight in weights]
    parts = [loss * share for loss, share in zip(by_layer.values(), shares, strict=True)]
    return torch.stack(parts).sum()


def layers_needed(options: PaintOptions) -> tuple[str, ...]:
    """Every feature map that the options ask for."""
    return (*options.content_layers, *options.style_layers)
