"""The options of a training that have nothing to do with what is trained."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from impasto.errors import OptionError
from impasto.option_values import check_choices, check_whole, number

Schedule = Literal["constant", "linear", "cosine"]
Precision = Literal["auto", "bf16", "fp32"]
OptimizerKind = Literal["adam", "muon"]

DEFAULT_STEPS: Final = 20_000
"""Length of a run for which neither steps nor epochs are given."""


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """How a network is trained, whatever it learns."""

    steps: int | None = None
    """Updates of the weights; 20000 where no epochs are given either."""
    epochs: int | None = None
    """Passes over the pictures, instead of steps."""
    batch: int = 4
    """Pictures in one update, over all processes and accumulated passes together."""
    accumulate: int = 1
    """Passes that a batch is split into, one after the other: a large batch in little memory."""
    size: int = 256
    """Side of the square crops in pixels."""
    optimizer: OptimizerKind = "adam"
    """adam, or muon: steps that go equally far in all directions of a kernel, quicker where few
    directions dominate; its learning rate is about 20 times as high."""
    learning_rate: float = 1e-3
    """How far an update goes."""
    schedule: Schedule = "constant"
    """How the learning rate falls: not at all, linearly, or as half a cosine, to nearly 0."""
    decay_from: float = 0.0
    """Share of the run after which the learning rate begins to fall (CycleGAN: 0.5)."""
    warmup: int = 0
    """Steps over which the learning rate rises to its full height."""
    clip: float = 0.0
    """Longest gradient, as Euclidean norm over a network's optimizer; 0 leaves it alone."""
    ema: float = 0.0
    """Decay of the moving average of the weights, such as 0.999; 0 for none."""
    precision: Precision = "auto"
    """Of the convolutions. auto: bf16 where it is the faster one, else fp32."""
    device: str = "auto"
    """cpu, cuda, cuda:1, mps, xpu, or auto: the fastest there is."""
    workers: int = 2
    """Processes that read pictures; 0 reads them between the updates."""
    checkpoint_every: int = 500
    """Steps from one checkpoint to the next, besides those at the end of each epoch."""
    keep: int = 3
    """Checkpoints that are kept, besides the best."""
    validate_every: int = 500
    """Steps from one validation to the next."""
    sheet_every: int = 500
    """Steps from one sheet of validation pictures to the next."""
    log_every: int = 10
    """Steps from one set of numbers for TensorBoard to the next."""
    seed: int = 0
    """Where chance begins: first weights, order and crops of the pictures."""

    def __post_init__(self) -> None:
        unsaid = {name for name in _OPTIONAL if getattr(self, name) is None}
        check_whole(
            self, {name: low for name, low in _WHOLE_AT_LEAST.items() if name not in unsaid}
        )
        check_choices(self, _CHOICES)
        if self.steps is not None and self.epochs is not None:
            raise OptionError("steps, epochs", "only one of the two", (self.steps, self.epochs))
        if self.batch % self.accumulate:
            raise OptionError("batch", f"a multiple of accumulate ({self.accumulate})", self.batch)
        self._check_numbers()

    def _check_numbers(self) -> None:
        if not 0 < number(self.learning_rate) < math.inf:
            raise OptionError("learning_rate", "a number above 0", self.learning_rate)
        if not 0 <= number(self.clip) < math.inf:
            raise OptionError("clip", "a number of at least 0", self.clip)
        for name in ("decay_from", "ema"):
            if not 0 <= number(getattr(self, name)) < 1:
                raise OptionError(name, "a number from 0 to below 1", getattr(self, name))

    def total_steps(self, pictures: int) -> int:
        """Updates in the whole run, for so many pictures in an epoch."""
        if self.epochs is not None:
            return math.ceil(self.epochs * pictures / self.batch)
        return DEFAULT_STEPS if self.steps is None else self.steps

    def decisive(self) -> dict[str, Any]:
        """The options on which the trained weights depend, as plain values by name.

        The length counts only where the learning rate falls towards its end: a run at a constant
        rate may be resumed with more steps.
        """
        values = self.to_json()
        length = ("steps", "epochs", "decay_from") if self.schedule == "constant" else ()
        return {name: each for name, each in values.items() if name not in (*_INDECISIVE, *length)}

    def to_json(self) -> dict[str, Any]:
        """Plain values by option name, for manifests and logs."""
        return dataclasses.asdict(self)


_OPTIONAL: Final = ("steps", "epochs")

_WHOLE_AT_LEAST: Final[Mapping[str, int]] = {
    "steps": 1,
    "epochs": 1,
    "batch": 1,
    "accumulate": 1,
    "size": 8,
    "warmup": 0,
    "workers": 0,
    "checkpoint_every": 1,
    "keep": 1,
    "validate_every": 1,
    "sheet_every": 1,
    "log_every": 1,
    "seed": 0,
}

_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "schedule": ("constant", "linear", "cosine"),
    "precision": ("auto", "bf16", "fp32"),
    "optimizer": ("adam", "muon"),
}

_INDECISIVE: Final = (
    "accumulate",
    "precision",
    "device",
    "workers",
    "checkpoint_every",
    "keep",
    "validate_every",
    "sheet_every",
    "log_every",
)
"""Options that change where, how fast and how well watched a run goes, not where to."""
