"""One stage of a painting: the image as bands of detail, Adam, and the way back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.errors import RunError
from impasto.nn.color import gray, is_flat
from impasto.nn.laplacian import from_bands, laplacian_bands
from impasto.success import NO_CHANGE

Losses = Mapping[str, Tensor]

_LAST_RATE: Final = 0.1
"""Share of the learning rate that is left at the end of a stage."""


class Canvas:
    """One stage of a painting: the image as bands of detail, Adam, and the way back.

    Every coefficient of the Laplacian pyramid moves as far in a step as any other, so that a tone
    spreads over a sky at once (Kolkin et al. 2022). Unlike in their program the rate
    falls along half a cosine, as there are fewer steps. When the loss or its gradient is not finite
    the image goes back to the last good one and the steps become a quarter as long.

    Args:
        image: Where it begins.
        objective: Gives the losses of an image, ``total`` among them.
        rate: Adam's first learning rate, in sRGB of [0, 1].
        steps: Steps of the stage, for the falling rate.
        colorless: Whether a gray image stays gray.
    """

    def __init__(
        self,
        image: Float[Tensor, "1 3 height width"],
        objective: Callable[[Tensor], Losses],
        rate: float,
        steps: int,
        *,
        colorless: bool = False,
    ) -> None:
        self.begun = image.detach().clone()
        self.bands = [
            band.contiguous().requires_grad_(True) for band in laplacian_bands(self.begun)
        ]
        self.last_good = [band.detach().clone() for band in self.bands]
        self.objective = objective
        self.rate = rate
        self.steps = steps
        self.colorless = colorless
        self.number = 0
        self.rollbacks = 0
        self.optimizer = self._new_optimizer()

    def advance(self) -> tuple[dict[str, float], str]:
        """Take one step; give the losses before it, and a note when it could not be taken."""
        self.optimizer.zero_grad()
        losses = self.objective(from_bands(self.bands))
        torch.autograd.backward(losses["total"])
        if self._is_finite(losses["total"]):
            self._step()
            moved = any(bool(band.grad.any()) for band in self.bands if band.grad is not None)
            note = "" if moved or is_flat(self.begun) else NO_CHANGE
        else:
            note = self._roll_back()
        self.number += 1
        return {name: float(loss.detach()) for name, loss in losses.items()}, note

    def finish(self) -> Float[Tensor, "1 3 height width"]:
        """The image so far, clamped to [0, 1]."""
        image = from_bands([band.detach() for band in self.bands])
        if not image.isfinite().all():
            image = from_bands(self.last_good)
        return image.clamp(0, 1)

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            "begun": self.begun,
            "bands": [band.detach() for band in self.bands],
            "last_good": self.last_good,
            "number": self.number,
            "rollbacks": self.rollbacks,
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up a state that :meth:`state_dict` gave."""
        with torch.no_grad():
            for own, good, band, last in zip(
                self.bands, self.last_good, state["bands"], state["last_good"], strict=True
            ):
                if not (band.isfinite().all() and last.isfinite().all()):
                    told = "a picture in which some values are no numbers"
                    raise RunError(f"the checkpoint holds {told}")
                own.copy_(band)
                good.copy_(last)
        self.number = int(state["number"])
        self.rollbacks = int(state["rollbacks"])
        self.optimizer = self._new_optimizer()
        self.optimizer.load_state_dict(state["optimizer"])

    def _step(self) -> None:
        for good, band in zip(self.last_good, self.bands, strict=True):
            good.copy_(band.detach())
            if self.colorless and band.grad is not None:
                # Adam moves equal channels with equal gradients alike: gray stays gray.
                band.grad.copy_(gray(band.grad).clone())
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        self.optimizer.step()

    def _is_finite(self, total: Tensor) -> bool:
        gradients = [band.grad for band in self.bands if band.grad is not None]
        return math.isfinite(float(total.detach())) and all(
            bool(gradient.isfinite().all()) for gradient in gradients
        )

    def _roll_back(self) -> str:
        with torch.no_grad():
            for band, good in zip(self.bands, self.last_good, strict=True):
                band.copy_(good)
        self.rollbacks += 1
        self.optimizer = self._new_optimizer()
        return (
            "the loss or its gradient was not finite: back to the last good picture, "
            f"on with Adam at rate {self._rate():.3g}"
        )

    def _rate(self) -> float:
        falling = (1 + math.cos(math.pi * self.number / self.steps)) / 2
        return self.rate * 0.25**self.rollbacks * (_LAST_RATE + (1 - _LAST_RATE) * falling)

    def _new_optimizer(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.bands, lr=self._rate())
