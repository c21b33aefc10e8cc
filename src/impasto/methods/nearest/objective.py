"""The two losses of painting by nearest neighbors: for columns, and for single layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from impasto.methods.nearest.scene import Kept, Scene, Turned
from impasto.nn.columns import (
    aligned,
    allotted,
    centered_directions,
    column_cosine,
    columns,
    gathered,
    nearest,
)
from impasto.nn.resize import averaged, size_of
from impasto.nn.vgg import VGG

_MOST_COLUMNS: Final = 2**14
"""Largest number of columns of a style to search: all of 512 x 512, otherwise an even sample."""

_NEIGHBORHOOD: Final = 5
"""Side of the window, in positions, over which the fit of a style is averaged, to avoid specks of
one style in the other."""

_LOOKS: Final = 48
"""Positions along the longer side of a map that the last pass compares in one step. The authors'
program uses 64 to 127, which makes the search slower than the network."""

_INSIDE: Final = 0.9
"""Mask value of a style image from which a position is inside."""

_ANCHOR: Final = 1.0
"""Weight of the columns' distance in the last pass."""

_RANGE_WEIGHT: Final = 1.0
"""Weight of the loss for values outside [0, 1], see :meth:`Palette.losses`."""


class ColumnsObjective(nn.Module):
    """Distance to the photograph's columns of features, each replaced by the nearest of a style.

    Kolkin et al. 2022: 1 - cosine between a column of the image and its target, averaged over all
    positions. The targets are found once, when the objective is created.

    Args:
        network: With all layers of blocks 1 to 4.
        guide: The picture whose columns are replaced.
        scene: The styles, where each goes, and what stays photographic.
    """

    def __init__(
        self, network: VGG, guide: Float[Tensor, "1 3 height width"], scene: Scene
    ) -> None:
        super().__init__()
        self.network = network
        with torch.no_grad():
            self.shares, targets = self._replaced(guide, scene)
            self.targets = targets if scene.kept is None else self._with_kept(targets, scene.kept)

    def forward(self, image: Float[Tensor, "1 3 height width"]) -> dict[str, Float[Tensor, ""]]:
        """Compute the distance, which is the only loss."""
        distance = self.distance(self.network(image))
        return {"total": distance, "columns": distance}

    def distance(self, features: Mapping[str, Tensor]) -> Float[Tensor, ""]:
        """The distance of an image with these features."""
        return 1 - column_cosine(aligned(features), self.targets).mean()

    def _replaced(self, guide: Tensor, scene: Scene) -> tuple[Tensor, Tensor]:
        maps = aligned(self.network(guide))
        size = size_of(maps[0])
        pools = [self._pool(turned) for turned in scene.styles]
        rows = columns(maps)
        found = [nearest(rows, pool) for pool in pools]
        shares = scene.shares
        if shares is None:
            cosines = torch.stack([cosine.view(size) for _, cosine in found])
            keep = None if scene.kept is None else scene.kept.where
            shares = allotted_shares(cosines, scene.weights, keep)
        flat = averaged(shares, size)[0].flatten(1)
        return shares, gathered(pools, [index for index, _ in found], flat)

    def _pool(self, turned: Turned) -> Tensor:
        found = []
        for image, part in turned:
            maps = aligned(self.network(image))
            found.append(
                _within(columns(maps), None if part is None else averaged(part, size_of(maps[0])))
            )
        rows = torch.cat(found)
        if len(rows) <= _MOST_COLUMNS:
            return rows
        chosen = torch.linspace(0, len(rows) - 1, _MOST_COLUMNS, device=rows.device)
        return rows[chosen.long()]

    def _with_kept(self, targets: Tensor, kept: Kept) -> Tensor:
        maps = aligned(self.network(kept.content))
        own = F.normalize(columns(maps), dim=1)
        part = averaged(kept.where, size_of(maps[0])).flatten()[:, None].to(own.dtype)
        return F.normalize(torch.lerp(targets, own, part), dim=1)


