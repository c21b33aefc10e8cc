"""The style losses: statistics of each region, and their distance to the styles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.methods.subject import Style, Subject
from impasto.nn.losses import STYLE_FORMS
from impasto.nn.statistics import (
    STYLE_STATISTICS,
    Gram,
    StyleStatistic,
    mean_measured,
    measured,
)
from impasto.nn.tiles import Tile, guides
from impasto.nn.vgg import VGG, canonical_layer
from impasto.options.gatys import GatysOptions

Measured = dict[tuple[int, str], Tensor]
"""Sums over positions, by number of the region and layer."""


@dataclass(frozen=True)
class Region:
    """A part of the picture, and its styles.

    Attributes:
        guides: How much each position of a layer belongs to the region; None is the whole picture.
        styles: The share of each style in the loss, and its targets by layer.
    """

    guides: Mapping[str, Float[Tensor, "1 1 _height _width"]] | None
    styles: Sequence[tuple[float, Mapping[str, Any]]]

    def guide(self, layer: str, tile: Tile | None) -> Tensor | None:
        """The guide of a layer for the whole picture, or for a tile without its padding."""
        if self.guides is None:
            return None
        guide = self.guides[layer]
        if tile is None:
            return guide
        rows, columns = tile.of_whole(layer)
        return guide[..., rows, columns]


class Regions:
    """All regions of a picture.

    Several styles in one region: their losses are mixed by the styles' weights. For squared
    distances of Gram matrices the optimum is the mixed matrix, as in neural-style (Johnson 2015)
    with ``-style_blend_weights``. The losses of the styles are comparable, as each is relative to
    its target.

    Styles with masks: each region has its own statistics (Gatys et al. 2017, "Controlling
    perceptual factors", section 4). There all regions have equal weight; here the weight is the
    area, so that a small region is painted as strongly as a large one, but not more.
    """

    def __init__(
        self,
        network: VGG,
        subject: Subject,
        options: GatysOptions,
        targets: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        self.layers = tuple(canonical_layer(name, network.name) for name in options.style_layers)
        self.statistic = _statistic(options, network.unit)
        if targets is None:
            targets = style_targets(network, subject, options)
        self.regions = self._regions(network, subject, targets)

    def measure(
        self, features: Mapping[str, Tensor], tile: Tile | None = None
    ) -> tuple[Measured, Measured]:
        """The sums over the features of the picture or a tile (without padding), and weights."""
        sums, weights = {}, {}
        for number, region in enumerate(self.regions):
            for layer in self.layers:
                guide, maps = region.guide(layer, tile), features[layer]
                sums[number, layer], weights[number, layer] = measured(self.statistic, maps, guide)
        return sums, weights

    def losses(self, sums: Measured, weights: Measured) -> dict[str, Float[Tensor, ""]]:
        """The loss of each layer, from the sums over the whole picture."""
        by_layer: dict[str, list[Tensor]] = {layer: [] for layer in self.layers}
        for number, region in enumerate(self.regions):
            for layer in self.layers:
                found = sums[number, layer], weights[number, layer]
                by_layer[layer] += [
                    self.statistic.loss(*found, targets[layer]) * share
                    for share, targets in region.styles
                ]
        return {layer: torch.stack(parts).sum() for layer, parts in by_layer.items()}

    def pulled_back(
        self, slopes: Measured, features: Tensor, layer: str, tile: Tile
    ) -> Float[Tensor, "1 _channels _height _width"]:
        """The gradient of a tile's features, from the gradient of the sums."""
        parts = [
            pulled_back(self.statistic, slopes[number, layer], features, region.guide(layer, tile))
            for number, region in enumerate(self.regions)
        ]
        return parts[0] if len(parts) == 1 else torch.stack(parts).sum(0)

    def _regions(
        self, network: VGG, subject: Subject, targets: Sequence[Mapping[str, Any]]
    ) -> list[Region]:
        places = _places(subject)
        styles = list(zip(_shares(subject, places), targets, strict=True))
        masked = any(style.mask is not None for style in subject.styles)
        # Styles without masks share one region, measured once.
        groups = [[each] for each in styles] if masked else [styles]
        regions = []
        for place, group in zip(places, groups, strict=False):
            if any(share for share, _ in group):
                of = self.layers, network.name, network.pooling_edge
                regions.append(Region(None if place is None else guides(place, *of), group))
        return regions


@torch.no_grad()
def style_targets(network: VGG, subject: Subject, options: GatysOptions) -> list[dict[str, Any]]:
    """Each style's target by layer: the mean over its images, each measured in its part."""
    layers = [canonical_layer(name, network.name) for name in options.style_layers]
    statistic, of = _statistic(options, network.unit), (layers, network.name, network.pooling_edge)
    targets = []
    for style in subject.styles:
        found: dict[str, list[tuple[Tensor, Tensor]]] = {name: [] for name in layers}
        for image, part in style.samples:
            maps = network(image)
            places = {} if part is None else guides(part, *of)
            for name, each in found.items():
                each.append(measured(statistic, maps[name], places.get(name)))
        targets.append(
            {name: statistic.target_of(*mean_measured(each)) for name, each in found.items()}
        )
    return targets


def place_of(style: Style, subject: Subject) -> Float[Tensor, "1 1 height width"] | None:
    """Where a style applies: inside its mask and the painted part; or None."""
    kept = None if subject.keep is None else 1 - subject.keep
    given = [each for each in (style.mask, subject.alpha, kept) if each is not None]
    if not given:
        return None
    place = given[0]
    for each in given[1:]:
        place = place * each
    return None if float(place.min()) >= 1 else place


def pulled_back(
    statistic: StyleStatistic, slope: Tensor, features: Tensor, guide: Tensor | None
) -> Tensor:
    """The gradient of <slope, measure(features)> with respect to the features.

    Gram matrices need no second measurement, which would take a tenth of a step.
    """
    if isinstance(statistic, Gram):
        symmetric = (slope + slope.mT)[0].to(features.dtype)
        rows = features.permute(0, 2, 3, 1) @ symmetric
        if guide is not None:
            rows *= guide.permute(0, 2, 3, 1).square().to(rows)
        return rows.permute(0, 3, 1, 2)
    leaf = features.detach().requires_grad_(True)
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(statistic.measure(leaf, guide), leaf, slope)
    return gradient


def _statistic(options: GatysOptions, unit: float) -> StyleStatistic:
    if options.style_loss == "gram":
        return Gram(STYLE_FORMS[options.style_form], unit)
    return STYLE_STATISTICS[options.style_loss]


def _places(subject: Subject) -> list[Tensor | None]:
    """Where each style applies; everywhere if no style applies anywhere."""
    places = [place_of(style, subject) for style in subject.styles]
    visible = any(place is None or bool(place.any()) for place in places)
    return places if visible else [None] * len(places)


def _shares(subject: Subject, places: Sequence[Tensor | None]) -> list[float]:
    """The share of each style in the loss, by weight and area.

    They sum to the part of the picture that all styles cover together, so that the style weight
    keeps its meaning.
    """
    areas = [1.0 if place is None else float(place.mean()) for place in places]
    weights = [style.weight * area for style, area in zip(subject.styles, areas, strict=True)]
    whole = _covered(places) / sum(weights)
    return [weight * whole for weight in weights]


def _covered(places: Sequence[Tensor | None]) -> float:
    """The part of the picture that all regions cover together."""
    outside: Tensor | float = 1.0
    for place in places:
        if place is None:
            return 1.0
        outside = (1 - place) * outside
    return 1 - float(torch.as_tensor(outside).mean())
