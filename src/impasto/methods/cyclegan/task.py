"""Train two generators against two discriminators: the task for the training engine."""

from __future__ import annotations

import itertools
from collections.abc import Generator as Stages
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from impasto.methods.cyclegan.network import Discriminator, Generator
from impasto.methods.cyclegan.objective import (
    PAINTING,
    PHOTO,
    PerceptualLosses,
    Translated,
    critic_loss,
    generator_losses,
    translated,
)
from impasto.methods.cyclegan.pool import ImagePool, RealPool
from impasto.methods.johnson.transformer import StyledTransformer
from impasto.nn.losses import cycle_consistency_loss
from impasto.nn.metrics import Features, channel_distance, channel_moments
from impasto.options.cyclegan import CycleGANOptions
from impasto.options.training import OptimizerKind
from impasto.training.optimizers import SMALL_SHARE, optimizer_of
from impasto.training.task import Phase

BETAS: Final = (0.5, 0.999)
"""Betas of Adam (Zhu et al. 2017, 7.1)."""

DISTANCE: Final = "vgg_channel_distance"
"""Prefix of the distances between generated and real pictures; see `impasto.nn.metrics`."""

AnyGenerator: TypeAlias = Generator | StyledTransformer

STYLED: Final[Mapping[str, Any]] = {
    "width": 8, "blocks": 5, "middle": 40, "coarse": 96, "kernel": 5
}  # fmt: skip
"""Shape of a generator that starts from a bundled style: that of the network of ten styles.

Not that network's own record, so that runs can be read after it changes."""

_SHOWN: Final = 4
"""Number of rows of a sheet."""


