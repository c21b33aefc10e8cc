"""The order of an epoch and the chance of a crop, computed from numbers alone.

Nothing is kept from one call to the next: a training is resumed by one integer, and each process
and each worker computes what is its own. The bits come from PCG64 seeded by SeedSequence, both of
which NumPy promises never to change (NEP 19); the methods of its Generator carry no such promise.
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
from numpy.typing import NDArray

ORDER: Final = 0
CROP: Final = 1
"""What the bits are for; equal numbers for different ends must not give equal bits."""


@functools.lru_cache(maxsize=4)  # the end of one epoch and the start of the next are read together
def epoch_order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """The order in which the pictures of an epoch come, a permutation of 0 to ``count - 1``."""
    order = np.argsort(_bits(seed, ORDER, epoch, count), kind="stable").astype(np.int64)
    order.setflags(write=False)
    return order


def chances(seed: int, position: int, count: int) -> NDArray[np.float64]:
    """Numbers in [0, 1), evenly spread, that belong to one position of the stream."""
    # 53 bits fill a float64 and cannot round up to 1.
    whole = (_bits(seed, CROP, position, count) >> np.uint64(11)).astype(np.float64)
    shares: NDArray[np.float64] = whole * np.float64(2.0**-53)
    return shares


def _bits(seed: int, purpose: int, number: int, count: int) -> NDArray[np.uint64]:
    # Of fixed widths, as SeedSequence runs its numbers together.
    words = [seed & 0xFFFFFFFF, seed >> 32, purpose, number & 0xFFFFFFFF, number >> 32]
    bits: NDArray[np.uint64] = np.random.PCG64(np.random.SeedSequence(words)).random_raw(count)
    return bits
