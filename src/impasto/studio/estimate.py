"""How long a painting will take, told before anybody waits for it."""

from __future__ import annotations

import functools

from impasto.device import choose_device, choose_precision, free_memory
from impasto.errors import ImpastoError
from impasto.methods.gatys.duration import convolution_rate, estimated_seconds
from impasto.methods.gatys.footprint import Work
from impasto.methods.gatys.plan import check_memory
from impasto.methods.gatys.stylizer import result_size
from impasto.options.gatys import PaintOptions
from impasto.shown import duration
from impasto.weights import resolve


def estimate(photograph: tuple[int, int], options: PaintOptions) -> str:
    """One sentence about size, time and memory of a painting, or why it cannot be.

    Args:
        photograph: Width and height.
        options: The recipe, of a size that is a number.
    """
    try:
        size = result_size(photograph[::-1], options)
        network = resolve(options.network).network
        device = choose_device(options.device)
        precision = choose_precision(options.precision, device)
        plan = check_memory(size, options, network, precision, free_memory(device))
        work = Work(options, network, precision)
        seconds = estimated_seconds(size, work, plan, _rate(options.device, options.precision))
    except ImpastoError as error:
        return str(error)
    height, width = size
    memory = f"{plan.memory / 1e9:.1f} GB of memory"
    return f"{width} × {height}, {options.steps} steps, about {duration(seconds)}, {memory}"


@functools.cache
def _rate(device: str, precision: str) -> float:
    """Of this machine, measured once."""
    chosen = choose_device(device)
    return convolution_rate(chosen, choose_precision(precision, chosen))
