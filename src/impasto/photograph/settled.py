"""Everything decided about a painting before its first step: size, tiles, optimizer."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Protocol

import torch

from impasto.device import free_memory
from impasto.errors import MemoryEstimateError
from impasto.methods.gatys.footprint import Work
from impasto.methods.gatys.memory_plan import (
    Plan,
    check_memory,
    convolution_rate,
    estimated_seconds,
    largest_size,
)
from impasto.methods.subject import result_size
from impasto.nn.resize import Size, fitted_size
from impasto.options.gatys import GatysOptions
from impasto.options.shared import LARGEST, SharedOptions
from impasto.shown import duration
from impasto.source import Source
from impasto.weights import WeightsFile

_LEAST_BYTES: Final = 60
"""Bytes per pixel that any painting needs: photograph, picture, gradient and Adam's state. A size
that does not even have those is refused before its tiles are counted."""


@dataclass(frozen=True, eq=False)
class Settled:
    """A photograph, and the decisions on how it is painted.

    Attributes:
        source: The photograph.
        options: With size, tiles and optimizer as the memory allows.
        size: Height and width of the result.
        plan: How it fits into memory; None if it does not fit, or the method makes no plan.
        fault: Why it does not fit, or None.
        weights: The network's weights.
        device: The device.
        precision: The precision of the convolutions.
    """

    source: Source
    options: SharedOptions
    size: Size
    plan: Plan | None
    weights: WeightsFile
    device: torch.device
    precision: torch.dtype
    fault: MemoryEstimateError | None = None

    @property
    def memory(self) -> int | None:
        """Peak memory of the painting in bytes; None without a plan."""
        return None if self.plan is None else self.plan.memory

    @cached_property
    def seconds(self) -> float | None:
        """Estimated seconds on this machine; None without a plan.

        The first use times a convolution for a tenth of a second.
        """
        if self.plan is None or not isinstance(self.options, GatysOptions):
            return None
        work = Work(self.options, self.weights.network, self.precision)
        rate = convolution_rate(self.device, self.precision)
        return estimated_seconds(self.size, work, self.plan, rate)

    @property
    def outlook(self) -> str:
        """One line: its size and, if known, memory and time."""
        height, width = self.size
        parts = [f"{self.options.steps} steps"]
        if plan := self.plan:
            parts.append(f"about {plan.memory / 1e9:.1f} GB of memory")
            if self.seconds:
                parts.append(f"about {duration(self.seconds)}")
            if plan.is_tiled(self.size):
                parts.append(f"in tiles of {plan.tile} pixels")
            if plan.optimizer is not None:
                parts.append("by Adam, as there is no memory for L-BFGS")
        return f"{width} x {height} ({height * width / 1e6:.1f} megapixels): {', '.join(parts)}"


class Tools(Protocol):
    """The parts of a stylizer that decisions depend on."""

    weights: WeightsFile
    device: torch.device
    precision: torch.dtype


def settle(
    source: Source, options: SharedOptions, tools: Tools, size: int | None = None
) -> Settled:
    """Decide how a photograph is painted, for the memory that is free now.

    Args:
        source: The photograph.
        options: The options as given.
        tools: Such as a stylizer that was built with the options.
        size: Longer side instead of that of the options: that of a paper, or for a resumed painting
            the size that ``--size max`` had at its start.

    Raises:
        MemoryEstimateError: No size fits into memory, or this one is far too large.
    """
    photograph = source.picture.height, source.picture.width
    made_with = tools.weights, tools.device, tools.precision
    if size is not None:
        options = replace(options, size=size)
    if not isinstance(options, GatysOptions):
        return Settled(source, options, result_size(photograph, options), None, *made_with)
    work = Work(options, tools.weights.network, tools.precision)
    free = free_memory(tools.device)
    if options.size == LARGEST:
        options = replace(options, size=largest_size(photograph, work, free))
    result = result_size(photograph, options)
    if (least := math.prod(result) * _LEAST_BYTES) > free:
        fitting = fitted_size(result, largest_size(result, work, free))
        raise _too_large(result, least, free, fitting, options)
    plan, fault = None, None
    try:
        plan = check_memory(result, work, free)
        options = replace(options, tile=plan.tile, optimizer=plan.optimizer or options.optimizer)
    except MemoryEstimateError as error:
        fault = error  # reported when painting begins: the result may exist already
    return Settled(source, options, result, plan, *made_with, fault)


def _too_large(
    size: Size, needed: int, free: int, fitting: Size, options: SharedOptions
) -> MemoryEstimateError:
    height, width = fitting
    advice = (
        f"--size {max(fitting)}" if options.crop_fit is None else f"--crop-fit {width} {height}"
    )
    return MemoryEstimateError(
        f"{size[1]} x {size[0]} needs about {needed / 1e9:.1f} GB of memory and "
        f"{free / 1e9:.1f} GB are free: {advice} would fit"
    )
