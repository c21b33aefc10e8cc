"""What a method and its data look like to the training engine."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn
from torch.optim import Optimizer


@dataclass(frozen=True, slots=True)
class Phase:
    """One loss, and the optimizer whose step makes it smaller.

    Attributes:
        optimizer: Its name among `Task.optimizers`.
        loss: Scalar, a mean over the batch (not a sum: batches are split and losses averaged).
        parts: What the loss is made of, for the log; a slash groups (``style/great-wave``). The
            engine adds ``total``, the sum of the phases' losses.
    """

    optimizer: str
    loss: Tensor
    parts: Mapping[str, Tensor]


class Task(Protocol):
    """A method as something to train.

    Batches hold images (B, 3, S, S), sRGB in [0, 1], float32 on the device, by the name of their
    stream, and their positions (B,), int64, as ``position``: what is chosen by chance for a
    picture and derived from its position is the same in one process and in many.

    The engine calls everything under autocast when the precision is bf16. What must not be
    rounded (Gram matrices, losses) leaves it with ``torch.autocast(..., enabled=False)``.
    """

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        """What is trained and saved, by name, without frozen parts such as VGG."""
        ...

    @property
    def averaged(self) -> Sequence[str]:
        """Names of the modules whose weights are averaged, where the options ask for it.

        It is the averages that are validated and shown.
        """
        ...

    def optimizers(self) -> Mapping[str, Optimizer]:
        """The optimizers by name, at their full learning rate; called once."""
        ...

    def phases(self, batch: Mapping[str, Tensor]) -> Generator[Phase, None, None]:
        """Give the losses of one batch, in order.

        Between two of them the optimizer of the first takes its step. A task with several phases
        itself switches ``requires_grad`` of what a phase must not reach. Where a batch is
        accumulated, several of these run side by side, each phase of all before the next phase.
        A generator is closed early when a loss is not finite.
        """
        ...

    def validate(
        self, modules: Mapping[str, nn.Module], batch: Mapping[str, Tensor]
    ) -> Mapping[str, Tensor]:
        """Losses of a fixed batch by name, scalars; ``total`` decides which weights are best."""
        ...

    def sheet(self, modules: Mapping[str, nn.Module]) -> Tensor:
        """A sheet of pictures that shows how far it is, (1, 3, H, W) in [0, 1]."""
        ...

    def state_dict(self) -> Mapping[str, Any]:
        """What else the rest of the run depends on (a pool of images): tensors, numbers, text."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load a state that `state_dict` gave."""
        ...


class Item(Protocol):
    """A picture of a stream."""

    @property
    def image(self) -> Tensor:
        """Pixels, (3, S, S), uint8."""
        ...

    @property
    def skipped(self) -> Sequence[tuple[str, str]]:
        """Name and reason of each file that could not be read on the way to this one."""
        ...


class Stream(Protocol):
    """Pictures without an end, by position.

    ``stream[position]`` depends only on the position and the stream's own seed, not on earlier
    positions, so a run resumes at the next position. An epoch is ``len``
    positions. Reading processes get a copy, so it can be pickled.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, position: int, /) -> Item: ...


@dataclass(frozen=True)
class Material:
    """What a training learns from and is judged by.

    Attributes:
        streams: By the names the task knows; an epoch is one of the first.
        validation: A fixed batch, (B, 3, S, S) bytes or images in [0, 1], by name.
    """

    streams: Mapping[str, Stream]
    validation: Mapping[str, Tensor]
