"""The steps of a training for TensorBoard."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from impasto.errors import RunError
from impasto.files import faults_told
from impasto.track.events import event_writer
from impasto.track.pixels import to_uint8

if TYPE_CHECKING:
    from impasto.step import Step


class TrainingLog:
    """Logs losses, learning rates, images per second and, now and then, the sheet of pictures.

    Losses jump with every batch, so each point is the mean of those since the last point; those
    of a validation are logged at once. Differs from `TensorBoardLog` in that and in having no
    histograms, which say nothing of a sheet. A context manager; leaving it closes the file.

    Args:
        folder: Where the event files go; a resumed run goes on in the same folder.
        every: Steps from one set of scalars to the next; the last step always has them.
        sheet_every: Steps from one sheet to the next; the last step always has one.
        batch: Pictures in a step.
        resume_from: Step of the checkpoint the run goes on from. What the folder holds of later
            steps is hidden by TensorBoard.
        clock: Seconds from any origin, never going back.
    """

    def __init__(
        self,
        folder: Path,
        *,
        every: int,
        sheet_every: int,
        batch: int,
        resume_from: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._writer = event_writer(folder, resume_from)
        self._every = every
        self._sheet_every = sheet_every
        self._batch = batch
        self._clock = clock
        self._since_last: dict[str, list[float]] = {}
        self._last = (resume_from, clock())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        with suppress(*[RunError] * any(exception)):  # what came first is to be told
            self.close()

    def __call__(
        self, step: Step, rates: Mapping[str, float], validation: Mapping[str, float]
    ) -> None:
        """Log a step.

        Args:
            step: With the losses of its batch.
            rates: Learning rates by optimizer.
            validation: Losses of the validation after this step, empty when there was none.
        """
        with faults_told(self._folder):
            self._log(step, rates, validation)

    def _log(self, step: Step, rates: Mapping[str, float], validation: Mapping[str, float]) -> None:
        for name, value in step.losses.items():
            self._since_last.setdefault(name, []).append(value)
        last = step.number == step.of
        if last or step.number % self._every == 0:
            self._log_losses(step.number)
            self._log_speed(step.number)
            for name, rate in rates.items():
                self._writer.add_scalar(f"learning_rate/{name}", rate, step.number)
        for name, value in validation.items():
            self._writer.add_scalar(f"validation/{name}", value, step.number)
        if last or step.number % self._sheet_every == 0:
            self._writer.add_image("sheet", to_uint8(step.image()), step.number, dataformats="HWC")

    def text(self, name: str, markdown: str) -> None:
        """Log a text such as the options of the run."""
        with faults_told(self._folder):
            self._writer.add_text(name, markdown, 0)

    def close(self) -> None:
        """Write what is waiting and close the event file."""
        with faults_told(self._folder):
            self._writer.close()

    def _log_losses(self, number: int) -> None:
        for name, values in self._since_last.items():
            finite = [value for value in values if math.isfinite(value)]
            mean = sum(finite) / len(finite) if finite else math.nan
            self._writer.add_scalar(name if "/" in name else f"loss/{name}", mean, number)
        self._since_last.clear()

    def _log_speed(self, number: int) -> None:
        begun, then = self._last
        self._last = (number, self._clock())
        if seconds := self._last[1] - then:
            speed = (number - begun) * self._batch / seconds
            self._writer.add_scalar("speed/images_per_second", speed, number)
