"""Pools of earlier pictures: generated ones for a discriminator, real ones for the Gram loss."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


class ImagePool:
    """Keeps some generated pictures, and sometimes returns an old one instead of a new one.

    Shrivastava et al. 2017, section 2.3, as Zhu et al. 2017 (section 4) use it: while the pool
    fills, every picture is kept and returned. After that, with probability one half, a random
    picture of the pool is returned and replaced by the new one; otherwise the new one is returned
    and not kept.

    It has its own random generator, so that a resumed training continues exactly.

    Args:
        size: How many pictures it holds; 0 returns every picture unchanged.
        seed: Determines which pictures are kept.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.images: list[Tensor] = []
        self._chance = torch.Generator().manual_seed(seed)

    def exchanged(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch 3 height width"]:
        """Equally many pictures, new or old, without gradients."""
        given = [self._exchanged(each) for each in images.detach()]
        return torch.stack(given)

    def state_dict(self) -> dict[str, Any]:
        """The pictures and the state of the random generator."""
        return {"images": list(self.images), "chance": self._chance.get_state()}

    def load_state_dict(self, state: Mapping[str, Any], device: torch.device) -> None:
        """Load a state that :meth:`state_dict` gave; its pictures go to a device."""
        self.images = [each.to(device) for each in state["images"]]
        self._chance.set_state(state["chance"].cpu())

    def _exchanged(self, image: Tensor) -> Tensor:
        if not self.size:
            return image
        # A copy: a view would keep the whole batch in memory and in checkpoints.
        if len(self.images) < self.size:
            self.images.append(image.clone())
            return image
        if float(torch.rand((), generator=self._chance)) >= 0.5:
            return image
        place = int(torch.randint(self.size, (), generator=self._chance))
        before = self.images[place]
        self.images[place] = image.clone()
        return before


class RealPool:
    """Keeps the latest real pictures of one set, and finds the one most like another picture.

    A picture is known by a vector of features. Vectors are standardized by mean and deviation
    within their own set, so that the brightest photographs match the brightest paintings.

    Args:
        size: How many pictures it holds, at least 1.
    """

    def __init__(self, size: int) -> None:
        self.images: deque[Tensor] = deque(maxlen=size)
        self.vectors: deque[Tensor] = deque(maxlen=size)

    def keep(
        self,
        images: Float[Tensor, "batch channels height width"],
        vectors: Float[Tensor, "batch features"],
    ) -> None:
        """Add pictures; the oldest leave when it is full."""
        self.images.extend(images.detach().clone())
        self.vectors.extend(vectors.detach().clone())

    def standardized(
        self, vectors: Float[Tensor, "batch features"]
    ) -> Float[Tensor, "batch features"]:
        """Vectors with mean 0 and deviation 1 over the pictures held."""
        held = torch.stack(list(self.vectors))
        deviation, mean = torch.std_mean(held, dim=0, correction=0)
        return (vectors - mean) / deviation.clamp_min(1e-6)

    def nearest(
        self, vectors: Float[Tensor, "batch features"]
    ) -> Float[Tensor, "batch channels height width"]:
        """For each standardized vector, the picture held whose own is nearest."""
        held = self.standardized(torch.stack(list(self.vectors)))
        places = torch.cdist(vectors, held).argmin(dim=1)
        return torch.stack([self.images[place] for place in places.tolist()])

    def state_dict(self) -> dict[str, Any]:
        """The pictures and their vectors."""
        return {"images": list(self.images), "vectors": list(self.vectors)}

    def load_state_dict(self, state: Mapping[str, Any], device: torch.device) -> None:
        """Load a state that :meth:`state_dict` gave; it goes to a device."""
        for name, kept in (("images", self.images), ("vectors", self.vectors)):
            kept.clear()
            kept.extend(each.to(device) for each in state[name])
