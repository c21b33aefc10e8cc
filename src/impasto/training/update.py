"""One update of the weights, phase by phase, and their moving average."""

from __future__ import annotations

import copy
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import Optimizer

from impasto.training.feed import to_image
from impasto.training.processes import Processes
from impasto.training.task import Phase, Task


@dataclass(frozen=True)
class Outcome:
    """The result of an update.

    Attributes:
        losses: Means over the batch by name; ``total`` is the sum over the phases.
        failed: Optimizer of the phase that was not finite and was skipped with those after it;
            "" if there was none.
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
        task: The task.
        optimizers: Its optimizers, at the learning rate of this update.
        batches: One for each pass that is accumulated.
        processes: The processes of the training.
        clip: Largest norm of the gradient, 0 for no limit.
    """
    running = [
        task.phases({name: to_image(pixels) for name, pixels in batch.items()}) for batch in batches
    ]
    sums: dict[str, Tensor] = {}
    failed = ""
    while not failed and (name := _accumulated(running, optimizers, processes, sums)):
        groups = optimizers[name].param_groups
        parameters = [each for group in groups for each in group["params"]]
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
    means = processes.mean(torch.stack(list(sums.values()))).tolist()
    return Outcome(dict(zip(sums, means, strict=True)), failed)


def _accumulated(
    running: Sequence[Generator[Phase, None, None]],
    optimizers: Mapping[str, Optimizer],
    processes: Processes,
    sums: dict[str, Tensor],
) -> str:
    """Add up the gradients of the next phase over all passes; return its optimizer's name or "".

    Each pass goes backward before the next goes forward, so only one is in memory at a time.
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


def average_gradients(parameters: Sequence[Tensor], processes: Processes) -> None:
    """Replace every gradient by its mean over the processes, in one message.

    A parameter that no process used keeps None, so optimizers skip it; if only some processes
    used it, the gradients of the others count as zeros.
    """
    if processes.count == 1:
        return
    used = torch.tensor([float(each.grad is not None) for each in parameters])
    pieces = [torch.zeros_like(each) if each.grad is None else each.grad for each in parameters]
    flat = [used.to(processes.device), *(piece.float().reshape(-1) for piece in pieces)]
    lengths = [len(each) for each in flat]
    used, *means = torch.split(processes.mean(torch.cat(flat)), lengths)
    for parameter, mean, share in zip(parameters, means, used.tolist(), strict=True):
        parameter.grad = mean.view_as(parameter).to(parameter.dtype) if share else None


def clipped_if_finite(parameters: Sequence[Tensor], loss: Tensor, longest: float) -> bool:
    """Clip the gradient's Euclidean norm to ``longest`` (0: no limit), over all parameters.

    Returns whether gradient and loss are finite.
    """
    gradients = [each.grad for each in parameters if each.grad is not None]
    norm = get_total_norm(gradients)
    # One check for both, as each waits for the device to finish its work.
    if not bool((norm + loss.detach()).isfinite()):
        return False
    if longest:
        clip_grads_with_norm_(parameters, longest, norm)
    return True


class WeightAverage:
    """Exponential moving averages of the weights of some modules, kept in copies of them.

    ``average = decay * average + (1 - decay) * weights`` after each update. The first updates
    decay faster, by ``(1 + n) / (10 + n)``, so that the random first weights are soon forgotten
    (as TensorFlow's ExponentialMovingAverage with ``num_updates``). Buffers are copied.

    Args:
        modules: The trained modules, by name.
        names: Those to average.
        decay: Below 1; 0 for no averages at all.
    """

    def __init__(
        self, modules: Mapping[str, nn.Module], names: Iterable[str], decay: float
    ) -> None:
        self.decay = decay
        self.updates = 0
        self._followed = {name: modules[name] for name in names} if decay else {}
        self.twins = {
            name: copy.deepcopy(module).requires_grad_(False).eval()
            for name, module in self._followed.items()
        }

    @torch.no_grad()
    def update(self) -> None:
        """Move every average towards the current weights."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, twin in self.twins.items():
            followed = self._followed[name]
            averages: list[Tensor] = list(twin.parameters())
            weights: list[Tensor] = list(followed.parameters())
            if averages:
                torch._foreach_lerp_(averages, weights, 1 - decay)
            for kept, current in zip(twin.buffers(), followed.buffers(), strict=True):
                kept.copy_(current)

    def state_dict(self) -> dict[str, Any]:
        """The averages, and the number of updates."""
        twins = {name: twin.state_dict() for name, twin in self.twins.items()}
        return {"updates": self.updates, "twins": twins}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load a state from :meth:`state_dict`."""
        self.updates = state["updates"]
        for name, twin in self.twins.items():
            twin.load_state_dict(state["twins"][name])
