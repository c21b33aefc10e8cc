"""Looking at networks in the midst of their training without changing its way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from impasto.training.chance import chance_untouched
from impasto.training.processes import Processes


@contextmanager
def looking(modules: Iterable[nn.Module], processes: Processes) -> Iterator[None]:
    """Use modules in evaluation mode, without gradients, in the precision of the training.

    Afterwards the modules are in the mode they were, and the random generators as well.
    """
    modes = [(each, each.training) for each in modules]
    with torch.no_grad(), processes.autocast(), chance_untouched(processes.device):
        for module, _ in modes:
            module.eval()
        try:
            yield
        finally:
            for module, training in modes:
                module.train(training)
