"""The moving average of the weights."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn


class WeightAverage:
    """Twins of some modules whose weights follow them slowly: an exponential moving average.

    ``average = decay * average + (1 - decay) * weights`` after each update. The first updates
    decay faster, by ``(1 + n) / (10 + n)``, so that the random first weights are soon forgotten
    (as TensorFlow's ExponentialMovingAverage with its number of updates). Buffers are copied.

    Args:
        modules: What is trained, by name.
        names: Which of them get a twin.
        decay: Below 1; 0 for no twins at all.
    """

    def __init__(
        self, modules: Mapping[str, nn.Module], names: Iterable[str], decay: float
    ) -> None:
        self.decay = decay
        self.updates = 0
        self._followed = {name: modules[name] for name in names} if decay else {}
        self.twins = {name: _twin(module) for name, module in self._followed.items()}

    @torch.no_grad()
    def update(self) -> None:
        """Draw every twin a little nearer."""
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

    def tensors(self) -> list[Tensor]:
        """Everything that is averaged."""
        return [each for twin in self.twins.values() for each in twin.state_dict().values()]

    def state_dict(self) -> dict[str, Any]:
        """The twins' weights, and the number of updates."""
        twins = {name: twin.state_dict() for name, twin in self.twins.items()}
        return {"updates": self.updates, "twins": twins}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up a state that :meth:`state_dict` gave."""
        self.updates = state["updates"]
        for name, twin in self.twins.items():
            twin.load_state_dict(state["twins"][name])


def _twin(module: nn.Module) -> nn.Module:
    return copy.deepcopy(module).requires_grad_(False).eval()
