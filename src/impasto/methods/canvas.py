"""One stage of a painting: the image, its optimizer, and the recovery from failed steps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.errors import RunError
from impasto.nn.color import gray, is_flat
from impasto.nn.lbfgs import LeanLBFGS
from impasto.nn.resize import Size, from_bands, laplacian_bands, size_of

ADAM_LEVELS: Final = 2.0
"""Default learning rate of Adam, in levels of 255."""

LEAN_FROM: Final = 4_000_000
"""Pixels from which the history of L-BFGS is short and in half precision. It depends only on the
size, so that the result does not depend on free memory."""

LEAN_HISTORY: Final = 5
"""Pairs in a short history."""

_LAST_RATE: Final = 0.1
"""Share of the learning rate at the end of a stage, if it falls."""


class NotFiniteError(ArithmeticError):
    """The loss or its gradient is not finite, or the loss has diverged."""


@runtime_checkable
class Objective(Protocol):
    """The objective that a canvas minimizes."""

    def backward(self, image: Tensor) -> Mapping[str, Tensor]:
        """Compute every loss, including ``total``, and add the gradient of ``total``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """How the image is optimized.

    Attributes:
        optimizer: ``lbfgs`` or ``adam``.
        rate: The learning rate: a share of the step of L-BFGS, sRGB in [0, 1] for Adam.
        history: Past steps that L-BFGS uses.
        first: Share of the loss that its first step should remove; 0 steps as torch's L-BFGS.
        bands: Whether to optimize a Laplacian pyramid instead of pixels. All coefficients change
            equally in a step, so that a tone spreads over a whole sky at once (Kolkin et al. 2022).
        falling: Steps of a cosine decay of the rate; 0 keeps the rate.
        runaway: A total loss this many times the first one counts as a failure.
    """

    optimizer: Literal["lbfgs", "adam"]
    rate: float
    history: int = 0
    first: float = 0.0
    bands: bool = False
    falling: int = 0
    runaway: float | None = None


