"""How long a painting will take, said before it begins."""

from __future__ import annotations

import math
import time
from typing import Final

import torch
import torch.nn.functional as F

from impasto.methods.gatys.footprint import Work, computed_pixels
from impasto.methods.gatys.painting import steps_per_size
from impasto.methods.gatys.plan import Plan
from impasto.nn.pyramid import Size, pyramid_sizes
from impasto.nn.tiles import block_of
from impasto.nn.vgg import WIDTHS, conv_names

_EFFICIENCY: Final = 0.65
"""The rate of a whole step relative to that of a convolution in the middle of VGG: the first blocks
are slower, and the statistics, the ReLUs and the optimizer come on top. Measured at 512 x 384 in
bf16 on a processor."""

_PROBE_SECONDS: Final = 0.1


def estimated_seconds(size: Size, work: Work, plan: Plan, rate: float) -> float:
    """Seconds that all steps of a painting will take together, about.

    Args:
        size: Height and width of the result.
        work: What is painted with what.
        plan: In one piece or in tiles.
        rate: As :func:`convolution_rate` gives it.
    """
    sizes = pyramid_sizes(size, work.options.coarsest)
    steps = steps_per_size(work.options.steps, len(sizes))
    operations = (step_operations(each, work, plan) for each in sizes[-len(steps) :])
    total = sum(count * each for count, each in zip(steps, operations, strict=True))
    return total / (rate * _EFFICIENCY)


def step_operations(size: Size, work: Work, plan: Plan) -> float:
    """Multiplications and additions of the convolutions in one step.

    Forward and backward take the same. Pixels of tiles that cannot keep their maps go forward
    twice.
    """
    passes = 2.0 * math.prod(size)
    if plan.is_tiled(size):
        pixels = computed_pixels(size, work, plan.tile)
        passes = 3.0 * pixels - min(pixels, plan.keepable)
    return passes * _operations_per_pixel(work)


def convolution_rate(device: torch.device, precision: torch.dtype) -> float:
    """Operations a second of a convolution in the middle of VGG, measured in a tenth of one."""
    order = torch.channels_last
    maps = torch.zeros(1, 256, 64, 64, device=device, dtype=precision).to(memory_format=order)
    kernel = torch.zeros(256, 256, 3, 3, device=device, dtype=precision).to(memory_format=order)
    done, begin = 0, 0.0
    with torch.no_grad():
        while not begin or time.perf_counter() - begin < _PROBE_SECONDS:
            float(F.conv2d(maps, kernel, padding=1)[0, 0, 0, 0])  # waits for the device
            # The first call also packs weights and wakes threads.
            done, begin = (done + 1, begin) if begin else (0, time.perf_counter())
    return done * 2 * 9 * 256 * maps.numel() / (time.perf_counter() - begin)


def _operations_per_pixel(work: Work) -> float:
    names = list(conv_names(work.network))
    deepest = max(names.index(layer.replace("relu", "conv")) for layer in work.layers)
    inner, total = 3, 0.0
    for name in names[: deepest + 1]:
        outer = WIDTHS[block_of(name)]
        total += 2 * 9 * inner * outer / 4 ** block_of(name)
        inner = outer
    return total
