"""The part of a manifest about the run: times, last losses and scores."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final

import torch
from torch import Tensor

from impasto.device import choose_precision
from impasto.methods.subject import Style
from impasto.nn.resize import crop_fitted, fitted_size, resized, size_of
from impasto.options.shared import SharedOptions
from impasto.photograph.masks import shown
from impasto.scores import Scores, score_images
from impasto.step import Step, plain

_SCORED_PIXELS: Final = 2_000_000
"""Larger results are scored at this size, because their feature maps would not fit in memory."""


class Diary:
    """Records the last losses of a run, its notes, and how long its steps took."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._times = [clock()]
        self.losses: dict[str, float | None] = {}
        self.notes: list[str] = []

    def __call__(self, step: Step) -> None:
        """Record a step."""
        self._times.append(self._clock())
        self.losses = plain(step.losses)
        if step.note:
            self.notes.append(f"step {step.number}: {step.note}")

    def timings(self) -> dict[str, float]:
        """Seconds of the whole optimization and of its median step."""
        steps = [
            later - earlier for earlier, later in zip(self._times, self._times[1:], strict=False)
        ]
        return {
            "optimisation_s": round(self._times[-1] - self._times[0], 3),
            "median_step_s": round(statistics.median(steps), 4) if steps else 0.0,
        }


def scores_of(
    content: Tensor, styles: Sequence[Style], image: Tensor, options: SharedOptions
) -> dict[str, float]:
    """Distances of a result; those of several styles are averaged by their weights."""
    size = size_of(image)
    if size[0] * size[1] > _SCORED_PIXELS:
        shrink = (_SCORED_PIXELS / (size[0] * size[1])) ** 0.5
        size = fitted_size(size, round(max(size) * shrink))
    fit = resized if options.crop_fit is None else crop_fitted
    photograph = fit(content, size).clamp(0, 1)
    stylized = resized(image, size).cpu().clamp(0, 1)
    precision = choose_precision("auto", torch.device("cpu"))
    weights = options.style_weights or (1.0,) * len(styles)
    found = [
        (score_images(photograph, shown(style), stylized, precision), weight / sum(weights))
        for style, weight in zip(styles, weights, strict=True)
        if weight
    ]
    return {
        each.name: round(sum(getattr(scores, each.name) * share for scores, share in found), 5)
        for each in dataclasses.fields(Scores)
    }
