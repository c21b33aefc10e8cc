"""Features replaced by the nearest of another picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

_BLOCK: Final = 2**24
"""Cosines that are in memory at a time: 64 MB."""

_ROUNDS: Final = 300
"""Steps towards the biases that give every style its part of the places."""


def nearest(
    rows: Float[Tensor, "places features"],
    pool: Float[Tensor, "candidates features"],
    block: int = _BLOCK,
) -> tuple[Int[Tensor, " places"], Float[Tensor, " places"]]:
    """Find the candidate with the largest centered cosine for each row, and that cosine.

    Kolkin et al. 2022 ("Neural Neighbor Style Transfer"): either side is centered by
    its own mean, so that what is compared is how a place differs from its picture and not how the
    pictures differ. A row equal to its mean has the cosine 0 with every candidate.

    Args:
        rows: Features of one picture, a place each.
        pool: Features of the other.
        block: Cosines that are in memory at a time; only rounding depends on it.

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
    """Rows less their mean, of length 1 and in at least float32; a row equal to the mean is 0."""
    return _directions(rows, _mean(rows))


def gathered(
    pools: Sequence[Float[Tensor, "_candidates features"]],
    indices: Sequence[Int[Tensor, " places"]],
    shares: Float[Tensor, "pools places"],
) -> Float[Tensor, "places features"]:
    """The rows of the pools that :func:`nearest` found, as directions of length 1.

    Args:
        pools: Features of each style.
        indices: For each style, the row that takes each place.
        shares: How much of each style goes where; where several have a share, their directions
            are mixed, and where none has, the row is 0.
    """
    total = torch.zeros(shares.shape[1], pools[0].shape[1]).to(pools[0])
    for pool, index, share in zip(pools, indices, shares, strict=True):
        total += F.normalize(pool[index], dim=1) * share[:, None].to(pool.dtype)
    return F.normalize(total, dim=1)


def allotted(
    cosines: Float[Tensor, "pools places"], weights: Sequence[float] = ()
) -> Float[Tensor, "pools places"]:
    """Give each place to one style, each style its part of the places, where it fits best.

    The largest sum of cosines under these parts is had by adding a bias to each style's cosines
    (the dual of optimal transport between places and styles); the biases are found by ascent, so
    the parts are met up to ties and a few thousandths.

    Args:
        cosines: Of every place's nearest candidate in each style.
        weights: Of each style, in any unit; all alike when none are given.

    Returns:
        1 where a place is a style's, else 0.
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
