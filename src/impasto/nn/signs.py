"""Feature maps of which only the signs are kept, a bit each, until the gradient comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

_PIECE: Final = 1 << 19
"""Values at a time: what lies between stays in the processor's cache, and is not allocated anew."""

_WHOLE: Final = {2: torch.int16, 4: torch.int32, 8: torch.int64}

_GATHER: Final = sum(1 << (56 - 7 * number) for number in range(8))
"""Multiplied with eight bytes of 0 or 1 it brings them together as the bits of the highest."""


@dataclass(frozen=True)
class Signs:
    """Where maps are above 0.

    Attributes:
        bits: One bit a value, in the order of memory.
        like: Maps of the same shape, dtype, device and memory order, without storage.
    """

    bits: Tensor
    like: Tensor


def signs(maps: Tensor) -> Signs:
    """Keep of maps where they are above 0.

    Args:
        maps: Dense, in any memory order; the number of values is a multiple of 8.
    """
    flat = _in_memory_order(maps)
    bits = torch.empty(len(flat) // 8, dtype=torch.uint8, device=maps.device)
    pieces = torch.split(flat, _PIECE), torch.split(bits, _PIECE // 8)
    for piece, out in zip(*pieces, strict=True):
        # As whole numbers floats above 0 are above 0 too, and they are compared in half the time.
        eights = (piece.view(_WHOLE[piece.itemsize]) > 0).view(torch.int64)
        out.copy_(eights.mul_(_GATHER).bitwise_right_shift_(56).bitwise_and_(255))
    return Signs(bits, torch.empty_like(maps, device="meta"))


def maps_of_signs(kept: Signs) -> Tensor:
    """Maps that are 1 where the original was above 0, else 0."""
    maps = torch.empty_like(kept.like, device=kept.bits.device)
    table = torch.arange(256, device=kept.bits.device)[:, None]
    table = (table >> torch.arange(8, device=kept.bits.device) & 1).to(torch.uint8)
    eights = table.view(torch.int64).flatten()
    flat = _in_memory_order(maps)
    for piece, out in zip(
        torch.split(kept.bits, _PIECE // 8), torch.split(flat, _PIECE), strict=True
    ):
        out.copy_(eights.index_select(0, piece.int()).view(torch.uint8))
    return maps


def signs_saved() -> saved_tensors_hooks:
    """Let a network with frozen weights remember of its maps only their signs.

    Its gradient needs no more: that of a ReLU asks where its result is above 0, that of a
    convolution with fixed weights and that of a pooling by averages ask for nothing, that of a
    maximum asks for the places it remembers itself. Maps take a sixteenth of their memory in
    half precision, and gradients are the same to the bit. Not for layers that learn.
    """
    return saved_tensors_hooks(_kept, _restored)


def _kept(saved: Tensor) -> Tensor | Signs:
    maps = saved.dim() == 4 and saved.is_floating_point() and saved.shape[0] == 1
    return signs(saved) if maps and saved.shape[1] % 8 == 0 and _is_dense(saved) else saved


def _restored(kept: Tensor | Signs) -> Tensor:
    return maps_of_signs(kept) if isinstance(kept, Signs) else kept


def _is_dense(maps: Tensor) -> bool:
    return maps.is_contiguous() or maps.is_contiguous(memory_format=torch.channels_last)


def _in_memory_order(maps: Tensor) -> Tensor:
    """All values as a flat view."""
    ordered = maps if maps.is_contiguous() else maps.permute(0, 2, 3, 1)
    return ordered.view(-1)
