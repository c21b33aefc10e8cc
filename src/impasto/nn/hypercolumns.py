"""Feature maps of several layers side by side: one long column of features a place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from impasto.nn.frozen import average_pool
from impasto.nn.pyramid import Size, size_of

_GRID_BLOCK: Final = 3
"""Block of VGG whose maps have the resolution of the columns: a quarter of the image's."""

_LEAST_ENERGY: Final = 1e-12
"""Squared length below which a column counts as empty."""


def aligned(
    features: Mapping[str, Float[Tensor, "1 _channels _height _width"]],
) -> list[Float[Tensor, "1 _channels2 height width"]]:
    """Bring VGG's feature maps to one resolution, that of block 3, to be read as columns.

    Kolkin et al. 2022 ("Neural Neighbor Style Transfer"): a quarter of the image's
    resolution, each layer divided by its channels so that wide layers do not outweigh the others.
    The finer maps are averaged, where the authors' program picks by linear interpolation: what lies
    between the picked places would have no gradient. Coarser maps are enlarged linearly.

    Args:
        features: Maps by the name of their layer (``relu3_1``), of block 3 among others.
    """
    grid = next(size_of(maps) for name, maps in features.items() if int(name[4]) == _GRID_BLOCK)
    return [_brought(maps, int(name[4]), grid) / maps.shape[1] for name, maps in features.items()]


def columns(
    maps: Sequence[Float[Tensor, "1 _channels height width"]],
) -> Float[Tensor, "height*width total"]:
    """The maps as rows of one matrix: every place with the features of all layers."""
    return torch.cat([each.permute(0, 2, 3, 1).flatten(0, 2) for each in maps], dim=1)


def column_cosine(
    maps: Sequence[Float[Tensor, "1 _channels height width"]],
    targets: Float[Tensor, "height*width total"],
) -> Float[Tensor, " height*width"]:
    """Cosine between the column of each place and its target, with a gradient to the maps.

    No column is put together and nothing of their size is kept in float32: the maps of a picture
    of 512 x 512 have 2,688 features at each of 16,384 places.

    Args:
        maps: Of the image, as :func:`aligned` gives them.
        targets: Rows of length 1, or 0 where there is none.
    """
    cosine: Tensor = _ColumnCosine.apply(targets, *maps)  # type: ignore[no-untyped-call]
    return cosine


class _ColumnCosine(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, targets: Tensor, *maps: Tensor) -> Tensor:
        wide = torch.promote_types(targets.dtype, torch.float32)
        energy = along = torch.zeros(len(targets), dtype=wide, device=targets.device)
        for own, target in _pairs(maps, targets):
            energy = energy + (own * own).sum(1, dtype=wide)
            along = along + (own * target).sum(1, dtype=wide)
        length = energy.clamp_min(_LEAST_ENERGY).sqrt()
        ctx.save_for_backward(targets, length, along / length, *maps)
        return along / length

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        targets, length, cosine, *maps = ctx.saved_tensors
        # d cos / d own = (target - cos own / |own|) / |own|
        to_target = (gradient / length)[:, None].to(targets.dtype)
        to_own = (-gradient * cosine / length**2)[:, None].to(targets.dtype)
        gradients = [
            (target * to_target).addcmul_(own, to_own) for own, target in _pairs(maps, targets)
        ]
        shapes = [each.permute(0, 2, 3, 1).shape for each in maps]
        return None, *(
            each.view(shape).permute(0, 3, 1, 2)
            for each, shape in zip(gradients, shapes, strict=True)
        )


def _pairs(maps: Sequence[Tensor], targets: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    parts = torch.split(targets, [each.shape[1] for each in maps], dim=1)
    for each, part in zip(maps, parts, strict=True):
        yield each.permute(0, 2, 3, 1).flatten(0, 2), part


def _brought(maps: Tensor, block: int, grid: Size) -> Tensor:
    for _ in range(block, _GRID_BLOCK):
        maps = average_pool(maps)
    if size_of(maps) == grid:
        return maps
    enlarged = F.interpolate(maps, grid, mode="bilinear")
    return enlarged.contiguous(memory_format=torch.channels_last)
