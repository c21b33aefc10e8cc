"""The stages of a painting: from the coarsest size to the finest, and a last pass over that."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

from impasto.nn.pyramid import Size, pyramid_sizes
from impasto.options.nearest import NearestOptions

_COARSE_SHARE: Final = 1.6
"""How many more steps each size gets than the next finer one."""

_LAST_PASS: Final = 0.3
"""Part of all steps that the last pass gets."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Steps at one size.

    Attributes:
        size: Height and width.
        steps: At least 1.
        by_layer: Whether it is the last pass, in which each layer finds its own neighbors.
    """

    size: Size
    steps: int
    by_layer: bool = False


def stages(size: Size, options: NearestOptions) -> tuple[Stage, ...]:
    """The stages of a picture of this size.

    The authors' program takes 200 steps at each of four sizes and 200 in the last pass.
    With fewer steps than stages the coarsest are left out; with fewer than two there is no last
    pass.
    """
    sizes = pyramid_sizes(size, options.coarsest)
    last = round(options.steps * _LAST_PASS)
    counts = _shared(options.steps - last, len(sizes))
    chosen = [Stage(*each) for each in zip(sizes[-len(counts) :], counts, strict=True)]
    return (*chosen, Stage(size, last, by_layer=True)) if last else tuple(chosen)


def _shared(steps: int, sizes: int) -> list[int]:
    """Steps over sizes, more to the coarse ones, at least one each."""
    sizes = min(sizes, steps)
    shares = [_COARSE_SHARE ** (sizes - 1 - index) for index in range(sizes)]
    spare = steps - sizes
    edges = [round(spare * sum(shares[:end]) / sum(shares)) for end in range(sizes + 1)]
    return [1 + after - before for before, after in itertools.pairwise(edges)]
