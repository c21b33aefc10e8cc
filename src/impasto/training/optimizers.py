"""Optimizers for training networks, and the learning rate over a run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias, final, overload

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from impasto.options.training import OptimizerKind, TrainOptions

MOMENTUM: Final = 0.9
"""Momentum of Muon."""

SMALL_SHARE: Final = 0.05
"""Learning rate of Adam, for parameters that are not kernels, relative to Muon's: 0.001 / 0.02."""

QUINTIC: Final = (3.4445, -4.7750, 2.0315)
"""Coefficients a, b, c of the iteration X <- aX + b(XX^T)X + c(XX^T)^2X, steepest at 0."""

_ITERATIONS: Final = 5
_TINY: Final = 1e-7
_SMALLEST: Final = 1e-8

Group: TypeAlias = Mapping[str, Any]


def optimizer_of(
    kind: OptimizerKind,
    parameters: Iterable[nn.Parameter],
    learning_rate: float,
    betas: tuple[float, float],
) -> Optimizer:
    """The optimizer that an option names; usual rates are 0.001 for Adam, 0.02 for Muon."""
    if kind == "adam":
        return Adam(parameters, learning_rate, betas)
    return Muon(parameters, learning_rate, betas)


@final
class Muon(Optimizer):
    """Takes orthogonalized steps for kernels, equally long in all directions; Adam for the rest.

    Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks". A kernel (out,
    in, height, width) is treated as a matrix (out, in height width), as there. torch's own Muon
    accepts only matrices.

    The loss of an any-style network fell twice as far as with Adam in the same time: its gradients
    are dominated by a few directions (brightness, color) that have nothing to do with strokes.

    Args:
        parameters: Kernels and other parameters.
        learning_rate: Spectral norm of a kernel's step, where it has no more rows than columns;
            Adam's is ``SMALL_SHARE`` of it.
        betas: Of Adam.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        learning_rate: float,
        betas: tuple[float, float] = (0.9, 0.99),
    ) -> None:
        given = list(parameters)
        groups = (
            {"params": [each for each in given if each.dim() > 1], "lr": learning_rate},
            {
                "params": [each for each in given if each.dim() <= 1],
                "lr": SMALL_SHARE * learning_rate,
            },
        )
        super().__init__([each for each in groups if each["params"]], {"betas": betas})

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Move every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for each in group["params"]:
                if each.grad is not None:
                    move = _turn if each.dim() > 1 else _adapt
                    move(each, each.grad, self.state[each], group)
        return loss


def _turn(kernel: Tensor, gradient: Tensor, state: dict[str, Any], group: Group) -> None:
    if not state:
        state["momentum"] = torch.zeros_like(kernel)
    state["momentum"].lerp_(gradient, 1 - MOMENTUM)
    ahead = gradient.lerp(state["momentum"], MOMENTUM).flatten(1)
    rows, columns = ahead.shape
    step = orthogonalized(ahead).view(kernel.shape)
    kernel.add_(step, alpha=-group["lr"] * max(1.0, rows / columns) ** 0.5)


def _adapt(parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: Group) -> None:
    """Adam (Kingma and Ba 2015, algorithm 1)."""
    if not state:
        state.update(number=0, mean=torch.zeros_like(parameter), square=torch.zeros_like(parameter))
    state["number"] += 1
    kept = [1 - beta ** state["number"] for beta in group["betas"]]
    state["mean"].lerp_(gradient, 1 - group["betas"][0])
    state["square"].lerp_(gradient.square(), 1 - group["betas"][1])
    deviation = (state["square"] / kept[1]).sqrt().add_(_SMALLEST)
    parameter.addcdiv_(state["mean"] / kept[0], deviation, value=-group["lr"])


def orthogonalized(matrix: Tensor) -> Tensor:
    """Approximately the nearest semi-orthogonal matrix of an (M, N): U V^T of its SVD.

    Singular values end between 0.7 and 1.2 rather than at 1, in a tenth of the time; those below
    a thousandth of the largest stay smaller.
    """
    a, b, c = QUINTIC
    wide = matrix.shape[0] <= matrix.shape[1]
    found: Tensor = matrix if wide else matrix.mT
    found = found / (found.norm() + _TINY)
    for _ in range(_ITERATIONS):
        gram = found @ found.mT
        found = a * found + (b * gram + c * gram @ gram) @ found
    return found if wide else found.mT


def rate_factor(step: int, of: int, options: TrainOptions) -> float:
    """The share of the full learning rate that an update takes.

    It depends only on the number of the update, so it needs no saving and skipped updates do not
    delay it. The last update still has a rate above 0.

    Args:
        step: Updates before this one, from 0 to ``of - 1``.
        of: Updates in the whole run.
        options: Schedule, linear warm-up before it, and where the decay begins.
    """
    if step < options.warmup:
        return (step + 1) / options.warmup
    start = max(options.warmup, round(options.decay_from * of))
    if options.schedule == "constant" or step <= start:
        return 1.0
    progress = (step - start) / (of - start)
    if options.schedule == "linear":
        return 1.0 - progress
    return 0.5 + 0.5 * math.cos(math.pi * progress)


class LearningRates:
    """Scales the learning rates of a task's optimizers, which are given at their full rates."""

    def __init__(self, optimizers: Mapping[str, Optimizer]) -> None:
        self._optimizers = optimizers
        self._full = {
            name: [float(group["lr"]) for group in optimizer.param_groups]
            for name, optimizer in optimizers.items()
        }

    def scale(self, factor: float) -> None:
        """Set every learning rate to a share of its full value."""
        for name, optimizer in self._optimizers.items():
            for group, full in zip(optimizer.param_groups, self._full[name], strict=True):
                group["lr"] = full * factor

    def now(self) -> dict[str, float]:
        """The rate of each optimizer's first group."""
        return {
            name: optimizer.param_groups[0]["lr"] for name, optimizer in self._optimizers.items()
        }
