"""One size of a painting: the image as variable, its optimizer, and the way back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.errors import RunError
from impasto.methods.gatys.objective import Objective
from impasto.methods.gatys.temporal import TemporalObjective
from impasto.methods.gatys.tiled import TiledObjective
from impasto.nn.color import gray, is_flat
from impasto.nn.lbfgs import LeanLBFGS
from impasto.nn.pyramid import Size, size_of
from impasto.options.gatys import PaintOptions
from impasto.success import NO_CHANGE

_DIVERGED = 100.0
"""A total loss this many times the first one of its size is taken for a failure: without a line
search L-BFGS overshoots by a few times and recovers, but not from this far."""

LEAN_FROM: Final = 4_000_000
"""Pixels from which on the history of L-BFGS is short and in half precision. By the size alone and
not by the memory there is, so that a picture does not depend on the machine."""

LEAN_HISTORY: Final = 5
"""Pairs in a short history."""


class NotFiniteError(ArithmeticError):
    """The loss or its gradient is not finite, or the loss has run away."""


class Canvas:
    """One size of a painting: the image as variable, its optimizer, and the way back.

    When the loss or gradient is not finite the image goes back to the last good one; first the
    step is shrunk, then Adam takes over with ever smaller steps.

    Args:
        image: Where it begins.
        objective: What is minimized.
        options: The recipe.
        colorless: Whether a gray image stays gray.
    """

    def __init__(
        self,
        image: Float[Tensor, "1 3 height width"],
        objective: Objective | TiledObjective | TemporalObjective,
        options: PaintOptions,
        *,
        colorless: bool = False,
    ) -> None:
        self.image = image.detach().clone().contiguous().requires_grad_(True)
        self.last_good = self.image.detach().clone()
        self.objective = objective
        self.options = options
        self.colorless = colorless
        self.rollbacks = 0
        self.first_loss = math.inf
        self.optimizer = self._new_optimizer()

    def advance(self) -> tuple[dict[str, float], str]:
        """Take one step; give the losses before it, and a note when it had to be undone."""
        losses: dict[str, Tensor] = {}

        def closure() -> float:
            self.optimizer.zero_grad()
            losses.update(self.objective.backward(self.image))
            self._take_colors_out()
            self._check(losses["total"])
            self.last_good.copy_(self.image.detach())
            return float(losses["total"].detach())

        try:
            self.optimizer.step(closure)
            assert self.image.grad is not None
            # A photograph in its own manner is as it is to be from the start.
            is_wished = self.image.grad.any() or not any(losses.values())
            note = "" if is_wished else NO_CHANGE
        except NotFiniteError as error:
            note = self._roll_back(str(error))
        if note and is_flat(self.last_good) and losses["total"].isfinite():
            note = ""  # a picture of one color may be all there is to do
        return {name: float(loss.detach()) for name, loss in losses.items()}, note

    def finish(self) -> Float[Tensor, "1 3 height width"]:
        """The finished image, clamped to [0, 1]."""
        finished = self.image.detach()
        if not finished.isfinite().all():
            finished = self.last_good
        return finished.clamp(0, 1)

    def put_away(self) -> None:
        """Give back all memory but that of the image, which can still be looked at."""
        del self.objective, self.optimizer
        self.image.grad = None

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            "image": self.image.detach(),
            "last_good": self.last_good,
            "rollbacks": self.rollbacks,
            "first_loss": self.first_loss,
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up a state that :meth:`state_dict` gave."""
        with torch.no_grad():
            self.image.copy_(_finite(state["image"]))
            self.last_good.copy_(_finite(state["last_good"]))
        self.rollbacks = int(state["rollbacks"])
        self.first_loss = float(state["first_loss"])
        self.optimizer = self._new_optimizer()
        self.optimizer.load_state_dict(state["optimizer"])

    def _take_colors_out(self) -> None:
        # Both optimizers move along gradients, so a gray image stays gray.
        if self.colorless and self.image.grad is not None:
            self.image.grad.copy_(gray(self.image.grad).clone())

    def _check(self, total: Tensor) -> None:
        loss = float(total.detach())
        gradient = self.image.grad
        assert gradient is not None
        if not (math.isfinite(loss) and bool(gradient.isfinite().all())):
            raise NotFiniteError("the loss or its gradient was not finite")
        if self.first_loss == math.inf:
            self.first_loss = loss
        if loss > _DIVERGED * self.first_loss:
            raise NotFiniteError("the loss ran away")

    def _roll_back(self, reason: str) -> str:
        with torch.no_grad():
            self.image.copy_(self.last_good)
        self.rollbacks += 1
        self.optimizer = self._new_optimizer()
        kind = "Adam" if isinstance(self.optimizer, torch.optim.Adam) else "L-BFGS"
        rate = self.optimizer.param_groups[0]["lr"]
        return f"{reason}: back to the last good picture, on with {kind} at rate {rate:.3g}"

    def _new_optimizer(self) -> torch.optim.Optimizer:
        shrink = 0.25**self.rollbacks
        if self.options.optimizer == "lbfgs" and self.rollbacks < 2:
            rate = (self.options.learning_rate or 1.0) * shrink
            if is_lean(size_of(self.image)):
                history = min(self.options.history, LEAN_HISTORY)
                return LeanLBFGS(self.image, lr=rate, history_size=history)
            return torch.optim.LBFGS(
                [self.image],
                lr=rate,
                max_iter=1,
                history_size=self.options.history,
                tolerance_grad=0,
                tolerance_change=0,
            )
        levels = 2.0 if self.options.optimizer == "lbfgs" else self.options.learning_rate or 2.0
        return torch.optim.Adam([self.image], lr=levels / 255 * shrink)


def _finite(image: Tensor) -> Tensor:
    if not image.isfinite().all():
        raise RunError("the checkpoint holds a picture in which some values are no numbers")
    return image


def is_lean(size: Size) -> bool:
    """Whether a picture is so large that its optimizer must make do with little memory."""
    return size[0] * size[1] >= LEAN_FROM
