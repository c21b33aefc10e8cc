"""The method that the options name, built, and its options made definite."""

from __future__ import annotations

import copy
import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from torch import Tensor

from impasto.device import free_memory
from impasto.errors import MemoryEstimateError
from impasto.methods import METHODS, Stylizer
from impasto.methods.gatys.footprint import Work
from impasto.methods.gatys.plan import (
    Plan,
    check_memory,
    convolution_rate,
    estimated_seconds,
    largest_size,
)
from impasto.methods.subject import result_size
from impasto.nn.pyramid import Size, fitted_size
from impasto.options.gatys import GatysOptions
from impasto.options.shared import LARGEST, SharedOptions
from impasto.weights import WeightsFile

_LEAST_BYTES: Final = 60
"""Bytes of a pixel that any painting takes, if only for photograph, picture, gradient and Adam. A
size for which there are not even those is refused before its tiles are counted."""


@dataclass(frozen=True)
class Settled:
    """Options with which a photograph is painted, nothing in them left open.

    Attributes:
        options: For the manifest, tiles and optimizer as the memory allows.
        plan: How it fits into memory; None where it does not, or the method makes no plan.
        size: Height and width of the result.
    """

    options: SharedOptions
    plan: Plan | None
    size: Size


def stylizer_of(
    options: SharedOptions, styles: Sequence[Tensor], weights: WeightsFile | None
) -> Stylizer:
    """Build the method that the options name.

    Raises:
        ImpastoError: Its options, layers, device or weights cannot be had.
    """
    kind = _named(METHODS[options.method])
    given: Any = styles if len(styles) > 1 else styles[0]
    built: Stylizer = kind(given, options, weights)
    return built


def restyled(stylizer: Stylizer, options: SharedOptions) -> Stylizer:
    """The same stylizer, its network too, with other options of size and memory."""
    other = copy.copy(stylizer)
    other.options = options
    return other


def settled(
    options: SharedOptions, photograph: Size, stylizer: Stylizer, size: int | None
) -> Settled:
    """Make options definite for a photograph and the memory that is free now.

    Args:
        options: As they were given.
        photograph: Its height and width.
        stylizer: Built with the options.
        size: What the largest size was when the painting was begun, where it goes on.

    Raises:
        MemoryEstimateError: No size at all fits into memory, or this one is beyond all planning.
    """
    if not isinstance(options, GatysOptions):
        return Settled(options, None, result_size(photograph, options))
    network, precision = stylizer.weights.network, stylizer.precision
    free = free_memory(stylizer.device)
    if options.size == LARGEST:
        found = size or largest_size(photograph, options, network, precision, free)
        options = replace(options, size=found)
    result = result_size(photograph, options)
    if (least := math.prod(result) * _LEAST_BYTES) > free:
        fitting = fitted_size(result, largest_size(result, options, network, precision, free))
        raise _too_large(result, least, free, fitting, options)
    try:
        plan = check_memory(result, options, network, precision, free)
    except MemoryEstimateError:  # told when it is begun: it may have been painted before
        return Settled(options, None, result)
    definite = replace(options, tile=plan.tile, optimizer=plan.optimizer or options.optimizer)
    return Settled(definite, plan, result)


def expected_seconds(found: Settled, stylizer: Stylizer) -> float | None:
    """About how long a painting will take on this machine; None where nobody can tell.

    A convolution is timed for a tenth of a second.
    """
    if found.plan is None or not isinstance(found.options, GatysOptions):
        return None
    work = Work(found.options, stylizer.weights.network, stylizer.precision)
    rate = convolution_rate(stylizer.device, stylizer.precision)
    return estimated_seconds(found.size, work, found.plan, rate)


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


def _named(place: tuple[str, str]) -> Any:
    module, name = place
    return getattr(importlib.import_module(module), name)
