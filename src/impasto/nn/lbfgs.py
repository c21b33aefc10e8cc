"""L-BFGS for pictures that nearly fill the memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

_PIECE: Final = 1 << 20
"""Elements that are converted to float32 at a time."""

_LEAST_CURVATURE: Final = 1e-10
"""Curvature below which a pair of changes is unreliable, as in `torch.optim.LBFGS`."""


@dataclass(frozen=True)
class Vector:
    """A vector of the size of the picture, perhaps in half precision.

    Attributes:
        values: In float16 divided by the largest magnitude, otherwise the vector itself.
        scale: Factor of the values.
    """

    values: Tensor
    scale: float = 1.0


@dataclass(frozen=True)
class Pair:
    """The changes of one step.

    Attributes:
        moved: The change of the picture.
        turned: The change of its gradient.
        curvature: Their product, above 0.
        square: Of ``turned``.
    """

    moved: Vector
    turned: Vector
    curvature: float
    square: float


class LeanLBFGS:
    """L-BFGS without line search and with one evaluation a step, in little memory.

    It takes the steps of ``torch.optim.LBFGS(max_iter=1)`` with both tolerances 0 (Nocedal and
    Wright 2006, algorithm 7.4). Unlike there, the history may be in half precision, with sums in
    float32 or more; the gradient is reused instead of copied; and the direction is the only other
    vector of the size of the picture.

    At its first step, torch moves all values together by at most one, so on a picture two or three
    steps change nothing visible. With ``first`` the first step is Polyak's, for a loss that can
    fall by this share: ``first * loss / |gradient|^2`` (Polyak 1987, section 5.3).

    It is not a ``torch.optim.Optimizer``: the first of these imports torch._dynamo, which takes as
    long as torch itself.

    Args:
        image: The one variable, contiguous.
        lr: Share of the step; for the first step, the largest sum of its magnitudes.
        history_size: Pairs to store, two vectors each.
        half: Whether they are stored in float16.
        first: Share of the loss that the first step should remove; 0 steps as torch does.
        scale: The variable is the image divided by this, (1, 1, H, W): where it is small, steps are
            short. None is 1 everywhere.
    """

    def __init__(
        self,
        image: Tensor,
        *,
        lr: float = 1.0,
        history_size: int = 10,
        half: bool = True,
        first: float = 0.0,
        scale: Tensor | None = None,
    ) -> None:
        self.param_groups = [{"lr": lr}]
        self.history_size, self.half, self.first = history_size, half, first
        self.image = image
        self.scale = scale
        self.number = 0
        self.pairs: list[Pair] = []
        self.moved: Vector | None = None
        self.gradient: Tensor | None = None

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self.image.grad = None

    @torch.no_grad()
    def step(self, closure: Callable[[], float]) -> float:
        """Evaluate the loss and its gradient, and take one step, which consumes the gradient."""
        with torch.enable_grad():
            loss = closure()
        assert self.image.grad is not None
        gradient, self.image.grad = self.image.grad.view(-1), None
        if self.scale is not None:
            gradient.view_as(self.image).mul_(self.scale)
        if not gradient.any():
            return loss
        self.number += 1
        if self.gradient is not None and self.moved is not None:
            self._remember(gradient, self.gradient, self.moved)
        rate = self.param_groups[0]["lr"]
        if self.number == 1 and self.first:
            rate *= self.first * loss / float(gradient.square().sum())
        elif self.number == 1:
            rate *= min(1.0, 1.0 / float(gradient.abs().sum()))
        # Always downhill, as all pairs have positive curvature.
        step = self._direction(gradient).mul_(rate)
        if self.scale is None:
            self.image.view(-1).add_(step)
        else:
            self.image.addcmul_(step.view_as(self.image), self.scale)
        self.moved, self.gradient = self._stored(step), gradient
        return loss

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next step depends on; vectors are not copied."""
        return {
            "number": self.number,
            "pairs": [
                {**vars(pair), "moved": vars(pair.moved), "turned": vars(pair.turned)}
                for pair in self.pairs
            ],
            "moved": None if self.moved is None else vars(self.moved),
            "gradient": self.gradient,
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Load a state from :meth:`state_dict`."""
        self.number = state_dict["number"]
        self.pairs = [
            Pair(
                self._taken_up(pair["moved"]),
                self._taken_up(pair["turned"]),
                pair["curvature"],
                pair["square"],
            )
            for pair in state_dict["pairs"]
        ]
        moved, gradient = state_dict["moved"], state_dict["gradient"]
        self.moved = None if moved is None else self._taken_up(moved)
        # Overwritten at the next step, which must not change a saved state.
        self.gradient = None if gradient is None else gradient.to(self.image.device, copy=True)

    def _remember(self, gradient: Tensor, before: Tensor, moved: Vector) -> None:
        # The memory of the old gradient is reused for the change.
        turned = self._stored(torch.sub(gradient, before, out=before))
        curvature = _dot(moved.values, turned.values) * moved.scale * turned.scale
        if curvature > _LEAST_CURVATURE:
            square = _dot(turned.values, turned.values) * turned.scale**2
            self.pairs.append(Pair(moved, turned, curvature, square))
            del self.pairs[: -self.history_size]

    def _direction(self, gradient: Tensor) -> Tensor:
        direction = gradient.neg()
        shares = []
        for pair in reversed(self.pairs):
            shares.append(_dot(pair.moved.values, direction) * pair.moved.scale / pair.curvature)
            _add(direction, pair.turned, -shares[-1])
        if self.pairs:
            direction.mul_(self.pairs[-1].curvature / self.pairs[-1].square)
        for pair, share in zip(self.pairs, reversed(shares), strict=True):
            other = _dot(pair.turned.values, direction) * pair.turned.scale / pair.curvature
            _add(direction, pair.moved, share - other)
        return direction

    def _stored(self, values: Tensor) -> Vector:
        if not self.half:
            return Vector(values)
        # Gradients of large pictures are too small for float16.
        scale = max(float(piece.abs().max()) for piece in torch.split(values, _PIECE)) or 1.0
        half = torch.empty_like(values, dtype=torch.float16)
        for piece, out in zip(torch.split(values, _PIECE), torch.split(half, _PIECE), strict=True):
            out.copy_(piece / scale)
        return Vector(half, scale)

    def _taken_up(self, vector: Mapping[str, Any]) -> Vector:
        return Vector(vector["values"].to(self.image.device), vector["scale"])


def _add(values: Tensor, vector: Vector, share: float) -> None:
    pieces = torch.split(values, _PIECE), torch.split(vector.values, _PIECE)
    for piece, other in zip(*pieces, strict=True):
        piece.add_(other.to(piece.dtype), alpha=share * vector.scale)


def _dot(first: Tensor, second: Tensor) -> float:
    wide = torch.promote_types(torch.promote_types(first.dtype, second.dtype), torch.float32)
    pieces = torch.split(first, _PIECE), torch.split(second, _PIECE)
    parts = [torch.dot(one.to(wide), other.to(wide)) for one, other in zip(*pieces, strict=True)]
    return float(torch.stack(parts).cpu().double().sum())
