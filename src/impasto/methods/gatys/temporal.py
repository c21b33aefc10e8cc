"""What ties a frame of a film to the frames before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.methods.gatys.objective import Objective
from impasto.nn.losses import temporal_loss

if TYPE_CHECKING:
    from impasto.methods.gatys.tiled import TiledObjective


@dataclass(frozen=True, eq=False)
class Anchor:
    """An earlier painted frame, carried along with the motion.

    Attributes:
        image: (1, 3, H, W) sRGB in [0, 1].
        weights: (1, 1, H, W), how far each pixel can be relied upon, in [0, 1].
    """

    image: Float[Tensor, "1 3 height width"]
    weights: Float[Tensor, "1 1 height width"]


class TemporalObjective:
    """A painting's objective with the temporal losses of a film.

    Ruder et al. 2016, equations 6 and 8: the losses of the picture, and gamma times the sum over
    the anchors of the temporal loss. Our picture losses are relative to their targets, so gamma
    is on another scale than theirs.

    Args:
        objective: That of the picture alone.
        anchors: The frame before, and some of longer ago.
        weight: gamma.
    """

    def __init__(
        self,
        objective: Objective | TiledObjective | TemporalObjective,
        anchors: Sequence[Anchor],
        weight: float,
    ) -> None:
        self._objective, self._anchors, self._weight = objective, tuple(anchors), weight

    def backward(self, image: Float[Tensor, "1 3 height width"]) -> dict[str, Float[Tensor, ""]]:
        """Compute every loss of an image, and add the gradient of ``total`` to the image's."""
        losses = dict(self._objective.backward(image))
        if not self._anchors:
            return losses
        parts = [temporal_loss(image, each.image, each.weights) for each in self._anchors]
        temporal = torch.stack(parts).sum()
        torch.autograd.backward(self._weight * temporal)
        losses["temporal"] = temporal.detach()
        losses["total"] = losses["total"].detach() + self._weight * losses["temporal"]
        return losses
