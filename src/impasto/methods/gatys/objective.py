"""The losses of Gatys et al., content and style, and the temporal loss of Ruder et al."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from impasto.methods.canvas import Objective as AnyObjective
from impasto.methods.gatys.regions import Regions
from impasto.methods.subject import Subject
from impasto.nn.losses import CONTENT_FORMS, pixel_loss, temporal_loss, total_variation_loss
from impasto.nn.tiles import block_of, pooled
from impasto.nn.vgg import VGG, canonical_layer
from impasto.options.gatys import GatysOptions

_KEPT_STRENGTH: Final = 10.0
"""Factor of the content loss where the photograph is kept."""

_FACE_STRENGTHS: Final = 3.4, 24.0
"""Factors of the content loss in a face at --faces 1, in layers of the first three blocks and in
deeper ones. With more in the first blocks, a face has no strokes."""

_MOST_MADE_UP: Final = 8.0

_TINY: Final = 1e-12
"""Keeps the relative form finite for black targets."""


class Objective(nn.Module):
    """alpha content + beta style (+ total variation + pixels), at one size of the picture.

    Gatys et al. 2016, equation 7. Content and style targets come from the same network as the
    features of the image. With the relative forms each layer's style loss is relative to its
    target's energy, and the layers are averaged by their weights; the paper's form sums them.

    Args:
        network: With at least the layers that the options name.
        subject: Content and styles, at the size of the picture.
        options: Layers, forms and weights.
        targets: The styles' targets, at least of these layers, if they are known.
    """

    def __init__(
        self,
        network: VGG,
        subject: Subject,
        options: GatysOptions,
        targets: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.photograph = subject.content
        self.options = options
        self.regions = Regions(network, subject, options, targets)
        gains = content_gains(subject, options, network.name)
        with torch.no_grad():
            kept = network.only(options.content_layers)(subject.content)
            self.content = Content(kept, network, options, gains)

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


@dataclass(frozen=True, eq=False)
class Anchor:
    """An earlier painted frame, warped along the motion.

    Attributes:
        image: (1, 3, H, W) sRGB in [0, 1].
        weights: (1, 1, H, W), how reliable each pixel is, in [0, 1].
    """

    image: Float[Tensor, "1 3 height width"]
    weights: Float[Tensor, "1 1 height width"]


class TemporalObjective:
    """A painting's objective with the temporal losses of a video.

    Ruder et al. 2016, equations 6 and 8: the losses of the picture, and gamma times the sum over
    the anchors of the temporal loss. Our picture losses are relative to their targets, so gamma has
    another scale than theirs.

    The anchors are the previous frame and some earlier ones; ``weight`` is gamma.
    """

    def __init__(self, objective: AnyObjective, anchors: Sequence[Anchor], weight: float) -> None:
        self.objective, self.anchors, self.weight = objective, anchors, weight

    def backward(self, image: Float[Tensor, "1 3 height width"]) -> dict[str, Float[Tensor, ""]]:
        """Compute every loss of an image, and add the gradient of ``total`` to the image's."""
        losses = dict(self.objective.backward(image))
        parts = [temporal_loss(image, each.image, each.weights) for each in self.anchors]
        temporal = torch.stack(parts).sum()
        torch.autograd.backward(self.weight * temporal)
        losses["temporal"] = temporal.detach()
        losses["total"] = losses["total"].detach() + self.weight * losses["temporal"]
        return losses


def summed(
    content: Float[Tensor, ""],
    by_layer: Mapping[str, Float[Tensor, ""]],
    extras: Mapping[str, Float[Tensor, ""]],
    options: GatysOptions,
) -> dict[str, Float[Tensor, ""]]:
    """All losses by name, ``total`` first: the weighted sum of content, style and extras."""
    losses = {"total": content, "content": content, "style": style_loss(by_layer, options)}
    losses |= {f"style/{name}": loss for name, loss in by_layer.items()}
    losses |= extras
    weights = [("content", options.content_weight), ("style", options.style_weight)]
    weights += [(name, getattr(options, f"{name}_weight")) for name in extras]
    losses["total"] = torch.stack([losses[name] * weight for name, weight in weights]).sum()
    return losses


