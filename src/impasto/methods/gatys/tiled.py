"""The same loss and gradient, tile by tile: memory hardly depends on the size of the picture."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.autograd.graph import GradientEdge, get_gradient_edge

from impasto.methods.gatys.objective import (
    Content,
    content_gains,
    layers_needed,
    style_loss,
    summed,
)
from impasto.methods.gatys.regions import Measured, Regions
from impasto.methods.subject import Subject
from impasto.nn.frozen import signs_saved
from impasto.nn.resize import size_of
from impasto.nn.tiles import Span, Tile, Window, tiles_of
from impasto.nn.vgg import VGG
from impasto.options.gatys import GatysOptions

_FIRST = "relu1_1"
"""Computed again and not kept: it is half of a tile's maps, and a hundredth of the work."""


@dataclass
class Passed:
    """A tile after its forward pass.

    Attributes:
        image: Its padded pixels, a leaf.
        features: Each map without the padding, detached; ``relu1_1`` may be missing.
        edges: Where to insert the gradients of these maps.
    """

    image: Tensor
    features: dict[str, Tensor]
    edges: dict[str, GradientEdge]


class TiledObjective:
    """Equals :class:`Objective` up to rounding, for pictures whose maps do not fit into memory.

    A first pass over the tiles sums the statistics that the loss depends on. The gradient of the
    loss with respect to them is the same for all tiles, so a second pass propagates it through
    each: Galerne et al. 2022 ("Scaling painting style transfer"), section 3. There the first pass
    keeps nothing and every tile goes through the network twice. Here as many tiles as fit in a
    budget keep from the first pass what they need in the second: the features without padding, and
    one bit per value of all other maps (:func:`signs_saved`). The result does not depend on the
    budget.

    Args:
        network: With at least the layers that the options name.
        subject: Content and styles, at the size of the picture.
        options: Layers, forms and weights.
        side: Approximate side of a tile.
        keepable: Pixels of the tiles that may keep their maps; one tile always does.
        targets: The styles' targets, at least of these layers, if they are known.
    """

    def __init__(
        self,
        network: VGG,
        subject: Subject,
        options: GatysOptions,
        side: int,
        keepable: int,
        targets: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        self.network = network
        self.photograph = subject.content
        self.options = options
        self.first = _first_layer_alone(network)
        self.regions = Regions(network, subject, options, targets)
        of = layers_needed(options), network.name, network.pooling_edge
        self.tiles = tiles_of(size_of(subject.content), side, *of)
        self.kept_from = _kept_from(self.tiles, keepable)
        gains = content_gains(subject, options, network.name)
        self.contents = [self._content(tile, gains) for tile in self.tiles]
        extents = [content.extents() for content in self.contents]
        self.extents = {
            name: torch.stack([each[name] for each in extents]).sum() for name in extents[0]
        }

    def backward(self, image: Float[Tensor, "1 3 height width"]) -> dict[str, Float[Tensor, ""]]:
        """Compute every loss of an image, and add the gradient of ``total`` to the image's."""
        if image.grad is None:
            image.grad = torch.zeros_like(image)
        pixels = image.detach()
        content, sums, weights, kept = self._first_pass(pixels)
        by_layer, slopes = self._slopes(sums, weights)
        extras: dict[str, Tensor] = {}
        # From last to first, as the last ones have kept their maps.
        for number in reversed(range(len(self.tiles))):
            passed = kept.pop(number, None) or self._passed(pixels, self.tiles[number])
            found = self._second_pass(passed, number, slopes)
            extras = {name: extras.get(name, 0) + loss for name, loss in found.items()}
            rows, columns = self.tiles[number].padded
            assert passed.image.grad is not None
            image.grad[..., rows, columns] += passed.image.grad
        return summed(content, by_layer, extras, self.options)

    @torch.no_grad()
    def _first_pass(self, pixels: Tensor) -> tuple[Tensor, Measured, Measured, dict[int, Passed]]:
        content, kept = torch.zeros((), device=pixels.device), {}
        sums: Measured = {}
        weights: Measured = {}
        for number, tile in enumerate(self.tiles):
            passed = self._passed(pixels, tile, to_keep=number >= self.kept_from)
            content = content + self.contents[number].loss(passed.features, self.extents)
            for total, found in zip(
                (sums, weights), self.regions.measure(passed.features, tile), strict=True
            ):
                for key, value in found.items():
                    total[key] = total[key] + value if key in total else value
            if number >= self.kept_from:
                passed.features.pop(_FIRST, None)
                kept[number] = passed
        return content, sums, weights, kept

    def _slopes(self, sums: Measured, weights: Measured) -> tuple[dict[str, Tensor], Measured]:
        """The style losses, and the gradient of the total with respect to the sums."""
        leaves = {key: each.detach().requires_grad_(True) for key, each in sums.items()}
        by_layer = self.regions.losses(leaves, weights)
        total = style_loss(by_layer, self.options) * self.options.style_weight
        slopes = torch.autograd.grad(total, list(leaves.values()))
        detached = {name: loss.detach() for name, loss in by_layer.items()}
        return detached, dict(zip(leaves, slopes, strict=True))

    def _passed(self, pixels: Tensor, tile: Tile, *, to_keep: bool = True) -> Passed:
        rows, columns = tile.padded
        image = pixels[..., rows, columns].clone().requires_grad_(to_keep)
        with signs_saved(), torch.set_grad_enabled(to_keep):
            maps = self.network(image)
            own = {name: _own(each, tile, name) for name, each in maps.items()}
        edges = {name: get_gradient_edge(each) for name, each in own.items()} if to_keep else {}
        return Passed(image, {name: each.detach() for name, each in own.items()}, edges)

    def _second_pass(
        self, passed: Passed, number: int, slopes: Measured
    ) -> dict[str, Float[Tensor, ""]]:
        """Add the gradient to the tile's image; return its part of the pixel losses."""
        names = list(passed.edges)
        gradients = [self._gradient(passed, name, number, slopes) for name in names]
        passed.features.clear()
        torch.autograd.backward([passed.edges[name] for name in names], gradients)
        extras = pixel_losses(passed.image, self.photograph, self.tiles[number], self.options)
        for name, loss in extras.items():
            torch.autograd.backward(loss * getattr(self.options, f"{name}_weight"))
        return {name: loss.detach() for name, loss in extras.items()}

    def _gradient(self, passed: Passed, name: str, number: int, slopes: Measured) -> Tensor:
        """The gradient of the total with respect to a layer's features of the tile."""
        tile, content = self.tiles[number], self.contents[number]
        if name not in passed.features:
            maps = self.first(passed.image.detach())
            passed.features[name] = _own(maps[name], tile, name)
        features = passed.features[name]
        parts = []
        if name in self.regions.layers:
            parts.append(self.regions.pulled_back(slopes, features, name, tile))
        if name in content.targets:
            leaf = features.detach().requires_grad_(True)
            loss = content.loss({**passed.features, name: leaf}, self.extents)
            gradient = torch.autograd.grad(loss * self.options.content_weight, leaf)
            parts.extend(gradient)
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    @torch.no_grad()
    def _content(self, tile: Tile, gains: Mapping[str, Tensor]) -> Content:
        rows, columns = tile.padded
        features = self.network(self.photograph[..., rows, columns])
        own = {name: _own(each, tile, name) for name, each in features.items()}
        here = {name: each[(..., *tile.of_whole(name))] for name, each in gains.items()}
        return Content(own, self.network, self.options, here)


class _Own(torch.autograd.Function):
    # PyTorch's slice returns a contiguous gradient, which every convolution would have to convert
    # to channels_last.

    @staticmethod
    def forward(ctx: Any, maps: Tensor, window: Window) -> Tensor:
        ctx.whole, ctx.window = maps.shape, window
        return maps[(..., *window)].contiguous(memory_format=torch.channels_last)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        shape = list(ctx.whole)
        whole = torch.empty(
            shape, dtype=gradient.dtype, device=gradient.device, memory_format=torch.channels_last
        ).zero_()
        whole[(..., *ctx.window)] = gradient
        return whole, None


def _own(maps: Tensor, tile: Tile, layer: str) -> Tensor:
    """A copy of a tile's maps without the padding."""
    own: Tensor = _Own.apply(maps, tile.of_padded(layer))  # type: ignore[no-untyped-call]
    return own


def pixel_losses(
    image: Float[Tensor, "1 3 height width"],
    photograph: Float[Tensor, "1 3 _height2 _width2"],
    tile: Tile,
    options: GatysOptions,
) -> dict[str, Float[Tensor, ""]]:
    """A tile's part of the total variation and pixel losses that have a weight; parts can be added.

    The image is the tile with its padding, at least one more row and column; the photograph is
    whole.
    """
    losses = {}
    rows, columns = _core(tile.down), _core(tile.across)
    if options.total_variation_weight:
        height, width = tile.down.length, tile.across.length
        # A difference belongs to its first pixel.
        right, below = _core(tile.across, 1), _core(tile.down, 1)
        across = image[..., rows, right].diff(dim=-1).square().sum() / max(1, height * (width - 1))
        down = image[..., below, columns].diff(dim=-2).square().sum() / max(1, (height - 1) * width)
        losses["total_variation"] = (across + down) / 3
    if options.pixel_weight:
        wanted = photograph[(..., *tile.core)]
        squares = (image[..., rows, columns] - wanted).square().sum()
        losses["pixel"] = squares / photograph.numel()
    return losses


def _core(span: Span, more: int = 0) -> slice:
    """The core within the padded piece, extended by ``more`` positions."""
    first = span.padded.start
    return slice(span.core.start - first, span.core.stop - first + more)


def _first_layer_alone(network: VGG) -> VGG:
    conv = network.convs["conv1_1"]
    weights = {f"conv1_1.{name}": each for name, each in conv.named_parameters()}
    shallow = VGG(network.name, weights, [_FIRST], network.convention, network.pooling)
    return shallow.to(network.mean.device)


def _kept_from(tiles: Sequence[Tile], keepable: int) -> int:
    """The index of the first tile that keeps its maps; all later ones do too."""
    areas = itertools.accumulate(tile.area for tile in reversed(tiles))
    return len(tiles) - max(1, sum(area <= keepable for area in areas))
