"""Layers whose weights never change, as fast as the processor allows.

PyTorch's own layers must be ready for new weights at each call: on the processor the convolution
brings its weights into oneDNN's blocked order forward and backward, every time. Here that is done
once, the ReLU is part of the convolution, and the pooling's gradient is a plain enlargement. The
results are those of the ordinary layers up to rounding; where oneDNN is not to be had (another
device, float64) the ordinary layers do it.
"""

from __future__ import annotations

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
        self._packed_for: tuple[torch.Size, int] | None = None
        self._packed: tuple[Tensor, Tensor] | None = None

    def forward(
        self, maps: Float[Tensor, "batch in height width"]
    ) -> Float[Tensor, "batch out height width"]:
        """Convolve, add the bias, cut off below zero."""
        if not _is_packable(maps):
            return F.relu_(F.conv2d(maps, self.weight, self.bias, padding=1))
        forward, backward = self._packed_weights(maps)
        convolved: Tensor = _PackedConv.apply(maps, forward, backward, self.bias)  # type: ignore[no-untyped-call]
        return convolved

    def _packed_weights(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        # The best order depends on the size of the maps, so it is found anew for another size,
        # and for other weights: a state dict may have been loaded since.
        wanted = maps.shape, self.weight._version
        if self._packed is None or self._packed_for != wanted:
            batch, _, height, width = maps.shape
            out = [batch, self.weight.shape[0], height, width]
            # The gradient of a 3x3 convolution with padding 1 is another one: the kernel turned
            # by half a circle, inputs and outputs exchanged.
            turned = self.weight.flip(2, 3).transpose(0, 1).contiguous()
            self._packed = _pack(self.weight, list(maps.shape)), _pack(turned, out)
            self._packed_for = wanted
        return self._packed


class _PackedConv(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, turned: Tensor, bias: Tensor) -> Tensor:
        convolved = _convolve(maps, weight, bias, "relu")
        ctx.save_for_backward(convolved)
        ctx.turned = turned
        return convolved

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        (convolved,) = ctx.saved_tensors
        passed = torch.ops.aten.threshold_backward(gradient, convolved, 0)
        return _convolve(passed, ctx.turned, None, "none"), None, None, None


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