def style_loss(by_layer: Mapping[str, Float[Tensor, ""]], options: GatysOptions) -> Tensor:
    """The losses of the layers, in the order of the options, averaged or summed."""
    weights = options.style_layer_weights or (1.0,) * len(by_layer)
    whole = sum(weights) if options.style_form == "relative" else 1.0
    shares = [weight / whole for weight in weights]
    parts = [loss * share for loss, share in zip(by_layer.values(), shares, strict=True)]
    return torch.stack(parts).sum()


def layers_needed(options: GatysOptions) -> tuple[str, ...]:
    """The layers that the options name."""
    return (*options.content_layers, *options.style_layers)


class Content:
    """The content loss of the whole photograph, or of one tile without its padding.

    Args:
        features: The features of this part of the photograph, at least the content layers.
        network: The network of the features.
        options: Layers and form.
        gains: Factor of the content loss at each position of this part, by layer.
    """

    def __init__(
        self,
        features: Mapping[str, Tensor],
        network: VGG,
        options: GatysOptions,
        gains: Mapping[str, Float[Tensor, "1 1 _height _width"]],
    ) -> None:
        layers = [canonical_layer(name, network.name) for name in options.content_layers]
        self.form = options.content_form
        self.scale = network.unit**2 if self.form != "relative" else 1.0
        self.targets = {name: features[name].detach() for name in layers}
        # Differences are scaled by the root of the gain, and so their squares by the gain.
        self.roots = {name: gain.sqrt() for name, gain in gains.items()}

    def loss(
        self, features: Mapping[str, Tensor], wholes: Mapping[str, Tensor] | None = None
    ) -> Float[Tensor, ""]:
        """The loss of an image's features; for a tile, its part of the whole loss.

        Args:
            features: The features of the same part of the image.
            wholes: The :meth:`extents` of all tiles, summed; None if this is the whole.
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
        """The divisors of the form by layer, if any; divisors of tiles can be added."""
        return {name: _extent(target, self.form) for name, target in self.targets.items()}

    def _weighed(self, features: Tensor, name: str) -> Tensor:
        if name not in self.roots:
            return features
        target = self.targets[name]
        return target + (features - target) * self.roots[name].to(target.dtype)


def content_gains(
    subject: Subject, options: GatysOptions, network: str
) -> dict[str, Float[Tensor, "1 1 _height _width"]]:
    """Factor of the content loss at each position, by layer: higher where more is kept."""
    gains = {}
    for layer in options.content_layers:
        more = []
        if subject.keep is not None:
            more.append(subject.keep * (_KEPT_STRENGTH - 1))
        if subject.faces is not None:
            more.append(subject.faces * (_face_strength(subject, layer) - 1))
        if more:
            most = torch.stack(more).amax(0)
            gain = 1 + pooled(most, layer, options.pooling_edge)
            gains[canonical_layer(layer, network)] = gain
    return gains


def scale_in_faces(
    subject: Subject, options: GatysOptions
) -> Float[Tensor, "1 1 height width"] | None:
    """How L-BFGS scales the image, so that the content loss is not steeper in faces than elsewhere.

    Otherwise steps that are short enough for faces leave the rest of the picture with less style.
    """
    if subject.faces is None:
        return None
    most = max(_face_strength(subject, layer) for layer in options.content_layers)
    return (1 + subject.faces * (most - 1)).rsqrt()


def made_up(subject: Subject) -> float:
    """Factor of the style weight, by which the rest of the picture compensates for faces.

    The loss is a mean over all positions, of which fewer can change, and each has further to go.
    In faces the content loss grows by the square root of this factor.
    """
    share = 0.0 if subject.faces is None else float(subject.faces.mean())
    return min(_MOST_MADE_UP, (1 - min(share, 0.9)) ** -4)


def _face_strength(subject: Subject, layer: str) -> float:
    return _FACE_STRENGTHS[block_of(layer) > 2] * math.sqrt(made_up(subject))


def _extent(target: Tensor, form: str) -> Tensor:
    if form == "relative":
        wide = torch.promote_types(target.dtype, torch.float32)
        return target.to(wide).square().sum().clamp_min(_TINY)
    return torch.tensor(float(target.numel()))
