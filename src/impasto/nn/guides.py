"""Where in each layer's maps a style belongs, from a mask of the picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from impasto.nn.frozen import average_pool
from impasto.nn.vgg import canonical_layer, conv_names

_LEAST_LEFT: Final = 0.05
"""Share of a mask's weight that erosion must leave: statistics of fewer positions say little."""


def guides(
    mask: Float[Tensor, "1 1 height width"], layers: Iterable[str], network: str
) -> dict[str, Float[Tensor, "1 1 _height _width"]]:
    """Bring a mask to the size of each layer's maps, less what sees beyond it.

    Gatys et al. 2017 ("Controlling perceptual factors in neural style transfer", section 4) find
    eroded guides better than ones of the mask's own extent, as the units at its edge see what
    lies outside. They keep the units that see nothing else, found by probing the network with
    noise, and may widen the result again by a few units; masks are black and white. Here masks
    are soft and so is the erosion: a guide is the mask, pooled as the network's maps are, minus
    twice what it exceeds its mean over the unit's view by. At a sharp edge that is 0, and well
    inside as on a gentle slope the mask itself. The view is the effective one, a bell that the
    center dominates (Luo et al. 2016), as the theoretical one would leave nothing of most masks
    in the deepest layers.

    A mask never vanishes: in a layer where erosion would leave next to nothing it stays whole.

    Args:
        mask: From 0 to 1, in the size of the picture.
        layers: Names of layers, by either name.
        network: ``vgg16`` or ``vgg19``.

    Returns:
        The guide of each layer by its name after the ReLU, in the size of its maps.

    Raises:
        ValueError: The network has no such layer.
    """
    wanted = {canonical_layer(name, network) for name in layers}
    found: dict[str, Tensor] = {}
    inside = seen = mask
    for name in conv_names(network):
        if len(found) == len(wanted):
            break
        if name.endswith("_1") and name != "conv1_1":
            inside, seen = average_pool(inside), average_pool(seen)
        seen = _blurred(seen)
        layer = name.replace("conv", "relu")
        if layer in wanted:
            found[layer] = _eroded(_never_gone(inside, mask), seen)
    return found


def _blurred(seen: Tensor) -> Tensor:
    # What a 3x3 convolution of equal weights makes of it; beyond the border there is nothing to
    # see, rather than something outside of the mask.
    return F.avg_pool2d(seen, 3, stride=1, padding=1, count_include_pad=False)


def _eroded(inside: Tensor, seen: Tensor) -> Tensor:
    eroded = (inside - 2 * (inside - seen).clamp_min(0)).clamp_min(0)
    left = eroded.square().sum() / inside.square().sum().clamp_min(1e-12)
    return eroded if left >= _LEAST_LEFT else inside


def _never_gone(inside: Tensor, mask: Tensor) -> Tensor:
    # The network leaves out an odd last row or column, and with it what is nowhere else.
    if inside.any() or not mask.any():
        return inside
    height, width = inside.shape[-2:]
    return F.adaptive_avg_pool2d(mask, (height, width))
