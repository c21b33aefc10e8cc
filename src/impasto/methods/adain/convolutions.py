"""The convolutions of an encoder and of its mirror image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Plan:
    """Convolutions of an encoder, which the decoder mirrors.

    Attributes:
        fold: Pixels of a side that become channels before the first convolution.
        first: Number of the first block, as VGG counts them.
        blocks: Channels after each convolution; from block to block the sides are halved.
    """

    fold: int
    first: int
    blocks: tuple[tuple[int, ...], ...]

    @property
    def convs(self) -> dict[str, tuple[int, int]]:
        """Channels before and after each convolution, in order, by VGG's names."""
        found, before = {}, 3 * self.fold**2
        for block, widths in enumerate(self.blocks, self.first):
            for number, width in enumerate(widths, 1):
                found[f"conv{block}_{number}"] = before, width
                before = width
        return found

    @property
    def multiple(self) -> int:
        """Sides of a picture must be a multiple of this."""
        return int(self.fold * 2 ** (len(self.blocks) - 1))

    @property
    def reach(self) -> int:
        """How far a pixel of the picture sees, through the decoder and the encoder."""
        return max(_reach(self, place) for place in range(self.multiple))


VGG: Final = Plan(1, 1, ((64, 64), (128, 128), (256, 256, 256), (512,)))
"""VGG-16 up to relu4_1."""


def slim(width: int) -> Plan:
    """VGG's blocks 2 to 4 with ``width`` in place of 64, on squares of 2x2 pixels.

    The first block of VGG, at full resolution, takes a fifth of its time and half of its memory.
    """
    return Plan(2, 2, ((2 * width,) * 2, (4 * width,) * 3, (8 * width,)))


def mirrored(plan: Plan, width: int) -> Plan:
    """The same convolutions as wide as ``width`` makes them, for a decoder."""
    wide = Plan(1, 1, ((width,) * 2, (2 * width,) * 2, (4 * width,) * 3, (8 * width,)))
    return wide if plan.fold == 1 else slim(width)


def _reach(plan: Plan, place: int) -> int:
    """How far a pixel sees, the one at ``place`` in a square that becomes one deepest place.

    From the picture back to the photograph, by the first and last position of each map it is
    made of.
    """
    first = last = place // plan.fold
    blocks = [len(widths) for widths in plan.blocks]
    for number, count in enumerate(blocks):
        first, last = first - count, last + count
        if number < len(blocks) - 1:
            first, last = first // 2, last // 2
    for number, count in reversed(list(enumerate(blocks))):
        first, last = first - count, last + count
        if number:
            first, last = 2 * first, 2 * last + 1
    first, last = plan.fold * first, plan.fold * (last + 1) - 1
    return max(place - first, last - place)
