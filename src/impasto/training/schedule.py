"""The learning rate over a run."""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch.optim import Optimizer

from impasto.options.training import TrainOptions


def rate_factor(step: int, of: int, options: TrainOptions) -> float:
    """The share of the full learning rate that an update takes.

    It depends on nothing but the number of the update, so it needs no saving, and an update that
    is left out does not hold it up. The last update still has a rate above 0.

    Args:
        step: Updates before this one, from 0 to ``of - 1``.
        of: Updates in the whole run.
        options: Schedule, warm-up (linear, then the schedule begins) and where the fall begins.
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
    """The learning rates that a task gave its optimizers, each group its own, and shares of them.

    Args:
        optimizers: By name, at their full rates.
    """

    def __init__(self, optimizers: Mapping[str, Optimizer]) -> None:
        self._optimizers = optimizers
        self._full = {
            name: [float(group["lr"]) for group in optimizer.param_groups]
            for name, optimizer in optimizers.items()
        }

    def scale(self, factor: float) -> None:
        """Set every rate to a share of its full height."""
        for name, optimizer in self._optimizers.items():
            for group, full in zip(optimizer.param_groups, self._full[name], strict=True):
                group["lr"] = full * factor

    def now(self) -> dict[str, float]:
        """The rate of each optimizer's first group."""
        return {
            name: optimizer.param_groups[0]["lr"] for name, optimizer in self._optimizers.items()
        }
