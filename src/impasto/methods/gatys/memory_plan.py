"""Estimate the memory and time of a painting, and make it fit into memory."""

from __future__ import annotations

import bisect
import functools
import itertools
import math
import time
from dataclasses import dataclass, replace
from typing import Final

import torch
import torch.nn.functional as F

from impasto.errors import MemoryEstimateError
from impasto.methods.gatys.footprint import (
    Work,
    computed_pixels,
    kept_bytes,
    tiled_bytes,
    whole_bytes,
)
from impasto.methods.gatys.schedule import stage_order
from impasto.methods.painting import Stage, step_costs
from impasto.nn.resize import Size, fitted_size
from impasto.nn.tiles import block_of
from impasto.nn.vgg import WIDTHS, conv_names
from impasto.options.gatys import Optimizer

_KEEP_FREE: Final = 0.95
"""Share of the free memory that a plan may use."""

_KEPT_AT_MOST: Final = 400_000_000
"""Largest number of bytes that tiles keep between the two passes, so that memory depends on the
tile and not on the picture."""

_GENTLE: Final = 3_800_000_000
"""Bytes that a painting uses at most if tiles allow it, without what tiles keep."""

_TILES: Final = (1024, 512, 256)
"""Sides of tiles, best first. Larger tiles would hardly be faster; smaller ones would be mostly
padding."""

_LEAST_SIDE: Final = 64
"""Longer side of the smallest picture to suggest."""

_LARGEST_SIDE: Final = 65_536
"""Longer side of the largest picture to consider."""

_EFFICIENCY: Final = 1.1
"""The rate of a step, by :func:`stage_cost`, relative to the convolution that
:func:`convolution_rate` measures (320 to 1024 pixels in bf16 on one core)."""

_PIXEL: Final = 8_500.0
"""Operations per pixel, besides the convolutions, per square root of the side. It, ``_LAYER`` and
``_ROOTS`` are fitted to steps of 80 to 1024 pixels on one core: within a tenth, for the whole
network and for the first three blocks."""

_LAYER: Final = 1e9
"""Operations of a step that do not depend on the pixels, for each style layer."""

_ROOTS: Final = 1.8e9
"""As many again, for the square roots of matrices in a Wasserstein distance."""

_PROBE_SECONDS: Final = 0.1


@dataclass(frozen=True)
class Plan:
    """How a painting fits into memory.

    Attributes:
        tile: Side of the tiles; 0 is without tiles.
        keepable: Pixels of tiles that may keep their maps between the two passes.
        optimizer: The optimizer, if it differs from the options.
        memory: Estimated peak in bytes.
    """

    tile: int = 0
    keepable: int = 0
    optimizer: Optimizer | None = None
    memory: int = 0

    def is_tiled(self, size: Size) -> bool:
        """Whether a picture of a size is divided into tiles."""
        return 0 < self.tile < max(size)


WHOLE: Final = Plan()
"""A plan without tiles and without a limit."""


def check_memory(size: Size, work: Work, free: int) -> Plan:
    """Make a painting of a size fit into ``free`` bytes, or raise an error.

    Without tiles, or in the largest tiles that take no more than a few gigabytes, to leave some for
    other programs; otherwise in any that fit. If the history of L-BFGS does not fit even with small
    tiles, Adam replaces it.

    Raises:
        MemoryEstimateError: It does not fit; the message suggests what does.
    """
    plans = [_plan(size, work, *way) for way in _ways(work)]
    gentle = [plan for plan in plans if plan.optimizer is None and plan.memory <= _GENTLE]
    for plan in (*gentle, *plans):
        if plan.memory <= free * _KEEP_FREE:
            return _keeping(plan, size, work, free)
    least = min(plan.memory for plan in plans)
    raise MemoryEstimateError(
        f"{size[1]} x {size[0]} needs about {least / 1e9:.1f} GB of memory and "
        f"{free / 1e9:.1f} GB are free: {_advice(size, work, free)}"
    )


def given_plan(size: Size, work: Work, free: int) -> Plan:
    """The plan with the tile of the options, whether or not it fits.

    Free memory affects only how much tiles keep, which does not change the result.
    """
    return _keeping(_plan(size, work, *_ways(work)[0]), size, work, free)


def largest_size(aspect: Size, work: Work, free: int) -> int:
    """The longer side of the largest picture of an aspect that fits, a multiple of 16.

    Raises:
        MemoryEstimateError: Not even a very small picture fits.
    """
    found = _fitting_side(aspect, work, free, _LARGEST_SIDE)
    if found is None:
        raise MemoryEstimateError(
            f"only {free / 1e9:.1f} GB of memory are free, too little to paint: close other "
            "programs"
        )
    return found


def estimated_seconds(size: Size, work: Work, plan: Plan, rate: float) -> float:
    """Estimated seconds of all steps of a painting, with the rate of :func:`convolution_rate`."""
    cost = functools.partial(stage_cost, work=work, plan=plan)
    return sum(step_costs(stage_order(size, work.options), cost)) / (rate * _EFFICIENCY)


