"""The interface between the training engine and a method's losses and data."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn
from torch.optim import Optimizer


@dataclass(frozen=True, slots=True)
class Phase:
    """One loss, and the optimizer that reduces it.

    Attributes:
        optimizer: Its name among `Task.optimizers`.
        loss: Scalar, a mean over the batch (not a sum: batches are split and losses averaged).
        parts: The terms of the loss, for the log; a slash makes groups (``style/great-wave``). The
            engine adds ``total``, the sum of the phases' losses.
    """

    optimizer: str
    loss: Tensor
    parts: Mapping[str, Tensor]


class Task(Protocol):
    """A method as something to train.

    Batches hold images (B, 3, S, S), sRGB in [0, 1], float32 on the device, by the name of their
    stream, and their positions (B,), int64, as ``position``: random choices that are derived from
    a picture's position are the same in one process and in many.

    The engine calls everything under autocast when the precision is bf16. Code that must not be
    rounded (Gram matrices, losses) leaves it with ``torch.autocast(..., enabled=False)``.
    """

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        """The modules to train and save, by name, without frozen ones such as VGG."""
        ...

    @property
    def averaged(self) -> Sequence[str]:
        """Names of the modules to average if the options ask for it; averages are validated."""
        ...

    def optimizers(self) -> Mapping[str, Optimizer]:
        """The optimizers by name, at their full learning rate; called once."""
        ...

    def phases(self, batch: Mapping[str, Tensor]) -> Generator[Phase, None, None]:
        """Yield the losses of one batch, in order; the optimizer takes its step after each.

        A task with several phases switches ``requires_grad`` off for what a phase must not
        change. With accumulation, several of these generators run side by side, each phase of all
        before the next phase. A generator is closed early when a loss is not finite.
        """
        ...

    def validate(
        self, modules: Mapping[str, nn.Module], batch: Mapping[str, Tensor]
    ) -> Mapping[str, Tensor]:
        """Losses of a fixed batch by name, scalars; ``total`` decides which weights are best."""
        ...

    def sheet(self, modules: Mapping[str, nn.Module]) -> Tensor:
        """A sheet of pictures that shows the progress, (1, 3, H, W) in [0, 1]."""
        ...

    def state_dict(self) -> Mapping[str, Any]:
        """Other state that the run depends on (a pool of images): tensors, numbers, text."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load a state from `state_dict`."""
        ...


class Item(Protocol):
    """A picture of a stream."""

    @property
    def image(self) -> Tensor:
        """Pixels, (3, S, S), uint8."""
        ...

    @property
    def skipped(self) -> Sequence[tuple[str, str]]:
        """Name and reason of each unreadable file that was skipped before this one."""
        ...


class Stream(Protocol):
    """An endless sequence of pictures, by position.

    ``stream[position]`` depends only on the position and the stream's seed, not on earlier
    positions, so a run can resume at any position. An epoch is ``len`` positions. Reading
    processes get a copy, so it must be possible to pickle it.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, position: int, /) -> Item: ...


@dataclass(frozen=True)
class Material:
    """The training and validation data.

    Attributes:
        streams: By the names that the task uses; the first determines the epoch.
        validation: A fixed batch, (B, 3, S, S) bytes or images in [0, 1], by name.
    """

    streams: Mapping[str, Stream]
    validation: Mapping[str, Tensor]
