"""One update of the weights, phase by phase."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim import Optimizer

from impasto.training.feed import to_image
from impasto.training.gradients import average_gradients, clipped_if_finite, trained
from impasto.training.processes import Processes
from impasto.training.task import Phase, Task


@dataclass(frozen=True)
class Outcome:
    """What came of an update.

    Attributes:
        losses: Means over the batch by name; ``total`` is the sum over the phases.
        failed: Optimizer of the phase that was not finite and was left out with those after it;
            "" when all went well.
    """

    losses: dict[str, float]
    failed: str


def update(
    task: Task,
    optimizers: Mapping[str, Optimizer],
    batches: Sequence[Mapping[str, Tensor]],
    processes: Processes,
    clip: float,
) -> Outcome:
    """Run every phase: losses, gradients over all passes and processes, the optimizer's step.

    Args:
        task: What is trained.
        optimizers: The task's, at the learning rate of this update.
        batches: One for each pass that is accumulated.
        processes: Who takes part.
        clip: Longest gradient, 0 for any.
    """
    running = [task.phases(_images(batch)) for batch in batches]
    sums: dict[str, Tensor] = {}
    failed = ""
    while not failed and (name := _accumulated(running, optimizers, processes, sums)):
        parameters = list(trained(optimizers[name]))
        average_gradients(parameters, processes)
        total = processes.mean(sums["total"])
        if clipped_if_finite(parameters, total, clip):
            optimizers[name].step()
        else:
            failed = name
    for optimizer in optimizers.values():
        optimizer.zero_grad()
    for phases in running:
        phases.close()
    return Outcome(_means(sums, processes), failed)


def _images(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: to_image(pixels) for name, pixels in batch.items()}


def _accumulated(
    running: Sequence[Generator[Phase, None, None]],
    optimizers: Mapping[str, Optimizer],
    processes: Processes,
    sums: dict[str, Tensor],
) -> str:
    """Add up the gradients of the next phase over all passes.

    Each pass goes backward before the next goes forward, so only one is in memory at a time.

    Returns:
        The name of its optimizer, "" when there is no phase left.
    """
    for optimizer in optimizers.values():
        optimizer.zero_grad()
    name = ""
    for phases in running:
        with processes.autocast():
            phase = next(phases, None)
        if phase is None:
            continue
        name = phase.optimizer
        loss = phase.loss / len(running)
        torch.autograd.backward(loss)
        for key, value in {"total": phase.loss, **phase.parts}.items():
            share = torch.as_tensor(value, device=loss.device).detach().float() / len(running)
            sums[key] = sums[key] + share if key in sums else share
    return name


def _means(sums: Mapping[str, Tensor], processes: Processes) -> dict[str, float]:
    values = processes.mean(torch.stack(list(sums.values()))).tolist()
    return dict(zip(sums, values, strict=True))