def stage_cost(stage: Stage, work: Work, plan: Plan) -> float:
    """Operations that take as long as a step of a stage.

    The sum of the convolutions, a constant for each style layer, and a part for the pixels:
    statistics, losses and optimizer, which get slower as less of a larger picture fits in the
    cache.
    """
    pixels, options = math.prod(stage.size), work.of(stage).options
    each = _LAYER + _ROOTS * (options.style_loss == "wasserstein")
    own = 2 * pixels * _PIXEL * math.sqrt(math.sqrt(pixels))
    constant = each * len(options.style_layers)
    return step_operations(stage.size, work.of(stage), plan) + own + constant


def step_operations(size: Size, work: Work, plan: Plan) -> float:
    """Multiplications and additions of the convolutions in one step.

    Forward and backward cost the same. Tiles that cannot keep their maps go forward twice.
    """
    passes = 2.0 * math.prod(size)
    if plan.is_tiled(size):
        pixels = computed_pixels(size, work, plan.tile)
        passes = 3.0 * pixels - min(pixels, plan.keepable)
    return passes * _operations_per_pixel(work)


def convolution_rate(device: torch.device, precision: torch.dtype) -> float:
    """Operations per second of a convolution in the middle of VGG, measured for 0.1 seconds."""
    order = torch.channels_last
    maps = torch.zeros(1, 256, 64, 64, device=device, dtype=precision).to(memory_format=order)
    kernel = torch.zeros(256, 256, 3, 3, device=device, dtype=precision).to(memory_format=order)
    done, begin = 0, 0.0
    with torch.no_grad():
        while not begin or time.perf_counter() - begin < _PROBE_SECONDS:
            float(F.conv2d(maps, kernel, padding=1)[0, 0, 0, 0])  # waits for the device
            # The first call, which also packs weights and starts threads, is not counted.
            done, begin = (done + 1, begin) if begin else (0, time.perf_counter())
    return done * 2 * 9 * 256 * maps.numel() / (time.perf_counter() - begin)


def _ways(work: Work) -> list[tuple[int, Optimizer | None]]:
    """All combinations of tile and optimizer, from the best to the one with least memory."""
    wanted = work.options.tile
    if wanted == 0:
        return [(0, None)]
    sides = _TILES if wanted is None else (wanted,)
    ways: list[tuple[int, Optimizer | None]] = [(side, None) for side in sides]
    if work.options.optimizer == "lbfgs":
        ways += [(side, "adam") for side in sides]
    return [(0, None), *ways] if wanted is None else ways


def _plan(size: Size, work: Work, tile: int, optimizer: Optimizer | None) -> Plan:
    memory = max(
        tiled_bytes(stage.size, work.of(stage), tile, optimizer)
        if 0 < tile < max(stage.size)
        else whole_bytes(stage.size, work.of(stage))
        for stage in stage_order(size, work.options)
    )
    return Plan(tile=tile, optimizer=optimizer, memory=memory)


def _keeping(plan: Plan, size: Size, work: Work, free: int) -> Plan:
    """The plan with as many tiles keeping their maps as memory allows."""
    if not plan.is_tiled(size):
        return plan
    work = work.of(stage_order(size, work.options)[-1])
    spare = max(0, min(round(free * _KEEP_FREE) - plan.memory, _KEPT_AT_MOST))
    pixels = min(computed_pixels(size, work, plan.tile), int(spare / kept_bytes(work)))
    memory = plan.memory + round(pixels * kept_bytes(work))
    return Plan(plan.tile, pixels, plan.optimizer, memory)


def _advice(size: Size, work: Work, free: int) -> str:
    if work.options.tile is not None:
        by_itself = Work(replace(work.options, tile=None), work.network, work.precision)
        for tile, optimizer in _ways(by_itself):
            if _plan(size, by_itself, tile, optimizer).memory <= free * _KEEP_FREE:
                return f"--tile {tile} would fit"
    side = _fitting_side(size, work, free, max(size))
    if side is None:
        return "close other programs"
    height, width = fitted_size(size, side)
    cut = work.options.crop_fit is not None
    option = f"--crop-fit {width} {height}" if cut else f"--size {side}"
    return f"{option} would fit"


def _fitting_side(aspect: Size, work: Work, free: int, below: int) -> int | None:
    """The longer side of the largest size that fits, a multiple of 16."""
    ways = _ways(work)

    def is_too_large(side: int) -> bool:
        height, width = fitted_size(aspect, side)
        # With one pixel more, as the photograph's aspect may round up.
        sizes = itertools.product((height, height + 1), (width, width + 1))
        return any(
            min(_plan(size, work, *way).memory for way in (ways[0], ways[-1])) > free * _KEEP_FREE
            for size in sizes
        )

    sides = range(_LEAST_SIDE, below, 16)
    fitting = bisect.bisect_left(sides, True, key=is_too_large)
    return sides[fitting - 1] if fitting else None


def _operations_per_pixel(work: Work) -> float:
    names = list(conv_names(work.network))
    deepest = max(names.index(layer.replace("relu", "conv")) for layer in work.layers)
    inner, total = 3, 0.0
    for name in names[: deepest + 1]:
        outer = WIDTHS[block_of(name)]
        total += 2 * 9 * inner * outer / 4 ** block_of(name)
        inner = outer
    return total