class CycleGANTask:
    """Translates photographs to paintings and paintings to photographs, in cycles.

    A step first updates the generators, then the discriminators, with pictures of this step or of
    earlier ones. Batches contain ``photo`` and ``painting``.

    Args:
        options: Networks and losses.
        learning_rate: The learning rate of all four networks.
        optimizer: The generators' optimizer, see :class:`TrainOptions`. Discriminators use Adam.
        betas: The betas of Adam.
        real: Fixed pictures for validation and sheets, (B, 3, S, S) in [0, 1], under both names.
        seer: The network whose feature maps compare generated and real pictures.
        perceptual: The perceptual loss, if it has a weight.
        seed: Seed of the pools' random generators.
    """

    averaged: Sequence[str] = ("paint", "unpaint")

    def __init__(
        self,
        options: CycleGANOptions,
        *,
        learning_rate: float,
        optimizer: OptimizerKind = "adam",
        betas: tuple[float, float] = BETAS,
        real: Mapping[str, Tensor],
        seer: Features,
        perceptual: PerceptualLosses | None = None,
        seed: int = 0,
    ) -> None:
        self.options = options
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self.betas = betas
        self.paint, self.unpaint = built(options)
        self.painting_critic = Discriminator(options.discriminator_width)
        self.photo_critic = Discriminator(options.discriminator_width)
        self.pools = {
            PAINTING: ImagePool(options.pool, 2 * seed),
            PHOTO: ImagePool(options.pool, 2 * seed + 1),
        }
        self.seer = seer
        self.perceptual = perceptual
        self.shown = {name: each[:_SHOWN] for name, each in real.items()}
        self._moments = {
            name: channel_moments(seer, torch.split(each, 1)) for name, each in real.items()
        }
        for module in self.modules.values():
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._critics = list(_learning((self.painting_critic, self.photo_critic)))

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        """G and F as ``paint`` and ``unpaint``; D_Y and D_X as the critics of their results."""
        return {
            "paint": self.paint,
            "unpaint": self.unpaint,
            "painting_critic": self.painting_critic,
            "photo_critic": self.photo_critic,
        }

    def optimizers(self) -> Mapping[str, Optimizer]:
        """Two optimizers: for the generators, and for the discriminators."""
        generators = list(_learning((self.paint, self.unpaint)))
        # Never Muon: orthogonalizing the updates of their large kernels would take half of the
        # time.
        muon = self.optimizer == "muon"
        critic_rate = self.learning_rate * (SMALL_SHARE if muon else 1.0)
        return {
            "generators": optimizer_of(self.optimizer, generators, self.learning_rate, self.betas),
            "discriminators": torch.optim.Adam(self._critics, critic_rate, self.betas),
        }

    def phases(self, batch: Mapping[str, Tensor]) -> Stages[Phase, None, None]:
        """Two losses: of the generators, then of the discriminators."""
        laid = {name: _laid(batch[name]) for name in (PHOTO, PAINTING)}
        # The gradient passes through the discriminators but must not change them.
        self._let_critics_learn(False)
        kept = bool(self.options.identity_weight and self.options.cycle_weight)
        made = translated(self.paint, self.unpaint, laid[PHOTO], laid[PAINTING], kept=kept)
        seen = None if self.perceptual is None else self.perceptual(made, laid)
        parts = generator_losses(made, self._scores(made), laid, self.options, seen)
        fakes = {PAINTING: made.painting.detach(), PHOTO: made.photo.detach()}
        del made
        yield Phase("generators", parts.pop("total"), parts)
        del parts
        self._let_critics_learn(True)
        losses = {
            f"discriminator/{name}": critic_loss(
                critic, laid[name], _laid(self.pools[name].exchanged(fakes[name])), self.options
            )
            for name, critic in self._critics_by_name().items()
        }
        total = torch.stack(list(losses.values())).sum()
        yield Phase("discriminators", total, {**losses, "discriminator": total})

    def validate(
        self, modules: Mapping[str, nn.Module], batch: Mapping[str, Tensor]
    ) -> Mapping[str, Tensor]:
        """The distances between generated and real pictures, and the cycle loss.

        ``total`` is the sum of both distances and of the weighted cycle loss: neither alone shows
        that a translation is good, because ignoring the picture minimizes one, and leaving it
        unchanged minimizes the other.
        """
        paint, unpaint = modules["paint"], modules["unpaint"]
        there = {PHOTO: (paint, unpaint, PAINTING), PAINTING: (unpaint, paint, PHOTO)}
        losses, cycles = {}, []
        for name, (forth, back, other) in there.items():
            made, again = _there_and_back(forth, back, batch[name])
            with torch.autocast(batch[name].device.type, enabled=False):
                moments = channel_moments(self.seer, torch.split(made, 1))
            distance = channel_distance(moments, self._moments[other])
            losses[f"{DISTANCE}/{other}"] = torch.tensor(distance).to(made)
            cycles.append(cycle_consistency_loss(again, batch[name]))
        cycle = torch.stack(cycles).sum()
        distances = torch.stack(list(losses.values())).sum()
        total = distances + self.options.cycle_weight * cycle
        return {"total": total, DISTANCE: distances, "cycle": cycle, **losses}

    def sheet(self, modules: Mapping[str, nn.Module]) -> Tensor:
        """Rows of x, G(x), F(G(x)), y, F(y), G(F(y))."""
        paint, unpaint = modules["paint"], modules["unpaint"]
        columns = [
            self.shown[PHOTO],
            *_there_and_back(paint, unpaint, self.shown[PHOTO]),
            self.shown[PAINTING],
            *_there_and_back(unpaint, paint, self.shown[PAINTING]),
        ]
        rows = min(map(len, columns))
        strips = [torch.cat(list(column[:rows]), dim=1) for column in columns]
        return torch.cat(strips, dim=2)[None].clamp(0, 1)

    def state_dict(self) -> Mapping[str, Any]:
        """The pools with their random generators."""
        return {name: pool.state_dict() for name, pool in self._every_pool().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load the pools."""
        device = next(self.paint.parameters()).device
        for name, pool in self._every_pool().items():
            pool.load_state_dict(state[name], device)

    def _every_pool(self) -> dict[str, ImagePool | RealPool]:
        real = self.perceptual.pools if self.perceptual else {}
        return {**self.pools, **{f"real/{name}": pool for name, pool in real.items()}}

    def _critics_by_name(self) -> dict[str, Discriminator]:
        return {PAINTING: self.painting_critic, PHOTO: self.photo_critic}

    def _scores(self, made: Translated) -> dict[str, Tensor]:
        return {
            PAINTING: self.painting_critic(made.painting),
            PHOTO: self.photo_critic(made.photo),
        }

    def _let_critics_learn(self, wanted: bool) -> None:
        for parameter in self._critics:
            parameter.requires_grad_(wanted)


def built(options: CycleGANOptions) -> tuple[AnyGenerator, Generator]:
    """New generators: photographs to paintings, and back."""
    shape = options.width, options.blocks, options.resampling, options.residual
    if options.start_style:
        back = Generator(*shape)
        return StyledTransformer(1, **STYLED), back
    return Generator(*shape), Generator(*shape)


def _learning(modules: Iterable[nn.Module]) -> Iterable[nn.Parameter]:
    parameters = itertools.chain.from_iterable(each.parameters() for each in modules)
    return (each for each in parameters if each.requires_grad)


def _laid(images: Tensor) -> Tensor:
    return images.contiguous(memory_format=torch.channels_last)


def _there_and_back(forth: nn.Module, back: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Translate one picture at a time, so that validation needs no more memory than training."""
    made = [forth(_laid(each)) for each in torch.split(images, 1)]
    return torch.cat(made), torch.cat([back(_laid(each)) for each in made])
