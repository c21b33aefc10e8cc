"""Features replaced by the nearest of another picture, in columns of all layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

from impasto.nn.frozen import average_pool
from impasto.nn.resize import Size, size_of

_BLOCK: Final = 2**24
"""Cosines in memory at a time: 64 MB."""

_ROUNDS: Final = 300
"""Steps of the search for the biases that give each style its share."""


_GRID_BLOCK: Final = 3
"""Block of VGG whose maps have the resolution of the columns: a quarter of the image's."""

_LEAST_ENERGY: Final = 1e-12
"""Squared length below which a column counts as empty."""


def nearest(
    rows: Float[Tensor, "places features"],
    pool: Float[Tensor, "candidates features"],
    block: int = _BLOCK,
) -> tuple[Int[Tensor, " places"], Float[Tensor, " places"]]:
    """Find the candidate with the largest centered cosine for each row, and that cosine.

    Kolkin et al. 2022 ("Neural Neighbor Style Transfer"): both sides are centered by their own
    means, so that differences between the pictures do not matter. A row equal to its mean has the
    cosine 0 with every candidate.

    Args:
        rows: Features of one picture, one row per position.
        pool: Features of the other.
        block: Cosines in memory at a time; only rounding depends on it.

    Returns:
        Indices into ``pool``, and cosines in at least float32.
    """
    candidates = centered_directions(pool)
    mean = _mean(rows)
    found = [
        (_directions(piece, mean) @ candidates.mT).max(1)
        for piece in torch.split(rows, max(1, block // len(pool)))
    ]
    return torch.cat([each.indices for each in found]), torch.cat([each.values for each in found])


def centered_directions(
    rows: Float[Tensor, "places features"],
) -> Float[Tensor, "places features"]:
    """Rows minus their mean, with length 1, in at least float32; a row equal to the mean is 0."""
    return _directions(rows, _mean(rows))


def gathered(
    pools: Sequence[Float[Tensor, "_candidates features"]],
    indices: Sequence[Int[Tensor, " places"]],
    shares: Float[Tensor, "pools places"],
) -> Float[Tensor, "places features"]:
    """The rows of the pools that :func:`nearest` found, as directions of length 1.

    Args:
        pools: Features of each style.
        indices: For each style, the row for each position.
        shares: The share of each style at each position; directions of several styles are mixed,
            and without any style the row is 0.
    """
    total = torch.zeros(shares.shape[1], pools[0].shape[1]).to(pools[0])
    for pool, index, share in zip(pools, indices, shares, strict=True):
        total += F.normalize(pool[index], dim=1) * share[:, None].to(pool.dtype)
    return F.normalize(total, dim=1)


def allotted(
    cosines: Float[Tensor, "pools places"], weights: Sequence[float] = ()
) -> Float[Tensor, "pools places"]:
    """Assign each position to one style by best fit, with a given share of positions per style.

    A bias for each style's cosines gives the largest sum of cosines with these shares (the dual of
    optimal transport between positions and styles). The biases are found by gradient ascent, so
    the shares are met up to ties and a few thousandths.

    Args:
        cosines: The cosine of every position's nearest candidate in each style.
        weights: The weight of each style, in any unit; by default all are equal.

    Returns:
        1 where a position belongs to a style, otherwise 0.
    """
    count = len(cosines)
    wanted = cosines.new_tensor(tuple(weights) or (1.0,) * count)
    wanted = wanted / wanted.sum()
    biases = torch.where(wanted > 0, 0.0, -torch.inf).to(cosines)
    rate = float((cosines.amax(0) - cosines.amin(0)).mean()) if count > 1 else 0.0
    for number in range(_ROUNDS if rate else 0):
        had = _won(cosines + biases[:, None]).mean(1)
        biases = biases + 2 * rate * (1 - number / _ROUNDS) * (wanted - had)
    return _won(cosines + biases[:, None])


def _won(scores: Tensor) -> Tensor:
    return F.one_hot(scores.argmax(0), len(scores)).mT.to(scores.dtype)


def _directions(rows: Tensor, mean: Tensor) -> Tensor:
    return F.normalize(rows.to(mean.dtype) - mean, dim=1)


def _mean(rows: Tensor) -> Tensor:
    return rows.mean(0, dtype=torch.promote_types(rows.dtype, torch.float32))


def aligned(
    features: Mapping[str, Float[Tensor, "1 _channels _height _width"]],
) -> list[Float[Tensor, "1 _channels2 height width"]]:
    """Resize VGG's feature maps to the resolution of block 3, to be read as columns.

    Kolkin et al. 2022 ("Neural Neighbor Style Transfer"): a quarter of the image's
    resolution, each layer divided by its channels so that wide layers do not outweigh the others.
    The finer maps are averaged, where the authors' program picks by linear interpolation: what lies
    between the sampled positions would have no gradient. Coarser maps are enlarged linearly.

    Args:
        features: Maps by the name of their layer (``relu3_1``), of block 3 among others.
    """
    grid = next(size_of(maps) for name, maps in features.items() if int(name[4]) == _GRID_BLOCK)
    return [_brought(maps, int(name[4]), grid) / maps.shape[1] for name, maps in features.items()]


def columns(
    maps: Sequence[Float[Tensor, "1 _channels height width"]],
) -> Float[Tensor, "height*width total"]:
    """The maps as rows of one matrix: each position with the features of all layers."""
    return torch.cat([each.permute(0, 2, 3, 1).flatten(0, 2) for each in maps], dim=1)


def column_cosine(
    maps: Sequence[Float[Tensor, "1 _channels height width"]],
    targets: Float[Tensor, "height*width total"],
) -> Float[Tensor, " height*width"]:
    """Cosine between the column of each position and its target, with a gradient to the maps.

    To save memory, columns are never assembled or stored in float32: a picture of 512 x 512 has
    2,688 features at each of 16,384 positions.

    Args:
        maps: Of the image, from :func:`aligned`.
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
