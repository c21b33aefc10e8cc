"""Train a style network: the task for the training engine."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

from impasto.methods.johnson.network import StyleNetwork
from impasto.methods.johnson.objective import StyleObjective
from impasto.methods.johnson.transformer import StyledTransformer
from impasto.nn.blocks import grained
from impasto.options.training import OptimizerKind
from impasto.training.feed import POSITION
from impasto.training.optimizers import optimizer_of
from impasto.training.task import Phase

BETAS: Final = (0.9, 0.99)
"""Betas of Adam; beta2 is below the usual 0.999, because styles alternate in a small network."""

_SHOWN: Final = 3
"""Photographs on a sheet."""

_AT_ONCE: Final = 8
"""Photographs per validation batch, and the fewest for each style."""


class JohnsonTask:
    """Paints each photograph of a batch in one style, in turn, and measures its losses.

    Args:
        network: The network to train.
        objective: The losses of the styles, on the network's device.
        learning_rate: The learning rate.
        optimizer: The optimizer, see :class:`TrainOptions`.
        betas: The betas of Adam.
        shown: Photographs (B, 3, S, S) for the sheet, in [0, 1].
        learned: The styles to train; by default all, with the convolutions. Otherwise only their
            normalization is trained, as Dumoulin et al. 2017 (section 4.2) add a style to a trained
            network.
        turns: The cycle of styles of consecutive pictures; by default all trained styles in turn.
    """

    def __init__(
        self,
        network: StyleNetwork | StyledTransformer,
        objective: StyleObjective,
        *,
        learning_rate: float,
        optimizer: OptimizerKind = "adam",
        betas: tuple[float, float] = BETAS,
        shown: Tensor,
        learned: Sequence[int] | None = None,
        turns: Sequence[int] = (),
    ) -> None:
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.objective = objective
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self.betas = betas
        self.shown = shown[:_SHOWN]
        self.learned = torch.tensor(range(network.styles) if learned is None else learned)
        self.turns = torch.tensor(turns) if turns else self.learned
        if learned is not None:
            for name, parameter in network.named_parameters():
                parameter.requires_grad_(name.endswith((".gamma", ".beta")))

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        """The network."""
        return {"network": self.network}

    @property
    def averaged(self) -> Sequence[str]:
        """The network."""
        return ("network",)

    def optimizers(self) -> Mapping[str, Optimizer]:
        """One optimizer, for all trained parameters."""
        learning = [each for each in self.network.parameters() if each.requires_grad]
        rate = self.learning_rate
        return {"network": optimizer_of(self.optimizer, learning, rate, self.betas)}

    def phases(self, batch: Mapping[str, Tensor]) -> Generator[Phase, None, None]:
        """One loss: the mean over the batch."""
        content = batch["content"]
        # In turn, not at random: every batch then has about equally many of each style, and a
        # picture gets the same style for any number of processes.
        turn = batch[POSITION] % len(self.turns)
        style = self.turns.to(content.device)[turn]
        losses = self._losses(self.network, content, style, batch[POSITION].tolist())
        means = {name: each.mean() for name, each in losses.items()}
        yield Phase("network", means.pop("total"), means)

    def validate(
        self, modules: Mapping[str, nn.Module], batch: Mapping[str, Tensor]
    ) -> Mapping[str, Tensor]:
        """Mean losses of the photographs in all styles, the same at each call.

        To save time, the photographs are divided among the styles; each style gets at least eight.
        """
        content, learned = batch["content"], self.learned.tolist()
        apart = max(1, min(len(learned), len(content) // _AT_ONCE))
        totals: dict[str, list[Tensor]] = {}
        for turn, number in enumerate(learned):
            seeds = range(len(content))[turn % apart :: apart]
            losses = self._losses_of_style(modules["network"], content, number, seeds)
            for name, each in losses.items():
                totals.setdefault(name, []).append(each.mean())
        return {name: torch.stack(each).mean() for name, each in totals.items()}

    def sheet(self, modules: Mapping[str, nn.Module]) -> Tensor:
        """A row for each style, below a row of the photographs."""
        content = self.shown
        rows = [content]
        for number in self.learned.tolist():
            style = torch.full((len(content),), number, device=content.device)
            painted = self._painted(modules["network"], content, style, range(len(content)))
            rows.append(painted.float().clamp(0, 1))
        return torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)[None]

    def state_dict(self) -> Mapping[str, Any]:
        """Nothing: the style depends on the position."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Nothing to load."""

    def _losses_of_style(
        self, network: nn.Module, content: Tensor, number: int, chosen: Sequence[int]
    ) -> dict[str, Tensor]:
        found: dict[str, list[Tensor]] = {}
        for first in range(0, len(chosen), _AT_ONCE):
            seeds = chosen[first : first + _AT_ONCE]
            style = torch.full((len(seeds),), number, device=content.device)
            for name, each in self._losses(network, content[[*seeds]], style, seeds).items():
                found.setdefault(name, []).append(each)
        return {name: torch.cat(each) for name, each in found.items()}

    def _losses(
        self, network: nn.Module, content: Tensor, style: Tensor, seeds: Sequence[int]
    ) -> dict[str, Tensor]:
        painted = self._painted(network, content, style, seeds)
        losses: dict[str, Tensor] = self.objective(painted, content, style)
        return losses

    def _painted(
        self, network: nn.Module, content: Tensor, style: Tensor, seeds: Sequence[int]
    ) -> Tensor:
        weights = F.one_hot(style, self.network.styles).float()
        grainy = grained(content, self.objective.options.grain, seeds)
        painted: Tensor = network(grainy.contiguous(memory_format=torch.channels_last), weights)
        return painted
