"""How much a feature map resembles itself some pixels on."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def shifted_gram_matrix(
    features: Float[Tensor, "batch channels height width"], shift: tuple[int, int]
) -> Float[Tensor, "batch channels channels"]:
    """Correlate every channel with every channel some places on, averaged over positions.

    Berger and Memisevic 2017, "Incorporating long-range consistency in CNN-based texture
    generation", equation 3. A Gram matrix does not know how strokes lie to one another, so one
    stroke again and again in a lattice is as good to it as a painting. Not symmetric.

    Args:
        features: Of any size.
        shift: Rows and columns, each at least 0; at most to the last place of a small map.

    Returns:
        Mean of F_i(y, x) F_j(y + rows, x + columns) over all pairs of places, in at least float32;
        of half-precision features the entries, not the sums, are rounded to that precision.
    """
    height, width = features.shape[-2:]
    rows, columns = min(shift[0], height - 1), min(shift[1], width - 1)
    here = _flat(features[:, :, : height - rows, : width - columns])
    there = _flat(features[:, :, rows:, columns:])
    wide = torch.promote_types(features.dtype, torch.float32)
    return (here.mT @ there).to(wide) / here.shape[1]


def _flat(maps: Tensor) -> Tensor:
    return maps.permute(0, 2, 3, 1).flatten(1, 2)
