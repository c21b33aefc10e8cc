"""What a manifest tells of the run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from impasto.step import Step
from impasto.success import plain


class Diary:
    """Keeps of a run what its manifest tells: the last losses and how long it took."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._times = [clock()]
        self.losses: dict[str, float | None] = {}
        self.notes: list[str] = []

    def __call__(self, step: Step) -> None:
        """Take note of a step."""
        self._times.append(self._clock())
        self.losses = plain(step.losses)
        if step.note:
            self.notes.append(f"step {step.number}: {step.note}")

    def timings(self) -> dict[str, float]:
        """Seconds of the whole optimisation and of its median step."""
        steps = [
            later - earlier for earlier, later in zip(self._times, self._times[1:], strict=False)
        ]
        return {
            "optimisation_s": round(self._times[-1] - self._times[0], 3),
            "median_step_s": round(statistics.median(steps), 4) if steps else 0.0,
        }