class LayersObjective(nn.Module):
    """Distance of each layer's features to the style's nearest, searched again at every step.

    The feature splitting of Kolkin et al. 2022: each layer has its own neighbors, so textures
    become finer than columns allow. The cosines are of centered features, on a coarse grid with
    random offsets. Unlike in their program, the columns' distance remains with weight ``_ANCHOR``:
    otherwise nothing preserves the photograph, and walls dissolve into strokes. The layers are
    averaged, not summed.

    Args:
        columns: The objective at this size; its network, targets and shares are used.
        scene: The same scene.
        generator: Draws the offsets; its state is part of the painting's state.
    """

    def __init__(self, columns: ColumnsObjective, scene: Scene, generator: torch.Generator) -> None:
        super().__init__()
        self.columns = columns
        self.generator = generator
        with torch.no_grad():
            self.styles = [
                [(columns.network(image), part) for image, part in turned]
                for turned in scene.styles
            ]

    @property
    def shares(self) -> Float[Tensor, "1 styles _height _width"]:
        """The share of each style at every position."""
        return self.columns.shares

    def forward(self, image: Float[Tensor, "1 3 height width"]) -> dict[str, Float[Tensor, ""]]:
        """Compute the distance of each layer and of the columns."""
        features = self.columns.network(image)
        layers = {f"layers/{name}": self._distance(name, maps) for name, maps in features.items()}
        layered = torch.stack(list(layers.values())).mean()
        columns = self.columns.distance(features)
        total = layered + _ANCHOR * columns
        return {"total": total, "columns": columns, "layers": layered, **layers}

    def _distance(self, name: str, maps: Tensor) -> Tensor:
        offset = self._offset()
        rows = _sampled(maps, offset)
        shares = _sampled(averaged(self.shares, size_of(maps)), offset).mT
        total = torch.zeros((), device=rows.device)
        for turned, share in zip(self.styles, shares, strict=True):
            offset = self._offset()
            pool = torch.cat([_pooled(features[name], part, offset) for features, part in turned])
            total = total + (_distances(rows, pool) * share).mean()
        return total

    def _offset(self) -> tuple[float, float]:
        down, across = torch.rand(2, generator=self.generator).tolist()
        return down, across


class HeldObjective(nn.Module):
    """An objective plus a loss that keeps the colors near a palette.

    Args:
        distance: Computes the losses of features, with ``total``.
        scene: The scene with the palette, and where it applies.
        weight: Weight of the palette's loss.
    """

    def __init__(self, distance: nn.Module, scene: Scene, weight: float) -> None:
        super().__init__()
        self.distance = distance
        self.palette = scene.palette
        self.weight = weight
        self.where = scene.painted

    def forward(self, image: Float[Tensor, "1 3 height width"]) -> dict[str, Float[Tensor, ""]]:
        """Compute every loss; ``total`` is their weighted sum."""
        losses = self.distance(image)
        colors = self.palette.losses(image, self.where)
        held = self.weight * colors["palette"] + _RANGE_WEIGHT * colors["range"]
        return {**losses, **colors, "total": losses["total"] + held}

    def backward(self, image: Float[Tensor, "1 3 height width"]) -> dict[str, Float[Tensor, ""]]:
        """Compute every loss, and add the gradient of ``total`` to the image's parts."""
        losses: dict[str, Tensor] = self(image)
        torch.autograd.backward(losses["total"])
        return losses


def allotted_shares(
    cosines: Float[Tensor, "styles height width"],
    weights: Sequence[float],
    keep: Float[Tensor, "1 1 _height _width"] | None,
) -> Float[Tensor, "1 styles height width"]:
    """The share of each style without masks: each goes where it fits best, see ``allotted``."""
    around = F.avg_pool2d(
        cosines[None], _NEIGHBORHOOD, 1, _NEIGHBORHOOD // 2, count_include_pad=False
    )
    shares = allotted(around[0].flatten(1), weights).view_as(around)
    return shares if keep is None else shares * (1 - averaged(keep, size_of(shares)))


def _sampled(maps: Tensor, offset: tuple[float, float]) -> Tensor:
    """The features at an even grid of positions, (1, C, h, w) -> (positions, C)."""
    stride = -(-max(size_of(maps)) // _LOOKS)
    top, left = (
        int(part * min(stride, side)) for part, side in zip(offset, size_of(maps), strict=True)
    )
    # A view of channels_last memory, so that the gradient has that order, too.
    return maps.permute(0, 2, 3, 1)[:, top::stride, left::stride].flatten(0, 2)


def _pooled(maps: Tensor, part: Tensor | None, offset: tuple[float, float]) -> Tensor:
    place = None if part is None else _sampled(averaged(part, size_of(maps)), offset)
    return _within(_sampled(maps, offset), place)


def _within(rows: Tensor, part: Tensor | None) -> Tensor:
    """The rows of features inside the mask of a style image, or those nearest to it."""
    if part is None:
        return rows
    levels = part.flatten()
    return rows[levels >= min(_INSIDE, float(levels.max()))]


def _distances(rows: Tensor, pool: Tensor) -> Tensor:
    """1 - cosine of each row to the nearest of the pool, with a gradient to the rows."""
    index, _ = nearest(rows.detach(), pool)
    targets = centered_directions(pool)[index]
    return 1 - (centered_directions(rows) * targets).sum(1)
