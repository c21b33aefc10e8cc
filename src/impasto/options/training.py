"""The options that are the same for every training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from impasto.errors import OptionError
from impasto.options.checks import (
    check_at_least,
    check_choices,
    check_whole,
    check_within,
    number,
)
from impasto.options.shared import Precision
from impasto.options.values import Options, plain_values

Schedule = Literal["constant", "linear", "cosine"]
OptimizerKind = Literal["adam", "muon"]

DEFAULT_STEPS: Final = 20_000
"""Length of a run if neither steps nor epochs are given."""


@dataclass(frozen=True, kw_only=True)
class TrainOptions(Options):
    """How a network is trained."""

    WHOSE: ClassVar = "impasto train"

    FORMER: ClassVar = {2: {"limit": 0, "hold_out": 0.0, "beta2": None}}

    steps: int | None = None
    """Number of updates; 20000 if --epochs is not given either."""
    epochs: int | None = None
    """Passes over the pictures, instead of --steps."""
    batch: int = 4
    """Pictures per update, over all processes and accumulation steps."""
    accumulate: int = 1
    """Split each batch into this many passes, to fit a large batch in little memory."""
    size: int = 256
    """Side of the square crops in pixels."""
    limit: int = 0
    """Use at most this many pictures of each set, chosen by the hash of their names; 0 uses all."""
    hold_out: float = 0.02
    """Share of each set held out for validation, which decides which weights are best: 8 to 64
    pictures, chosen by the hash of their names. With 0, or with fewer than 80 pictures, validation
    uses training pictures."""
    optimizer: OptimizerKind = "adam"
    """adam, or muon: updates with orthogonalized directions, often faster. Its learning rate is
    about 20 times as high."""
    learning_rate: float = 1e-3
    """Learning rate."""
    beta2: float | None = None
    """Adam's decay of squared gradients; by default 0.99, and 0.999 for CycleGAN."""
    schedule: Schedule = "constant"
    """How the learning rate falls: constant, linear, or cosine; the last two end near 0."""
    decay_from: float = 0.0
    """Share of the run after which the learning rate starts to fall (CycleGAN: 0.5)."""
    warmup: int = 0
    """Steps over which the learning rate rises to its full value."""
    clip: float = 0.0
    """Largest gradient norm per optimizer; 0 turns clipping off."""
    ema: float = 0.0
    """Decay of the moving average of the weights, such as 0.999; 0 turns it off."""
    precision: Precision = "auto"
    """Precision of the convolutions. auto uses bf16 where it is faster, otherwise fp32."""
    device: str = "auto"
    """cpu, cuda, cuda:1, mps, xpu, or auto (the fastest available)."""
    workers: int = 2
    """Processes that load pictures; 0 loads them between updates."""
    checkpoint_every: int = 500
    """Steps between checkpoints. One is also written at the end of each epoch."""
    keep: int = 3
    """Checkpoints to keep besides the best."""
    validate_every: int = 500
    """Steps between validations."""
    sheet_every: int = 500
    """Steps between sheets of validation pictures."""
    log_every: int = 10
    """Steps between TensorBoard records."""
    seed: int = 0
    """Seed of the initial weights and of the order and crops of the pictures."""

    def __post_init__(self) -> None:
        lengths = {name: 1 for name in ("steps", "epochs") if getattr(self, name) is not None}
        every = dict.fromkeys((*_EVERY, "keep", "batch", "accumulate"), 1)
        check_whole(self, size=8, limit=0, warmup=0, workers=0, seed=0, **lengths, **every)
        check_choices(self)
        if self.steps is not None and self.epochs is not None:
            raise OptionError("steps, epochs", "only one of the two", (self.steps, self.epochs))
        if self.batch % self.accumulate:
            raise OptionError("batch", f"a multiple of accumulate ({self.accumulate})", self.batch)
        if not 0 < number(self.learning_rate) < math.inf:
            raise OptionError("learning_rate", "a number above 0", self.learning_rate)
        check_at_least(self, 0, "clip")
        check_within(self, hold_out=(0, 0.5))
        for name in ("decay_from", "ema", *(("beta2",) if self.beta2 is not None else ())):
            if not 0 <= number(getattr(self, name)) < 1:
                raise OptionError(name, "a number from 0 to below 1", getattr(self, name))

    def total_steps(self, pictures: int) -> int:
        """Updates in the whole run, for a number of pictures per epoch."""
        if self.epochs is not None:
            return math.ceil(self.epochs * pictures / self.batch)
        return DEFAULT_STEPS if self.steps is None else self.steps

    def betas(self, usual: tuple[float, float]) -> tuple[float, float]:
        """The betas of Adam, for the default betas of the method."""
        return usual if self.beta2 is None else (usual[0], self.beta2)

    def decisive(self) -> dict[str, Any]:
        """The options on which the trained weights depend, as plain values by name.

        The length counts only if the learning rate falls: a run at a constant rate may be resumed
        with more steps.
        """
        values = plain_values(self)
        length = ("steps", "epochs", "decay_from") if self.schedule == "constant" else ()
        return {name: each for name, each in values.items() if name not in (*_INDECISIVE, *length)}


_EVERY: Final = ("checkpoint_every", "validate_every", "sheet_every", "log_every")

_INDECISIVE: Final = ("accumulate", "precision", "device", "workers", "keep", *_EVERY)
"""Options that change the device, the speed or the records of a run, but not its result."""
