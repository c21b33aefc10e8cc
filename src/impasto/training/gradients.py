"""Gradients over all processes: averaged, checked and clipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import Optimizer

from impasto.training.processes import Processes


def trained(optimizer: Optimizer) -> Iterator[Tensor]:
    """The parameters that an optimizer moves."""
    for group in optimizer.param_groups:
        yield from group["params"]


def average_gradients(parameters: Sequence[Tensor], processes: Processes) -> None:
    """Replace every gradient by its mean over the processes, in one message.

    A parameter that no process used keeps None, for which optimizers do nothing; where only
    some used it, the others' gradients count as the zeros they are.
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
    """Clip the gradient to a length, over all parameters together, and tell whether it is finite.

    Args:
        parameters: With their gradients.
        loss: Where they come from, which must be finite too.
        longest: Euclidean norm above which it is shortened; 0 never.
    """
    gradients = [each.grad for each in parameters if each.grad is not None]
    norm = get_total_norm(gradients)
    # One question to the device for both, as each waits for all work in hand.
    if not bool((norm + loss.detach()).isfinite()):
        return False
    if longest:
        clip_grads_with_norm_(parameters, longest, norm)
    return True
