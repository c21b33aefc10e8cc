"""A tiny stream and two tiny tasks: one network with one loss, and two that work against each
other with everything that makes resuming hard."""

import random
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from impasto.errors import PictureError
from impasto.options.training import TrainOptions
from impasto.training.processes import Processes
from impasto.training.task import Material, Phase
from impasto.training.trainer import Training

SIDE = 8


@dataclass
class Item:
    image: torch.Tensor
    skipped: tuple = ()


class Noise:
    """Random pictures by position; those in ``broken`` were skipped on the way."""

    def __init__(self, length=10, seed=0, broken=()):
        self.length, self.seed, self.broken = length, seed, broken

    def __len__(self):
        return self.length

    def __getitem__(self, position):
        generator = torch.Generator().manual_seed(self.seed * 1000 + position)
        image = torch.randint(0, 256, (3, SIDE, SIDE), generator=generator, dtype=torch.uint8)
        place = position % self.length
        skipped = ((f"{place}.jpg", "truncated"),) if place in self.broken else ()
        return Item(image, skipped)


class Unreadable(Noise):
    def __getitem__(self, position):
        raise PictureError("none of 10 pictures can be read: 0.jpg: truncated")


def network(seed=1):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 3, 3, padding=1))


class Alone:
    """One network learns to give the negative. ``spoil`` gets the number of the update (from 1)
    and the loss, and may change it."""

    averaged = ("network",)

    def __init__(self, rate=0.01, spoil=lambda number, loss: loss, optimizer=torch.optim.Adam):
        self.modules = {"network": network()}
        self.rate, self.spoil, self.optimizer = rate, spoil, optimizer
        self.number = 0

    def optimizers(self):
        return {"network": self.optimizer(self.modules["network"].parameters(), lr=self.rate)}

    def loss(self, modules, images):
        return (modules["network"](images) - (1 - images)).square().mean()

    def phases(self, batch):
        self.number += 1
        loss = self.loss(self.modules, batch["content"])
        yield Phase("network", self.spoil(self.number, loss), {"plain": loss})

    def validate(self, modules, batch):
        return {"total": self.loss(modules, batch["content"])}

    def sheet(self, modules):
        return modules["network"](torch.full((1, 3, SIDE, SIDE), 0.5)).clamp(0, 1)

    def state_dict(self):
        return {"number": self.number}

    def load_state_dict(self, state):
        self.number = state["number"]


class Rivals:
    """Two networks with optimizers of their own, a pool of past pictures, and chance from torch,
    Python and NumPy."""

    averaged = ("generator",)

    def __init__(self):
        self.modules = {"generator": network(1), "discriminator": network(2)}
        self.pool = []
        self.spoil = lambda name, loss: loss

    def optimizers(self):
        return {
            "generator": torch.optim.Adam(self.modules["generator"].parameters(), lr=0.01),
            "discriminator": torch.optim.SGD(
                self.modules["discriminator"].parameters(), lr=0.02, momentum=0.9
            ),
        }

    def phases(self, batch):
        generator, discriminator = self.modules["generator"], self.modules["discriminator"]
        discriminator.requires_grad_(False)
        noise = torch.randn_like(batch["content"]) * random.random() * np.random.rand()  # noqa: NPY002
        fake = generator(batch["content"] + 0.1 * noise)
        loss = (discriminator(fake) - 1).square().mean()
        yield Phase("generator", self.spoil("generator", loss), {"generator": loss})
        discriminator.requires_grad_(True)
        self.pool = [*self.pool, fake.detach()][-3:]
        old = random.choice(self.pool)
        loss = discriminator(old).square().mean()
        loss = loss + (discriminator(batch["style"]) - 1).square().mean()
        yield Phase("discriminator", self.spoil("discriminator", loss), {"discriminator": loss})

    def validate(self, modules, batch):
        return {"total": torch.rand(()) + modules["generator"](batch["content"]).mean()}

    def sheet(self, modules):
        return torch.rand(1, 3, SIDE, SIDE)

    def state_dict(self):
        return {"pool": self.pool}

    def load_state_dict(self, state):
        self.pool = list(state["pool"])


def options(**changes):
    fixed = {"steps": 6, "batch": 2, "workers": 0, "device": "cpu", "precision": "fp32"}
    return TrainOptions(**{**fixed, **changes})


def material(**streams):
    streams = streams or {"content": Noise(10), "style": Noise(7, seed=5)}
    validation = torch.stack([Noise(seed=9)[position].image for position in range(3)])
    return Material(streams, {"content": validation})


def begin(task, given=None, what=None):
    given = given or options()
    return Training(task, what or material(), given, Processes(given.device, given.precision))


def weights(training):
    """Everything that is learned, as one vector."""
    modules = [*training.task.modules.values(), *training.average.twins.values()]
    parameters = [each for module in modules for each in module.parameters()]
    return torch.cat([each.detach().flatten() for each in parameters])
