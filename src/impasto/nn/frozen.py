"""Layers whose weights never change, as fast as the processor allows.

PyTorch's own layers allow weights to change at each call: on the processor, the convolution
converts them to oneDNN's blocked order every time, forward and backward. Here this is done once,
the ReLU is part of the convolution, and the pooling's gradient is a simple enlargement. The results
equal those of the ordinary layers up to rounding. Without oneDNN (another device, float64) the
ordinary layers are used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.autograd.graph import saved_tensors_hooks

_ONE: Final = [1, 1]


_PIECE: Final = 1 << 19
"""Values per block, so that intermediate results stay in the processor's cache."""

_WHOLE: Final = {2: torch.int16, 4: torch.int32, 8: torch.int64}

_GATHER: Final = sum(1 << (56 - 7 * number) for number in range(8))
"""Multiplying eight bytes of 0 or 1 by it collects them as the bits of the highest byte."""


class FrozenConv(nn.Module):
    """A 3x3 convolution with zero padding and its ReLU.

    Args:
        weight: (O, I, 3, 3).
        bias: (O,).
    """

    def __init__(self, weight: Float[Tensor, "out in 3 3"], bias: Float[Tensor, " out"]) -> None:
        super().__init__()
        weight = weight.contiguous(memory_format=torch.channels_last)
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.bias = nn.Parameter(bias, requires_grad=False)
        self._packed: dict[str, tuple[tuple[object, ...], Tensor]] = {}

    def forward(
        self, maps: Float[Tensor, "batch in height width"]
    ) -> Float[Tensor, "batch out height width"]:
        """Convolve, add the bias, and rectify."""
        if not _is_packable(maps):
            return F.relu_(F.conv2d(maps, self.weight, self.bias, padding=1))
        convolved: Tensor = _PackedConv.apply(maps, self)  # type: ignore[no-untyped-call]
        return convolved

    def packed(self, size: torch.Size) -> Tensor:
        """The weights in the best order for maps of this size."""
        return self._packed_as("forward", size, lambda: self.weight)

    def packed_backward(self, size: torch.Size) -> Tensor:
        """The weights of the convolution for the gradient, for gradients of this size."""
        # The gradient of a 3x3 convolution with padding 1 is another one, with the kernel rotated
        # by 180 degrees, and inputs and outputs exchanged.
        return self._packed_as("backward", size, lambda: self.weight.flip(2, 3).transpose(0, 1))

    def _packed_as(self, way: str, size: torch.Size, weight: Callable[[], Tensor]) -> Tensor:
        # Packed again for another size or other weights, such as a loaded state dict.
        # Looked up once, because another thread may paint another size with the same layers.
        wanted = size, self.weight._version
        known = self._packed.get(way)
        if known is None or known[0] != wanted:
            known = self._packed[way] = wanted, _pack(weight(), list(size))
        return known[1]


class _PackedConv(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, layer: FrozenConv) -> Tensor:
        convolved = _convolve(maps, layer.packed(maps.shape), layer.bias, "relu")
        ctx.save_for_backward(convolved)
        ctx.layer = layer
        return convolved

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (convolved,) = ctx.saved_tensors
        passed = torch.ops.aten.threshold_backward(gradient, convolved, 0)
        # Packed when first needed; style images and scores never need it.
        return _convolve(passed, ctx.layer.packed_backward(convolved.shape), None, "none"), None


def average_pool(
    maps: Float[Tensor, "batch channels height width"], edge: str = "drop"
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """Mean of each 2x2 square; a side of one pixel stays one pixel.

    For an odd last row or column, ``edge`` is ``drop`` to ignore it, or ``keep`` to average the
    pixels that are there, as TensorFlow's SAME and Caffe do.
    """
    height, width = maps.shape[-2:]
    if height % 2 or width % 2:
        return F.avg_pool2d(maps, *window(maps, edge))
    pooled: Tensor = _AveragePool.apply(maps)  # type: ignore[no-untyped-call]
    return pooled


def window(maps: Tensor, edge: str) -> tuple[list[int], None, int, bool]:
    """The arguments of torch's pooling of 2x2 squares: kernel, stride, padding, ceil_mode."""
    return [min(2, side) for side in maps.shape[-2:]], None, 0, edge == "keep"


class _AveragePool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:  # noqa: ARG004
        return F.avg_pool2d(maps, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # noqa: ARG004
        # Six times as fast as PyTorch's, which adds values although nothing overlaps.
        return F.interpolate(gradient / 4, scale_factor=2, mode="nearest")


def _is_packable(maps: Tensor) -> bool:
    return (
        maps.device.type == "cpu"
        and maps.dtype in (torch.float32, torch.bfloat16)
        and _HAS_PACKING
        and maps.is_contiguous(memory_format=torch.channels_last)
    )


def _has_packing() -> bool:
    return (
        torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and hasattr(torch._C._nn, "mkldnn_reorder_conv2d_weight")
        and hasattr(torch.ops.mkldnn, "_convolution_pointwise")
    )


_HAS_PACKING: Final = _has_packing()


def _pack(weight: Tensor, input_size: list[int]) -> Tensor:
    plain = weight.contiguous().to_mkldnn()
    reorder: Any = torch._C._nn.mkldnn_reorder_conv2d_weight  # the type stub lacks the size
    packed: Tensor = reorder(plain, _ONE, _ONE, _ONE, 1, input_size)
    return packed


def _convolve(maps: Tensor, packed: Tensor, bias: Tensor | None, activation: str) -> Tensor:
    convolved: Tensor = torch.ops.mkldnn._convolution_pointwise(
        maps, packed, bias, _ONE, _ONE, _ONE, 1, activation, [], ""
    )
    return convolved


@dataclass(frozen=True)
class Signs:
    """Where maps are above 0.

    Attributes:
        bits: One bit per value, in memory order.
        like: Maps of the same shape, dtype, device and memory order, without storage.
    """

    bits: Tensor
    like: Tensor


def signs(maps: Tensor) -> Signs:
    """Record where maps are above 0.

    Args:
        maps: Dense, in any memory order; the number of values is a multiple of 8.
    """
    flat = _in_memory_order(maps)
    bits = torch.empty(len(flat) // 8, dtype=torch.uint8, device=maps.device)
    pieces = torch.split(flat, _PIECE), torch.split(bits, _PIECE // 8)
    for piece, out in zip(*pieces, strict=True):
        # Positive floats are also positive as integers, which are compared in half the time.
        eights = (piece.view(_WHOLE[piece.itemsize]) > 0).view(torch.int64)
        out.copy_(eights.mul_(_GATHER).bitwise_right_shift_(56).bitwise_and_(255))
    return Signs(bits, torch.empty_like(maps, device="meta"))


def maps_of_signs(kept: Signs) -> Tensor:
    """Maps that are 1 where the original was above 0, otherwise 0."""
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
    """Make a network with frozen weights save only the signs of its maps for the gradient.

    The gradient of a ReLU depends only on where its result is above 0; those of average pooling and
    of a convolution with fixed weights need nothing; max pooling saves its positions itself. Saved
    maps take a sixteenth of their memory in half precision, and gradients are identical. Not for
    trainable layers.
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
