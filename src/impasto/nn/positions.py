"""Feature maps as lists of positions, a piece at a time, each with its weight."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

PIECE: Final = 4096
"""Positions that are widened at a time, so that the copy stays in the processor's cache."""


def rows_of(
    features: Float[Tensor, "1 channels height width"],
) -> Float[Tensor, "positions channels"]:
    """Each position's features in a row: a view when the features are channels_last."""
    return features.permute(0, 2, 3, 1).flatten(0, 2)


def maps_of(
    rows: Float[Tensor, "positions channels"], like: Float[Tensor, "1 channels height width"]
) -> Float[Tensor, "1 channels height width"]:
    """Rows as feature maps again, channels_last, in the shape of ``like``."""
    height, width = like.shape[-2:]
    return rows.view(1, height, width, -1).permute(0, 3, 1, 2)


def weights_of(
    guide: Float[Tensor, "1 1 height width"] | None, features: Float[Tensor, "1 _ height width"]
) -> Float[Tensor, " positions"] | None:
    """How much each position of some features counts: the square of its guide.

    Gatys et al. 2017 ("Controlling perceptual factors", section 4.1) multiply features by their
    guide before they are correlated, so in a Gram matrix a soft guide counts by its square. It
    does so in every statistic here, that a mask means the same to all of them.
    """
    return None if guide is None else guide.to(wide(features)).flatten().square()


def total_weight(
    features: Float[Tensor, "1 channels height width"],
    guide: Float[Tensor, "1 1 height width"] | None = None,
) -> Float[Tensor, ""]:
    """The sum of all positions' weights: their number, without a guide."""
    weights = weights_of(guide, features)
    exact = widest(features.device)
    if weights is None:
        return torch.tensor(features.shape[-2:].numel(), dtype=exact, device=features.device)
    return weights.sum(dtype=exact)


def pieces(
    rows: Float[Tensor, "positions _columns"], weights: Float[Tensor, " positions"] | None = None
) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Some rows at a time, with their weights as a column."""
    shares = itertools.repeat(None) if weights is None else torch.split(weights[:, None], PIECE)
    return zip(torch.split(rows, PIECE), shares, strict=False)


def wide(values: Tensor) -> torch.dtype:
    """At least float32: in bfloat16 a sum stops growing at 256 times its terms."""
    return torch.promote_types(values.dtype, torch.float32)


def widest(device: torch.device) -> torch.dtype:
    """float64, or float32 on the one kind of device that lacks it."""
    return torch.float32 if device.type == "mps" else torch.float64
