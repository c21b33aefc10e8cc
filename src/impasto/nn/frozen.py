"""Layers whose weights never change, as fast as the processor allows.

PyTorch's own layers must be ready for new weights at each call: on the processor the convolution
brings its weights into oneDNN's blocked order forward and backward, every time. Here that is done
once, the ReLU is part of the convolution, and the pooling's gradient is a plain enlargement. The
results are those of the ordinary layers up to rounding; where oneDNN is not to be had (another
device, float64) the ordinary layers do it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

_ONE: Final = [1, 1]


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
        """Convolve, add the bias, cut off below zero."""
        if not _is_packable(maps):
            return F.relu_(F.conv2d(maps, self.weight, self.bias, padding=1))
        convolved: Tensor = _PackedConv.apply(maps, self)  # type: ignore[no-untyped-call]
        return convolved

    def packed(self, size: torch.Size) -> Tensor:
        """The weights in the order that is best for maps of this size."""
        return self._packed_as("forward", size, lambda: self.weight)

    def packed_backward(self, size: torch.Size) -> Tensor:
        """Those of the convolution that gives the gradient, for gradients of this size."""
        # The gradient of a 3x3 convolution with padding 1 is another one: the kernel turned by
        # half a circle, inputs and outputs exchanged.
        return self._packed_as("backward", size, lambda: self.weight.flip(2, 3).transpose(0, 1))

    def _packed_as(self, way: str, size: torch.Size, weight: Callable[[], Tensor]) -> Tensor:
        # Anew for another size, and for other weights: a state dict may have been loaded since.
        wanted = size, self.weight._version
        if way not in self._packed or self._packed[way][0] != wanted:
            self._packed[way] = wanted, _pack(weight(), list(size))
        return self._packed[way][1]


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
        # Packed when first needed: style images and scores never need it.
        return _convolve(passed, ctx.layer.packed_backward(convolved.shape), None, "none"), None


def average_pool(
    maps: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels _height2 _width2"]:
    """Mean of each 2x2 square; an odd last row or column is left out, a side of one pixel stays."""
    height, width = maps.shape[-2:]
    if height % 2 or width % 2:
        return F.avg_pool2d(maps, [min(2, height), min(2, width)])
    pooled: Tensor = _AveragePool.apply(maps)  # type: ignore[no-untyped-call]
    return pooled


class _AveragePool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:  # noqa: ARG004
        return F.avg_pool2d(maps, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # noqa: ARG004
        # Six times as fast as PyTorch's own, which adds up where nothing overlaps.
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
    reorder: Any = torch._C._nn.mkldnn_reorder_conv2d_weight  # its stub lacks the size
    packed: Tensor = reorder(plain, _ONE, _ONE, _ONE, 1, input_size)
    return packed


def _convolve(maps: Tensor, packed: Tensor, bias: Tensor | None, activation: str) -> Tensor:
    convolved: Tensor = torch.ops.mkldnn._convolution_pointwise(
        maps, packed, bias, _ONE, _ONE, _ONE, 1, activation, [], ""
    )
    return convolved
