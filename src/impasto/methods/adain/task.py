"""Train an any-style network: the task for the training engine."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Optimizer

from impasto.methods.adain.convolutions import VGG, Plan
from impasto.methods.adain.network import AnyStyleNetwork
from impasto.methods.adain.objective import AnyStyleObjective
from impasto.nn.color import recolored
from impasto.options.training import OptimizerKind
from impasto.training.feed import POSITION
from impasto.training.optimizers import optimizer_of
from impasto.training.task import Phase

BETAS: Final = (0.9, 0.99)
"""Betas of Adam; beta2 is below the usual 0.999, because every batch has other styles."""

_AT_ONCE: Final = 8
"""Pairs that are validated together."""

_SHOWN: Final = 4
"""Photographs and styles on a sheet."""


class Adapters(nn.Module):
    """Predicts VGG's maps from a slim encoder's, with one matrix each; used in training only.

    If VGG's maps are a linear function of a slim encoder's, it has learned VGG's features (Romero
    et al. 2015, FitNets). Layers that it does not have (relu1_1 at full resolution) are omitted.

    Args:
        plan: The slim encoder's convolutions.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.convs = nn.ModuleDict(
            {
                name.replace("conv", "relu"): nn.Conv2d(width, VGG.convs[name][1], 1)
                for name, (_, width) in plan.convs.items()
                if name.endswith("_1")
            }
        )

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers of VGG that are predicted."""
        return tuple(self.convs)

    def forward(
        self, maps: Mapping[str, Float[Tensor, "batch _channels _height _width"]]
    ) -> dict[str, Float[Tensor, "batch _wide _height _width"]]:
        """VGG's maps as predicted from the slim encoder's."""
        return {name: conv(maps[name]) for name, conv in self.convs.items()}


class AdainTask:
    """Paints each photograph of a batch in the style at the same position, and measures its losses.

    Args:
        network: The network to train, except for a frozen encoder.
        objective: The losses, on the network's device.
        adapters: The adapters of a slim encoder; otherwise None.
        learning_rate: The learning rate.
        optimizer: The optimizer, see :class:`TrainOptions`.
        betas: The betas of Adam.
        shown: Photographs and styles (B, 3, S, S) for the sheet, in [0, 1].
    """

    def __init__(
        self,
        network: AnyStyleNetwork,
        objective: AnyStyleObjective,
        adapters: Adapters | None,
        *,
        learning_rate: float,
        optimizer: OptimizerKind = "adam",
        betas: tuple[float, float] = BETAS,
        shown: tuple[Tensor, Tensor],
    ) -> None:
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.objective = objective
        self.adapters = adapters
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self.betas = betas
        self.contents, self.styles = (each[:_SHOWN] for each in shown)

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        """The network, and any adapters."""
        own: dict[str, nn.Module] = {"network": self.network}
        return own if self.adapters is None else {**own, "adapters": self.adapters}

    @property
    def averaged(self) -> Sequence[str]:
        """The network."""
        return ("network",)

    def optimizers(self) -> Mapping[str, Optimizer]:
        """One optimizer, for all trained parameters."""
        learning = [
            each
            for module in self.modules.values()
            for each in module.parameters()
            if each.requires_grad
        ]
        rate = self.learning_rate
        return {"network": optimizer_of(self.optimizer, learning, rate, self.betas)}

    def phases(self, batch: Mapping[str, Tensor]) -> Generator[Phase, None, None]:
        """One loss: the mean over the batch."""
        style = self._styles(batch)
        content = self._recolored(batch["content"], style)
        seen = self.network.encoder(_fast(content)), self.network.encoder(_fast(style))
        painted = self.network.painted(content, seen[0], self.network.code_of(seen[1]))
        predicted = () if self.adapters is None else tuple(self.adapters(each) for each in seen)
        losses = self.objective(painted, content, style, predicted)
        means = {name: each.mean() for name, each in losses.items()}
        yield Phase("network", means.pop("total"), means)

    def validate(
        self, modules: Mapping[str, nn.Module], batch: Mapping[str, Tensor]
    ) -> Mapping[str, Tensor]:
        """Mean losses of each photograph in its style, without the distillation loss."""
        found: dict[str, list[Tensor]] = {}
        pairs = (torch.split(batch[name], _AT_ONCE) for name in ("content", "style"))
        for photographs, style in zip(*pairs, strict=True):
            content = self._recolored(photographs, style)
            losses = self.objective(_painted(modules["network"], content, style), content, style)
            for name, each in losses.items():
                found.setdefault(name, []).append(each)
        return {name: torch.cat(each).mean() for name, each in found.items()}

    def sheet(self, modules: Mapping[str, nn.Module]) -> Tensor:
        """Photographs at the top, styles on the left, and each photograph in each style."""
        contents, styles = self.contents, self.styles
        rows = [torch.cat([torch.ones_like(contents[:1]), contents])]
        for style in torch.split(styles, 1):
            seen = self._recolored(contents, style.expand_as(contents))
            painted = _painted(modules["network"], seen, style.expand_as(contents))
            rows.append(torch.cat([style, painted.float().clamp(0, 1)]))
        return torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)[None]

    def state_dict(self) -> Mapping[str, Any]:
        """Nothing: which pictures are their own style depends on the position."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Nothing to load."""

    def _recolored(self, content: Tensor, style: Tensor) -> Tensor:
        if not self.objective.options.recolor:
            return content
        pairs = zip(torch.split(content, 1), torch.split(style, 1), strict=True)
        return torch.cat([recolored(photograph, painting) for photograph, painting in pairs])

    def _styles(self, batch: Mapping[str, Tensor]) -> Tensor:
        every = self.objective.options.identity_every
        if not every:
            return batch["style"]
        own = (batch[POSITION] % every == 0).view(-1, 1, 1, 1)
        return torch.where(own, batch["content"], batch["style"])


def _painted(network: nn.Module, content: Tensor, style: Tensor) -> Tensor:
    assert isinstance(network, AnyStyleNetwork)
    painted: Tensor = network(_fast(content), network.code(_fast(style)))
    return painted


def _fast(images: Tensor) -> Tensor:
    return images.contiguous(memory_format=torch.channels_last)
