"""Which style paints which place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from impasto.methods.nearest.subject import Subject
from impasto.nn.nearest import allotted
from impasto.nn.pyramid import Size, size_of

_NEIGHBORHOOD: Final = 5
"""Side in places over which it is averaged how well a style fits: single places would make specks
of one style in the other."""

_NOTHING: Final = 1e-3
"""Sum of all masks below which a pixel counts as outside of all."""


def fitted_map(
    maps: Float[Tensor, "1 channels _height _width"], size: Size
) -> Float[Tensor, "1 channels _height2 _width2"]:
    """Masks at the size of feature maps: the mean of what a place covers."""
    return F.interpolate(maps, size, mode="bilinear", antialias=True)


def mask_shares(subject: Subject) -> Float[Tensor, "1 styles height width"] | None:
    """The part of each style at every pixel by the masks, less what stays photographic.

    None when there are no masks and several styles, which then share by how well they fit, or
    when one style goes everywhere.
    """
    masks, keep = subject.masks, subject.keep
    if masks is not None:
        shares = normalized_masks(masks)
        return shares if keep is None else shares * (1 - keep)
    return 1 - keep if keep is not None and len(subject.styles) == 1 else None


def normalized_masks(
    masks: Float[Tensor, "1 styles height width"],
) -> Float[Tensor, "1 styles height width"]:
    """Masks that sum to 1: where several overlap they share, where none is, all do."""
    total = masks.sum(1, keepdim=True)
    return torch.where(total > _NOTHING, masks / total.clamp_min(_NOTHING), 1 / masks.shape[1])


def allotted_shares(
    cosines: Float[Tensor, "styles height width"],
    weights: Sequence[float],
    keep: Float[Tensor, "1 1 _height _width"] | None,
) -> Float[Tensor, "1 styles height width"]:
    """The part of each style where no masks say it: where it fits best, see ``allotted``."""
    around = F.avg_pool2d(
        cosines[None], _NEIGHBORHOOD, 1, _NEIGHBORHOOD // 2, count_include_pad=False
    )
    shares = allotted(around[0].flatten(1), weights).view_as(around)
    return shares if keep is None else shares * (1 - fitted_map(keep, size_of(shares)))
