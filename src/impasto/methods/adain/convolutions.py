"""The convolutions of an encoder and its mirrored decoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Plan:
    """The convolutions of an encoder, which the decoder mirrors.

    Attributes:
        fold: Side of the pixel squares that become channels before the first convolution.
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
        """Radius of the receptive field of a pixel, through the decoder and the encoder."""
        return max(_reach(self, place) for place in range(self.multiple))


VGG: Final = Plan(1, 1, ((64, 64), (128, 128), (256, 256, 256), (512,)))
"""VGG-16 up to relu4_1."""


def slim(width: int) -> Plan:
    """VGG's blocks 2 to 4 with ``width`` instead of 64 channels, on squares of 2x2 pixels.

    VGG's first block, at full resolution, takes a fifth of its time and half of its memory.
    """
    return Plan(2, 2, ((2 * width,) * 2, (4 * width,) * 3, (8 * width,)))


def mirrored(plan: Plan, width: int) -> Plan:
    """The same convolutions scaled to a ``width``, for a decoder."""
    wide = Plan(1, 1, ((width,) * 2, (2 * width,) * 2, (4 * width,) * 3, (8 * width,)))
    return wide if plan.fold == 1 else slim(width)


def _reach(plan: Plan, place: int) -> int:
    """Radius of the receptive field of the pixel at ``place`` in the square of a deepest position.

    Traced back from the picture to the photograph, by the first and last position in each map.
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