class Canvas:
    """One stage of a painting: the image, its optimizer, and the recovery from failed steps.

    If the loss or its gradient is not finite, the last good image is restored and steps become a
    quarter as long; after two failures, Adam replaces L-BFGS.

    Args:
        image: The first image.
        objective: The objective to minimize.
        descent: How the image is optimized.
        colorless: Whether a gray image stays gray.
        anchored: Whether the objective depends on the first image, which states then include.
        may_rest: Whether the first image may already be the result.
        scale: How L-BFGS scales the image; see :class:`.LeanLBFGS`. Not for bands.
    """

    def __init__(
        self,
        image: Float[Tensor, "1 3 height width"],
        objective: Objective,
        descent: Descent,
        *,
        colorless: bool = False,
        anchored: bool = False,
        may_rest: bool = False,
        scale: Float[Tensor, "1 1 height width"] | None = None,
    ) -> None:
        self.objective = objective
        self.descent = descent
        self.colorless = colorless
        self.may_rest = may_rest
        self.scale = scale
        begun = image.detach().clone()
        parts = laplacian_bands(begun) if descent.bands else [begun]
        self.parts = [part.contiguous().requires_grad_(True) for part in parts]
        self.begun = begun if descent.bands or anchored else None
        self.last_good = [part.detach().clone() for part in self.parts]
        self.number = 0
        self.rollbacks = 0
        self.first_loss = math.inf
        self.optimizer = self._new_optimizer()

    def advance(self) -> tuple[dict[str, float], str]:
        """Take one step; return the losses before it, and a note if it was undone."""
        losses: dict[str, Tensor] = {}
        moves = False

        def closure() -> float:
            nonlocal moves
            self.optimizer.zero_grad()
            losses.update(self.objective.backward(from_bands(self.parts)))
            self._take_colors_out()
            self._check(losses["total"])
            moves = any(bool(gradient.any()) for gradient in self._gradients())
            for good, part in zip(self.last_good, self.parts, strict=True):
                good.copy_(part.detach())
            return float(losses["total"].detach())

        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        try:
            self.optimizer.step(closure)
            # A photograph that already has the style needs no change.
            resting = not any(losses.values()) or (self.may_rest and not losses["total"])
            note = "" if moves or resting else "every gradient was zero"
        except NotFiniteError as error:
            note = self._roll_back(str(error))
        self.number += 1
        if note and is_flat(from_bands(self.last_good)) and losses["total"].isfinite():
            note = ""  # a picture of one color may be the right result
        return {name: float(loss.detach()) for name, loss in losses.items()}, note

    def finish(self) -> Float[Tensor, "1 3 height width"]:
        """The current image, clamped to [0, 1]; a copy."""
        image = from_bands([part.detach() for part in self.parts])
        if not image.isfinite().all():
            image = from_bands(self.last_good)
        return image.clamp(0, 1)

    def put_away(self) -> None:
        """Free all memory except the image, which can still be read."""
        del self.objective, self.optimizer
        self.begun = None
        for part in self.parts:
            part.grad = None

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        state = {
            "number": self.number,
            "rollbacks": self.rollbacks,
            "first_loss": self.first_loss,
            "optimizer": self.optimizer.state_dict(),
        }
        parts = [part.detach() for part in self.parts]
        if self.descent.bands:
            return {"begun": self.begun, "bands": parts, "last_good": self.last_good, **state}
        begun = {} if self.begun is None else {"begun": self.begun}
        return {**begun, "image": parts[0], "last_good": self.last_good[0], **state}

    def beginning(self, state: Mapping[str, Any]) -> Tensor | None:
        """The first image of the canvas that can load a state; None if it is of another kind."""
        if self.descent.bands:
            return state["begun"] if "bands" in state else None
        return state.get("begun", state["image"]) if "image" in state else None

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load a state from :meth:`state_dict`; a RunError if a picture in it is not finite."""
        bands = self.descent.bands
        with torch.no_grad():
            _copy(state["bands"] if bands else [state["image"]], self.parts)
            _copy(state["last_good"] if bands else [state["last_good"]], self.last_good)
        # Older checkpoints of either method lack one of these.
        self.number = int(state.get("number", 0))
        self.first_loss = float(state.get("first_loss", math.inf))
        self.rollbacks = int(state["rollbacks"])
        self.optimizer = self._new_optimizer()
        self.optimizer.load_state_dict(state["optimizer"])

    def _gradients(self) -> Iterable[Tensor]:
        return (part.grad for part in self.parts if part.grad is not None)

    def _take_colors_out(self) -> None:
        # All optimizers treat equal channels with equal gradients equally, so gray stays gray.
        if self.colorless:
            for gradient in self._gradients():
                gradient.copy_(gray(gradient).clone())

    def _check(self, total: Tensor) -> None:
        loss = float(total.detach())
        finite = all(bool(gradient.isfinite().all()) for gradient in self._gradients())
        if not (math.isfinite(loss) and finite):
            raise NotFiniteError("the loss or its gradient was not finite")
        if self.first_loss == math.inf:
            self.first_loss = loss
        if self.descent.runaway and loss > self.descent.runaway * self.first_loss:
            raise NotFiniteError("the loss diverged")

    def _roll_back(self, reason: str) -> str:
        with torch.no_grad():
            _copy(self.last_good, self.parts)
        self.rollbacks += 1
        self.optimizer = self._new_optimizer()
        kind = "L-BFGS" if self._is_by_lbfgs() else "Adam"
        return (
            f"{reason}: back to the last good picture, then {kind} with learning rate "
            f"{self._rate():.3g}"
        )

    def _is_by_lbfgs(self) -> bool:
        return self.descent.optimizer == "lbfgs" and self.rollbacks < 2

    def _rate(self) -> float:
        descent, falling = self.descent, 1.0
        gave_way = descent.optimizer == "lbfgs" and not self._is_by_lbfgs()
        rate = ADAM_LEVELS / 255 if gave_way else descent.rate
        if descent.falling:
            cosine = (1 + math.cos(math.pi * self.number / descent.falling)) / 2
            falling = _LAST_RATE + (1 - _LAST_RATE) * cosine
        return rate * 0.25**self.rollbacks * falling

    def _new_optimizer(self) -> torch.optim.Optimizer | LeanLBFGS:
        if not self._is_by_lbfgs():
            return torch.optim.Adam(self.parts, lr=self._rate())
        history = self.descent.history
        first, lean = self.descent.first, is_lean(size_of(self.parts[0]))
        if lean:
            history = min(history, LEAN_HISTORY)
        if lean or first or self.scale is not None:
            return LeanLBFGS(
                self.parts[0],
                lr=self._rate(),
                history_size=history,
                half=lean,
                first=first,
                scale=self.scale,
            )
        return torch.optim.LBFGS(
            self.parts,
            lr=self._rate(),
            max_iter=1,
            history_size=history,
            tolerance_grad=0,
            tolerance_change=0,
        )


def _copy(found: Sequence[Tensor], into: Sequence[Tensor]) -> None:
    for source, target in zip(found, into, strict=True):
        if not source.isfinite().all():
            raise RunError("the checkpoint has a picture with values that are not finite")
        target.copy_(source)


def is_lean(size: Size) -> bool:
    """Whether a picture is so large that its optimizer must use little memory."""
    return size[0] * size[1] >= LEAN_FROM
