"""What a style's statistics make of the decoder's channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

CONDITIONS: Final = 64
"""Numbers that a style's conditions are made of."""


class Conditioning(nn.Module):
    """Makes of a code a scale and a shift for each channel of the decoder's convolutions.

    What Dumoulin et al. 2017 learn for each style and Ghiasi et al. 2017 predict from a picture,
    here from the statistics that are there already, and without a normalization before. A fresh
    one changes nothing.

    Args:
        channels: Of a code.
        widths: Channels by the name of the convolution.
    """

    def __init__(self, channels: int, widths: Mapping[str, int]) -> None:
        super().__init__()
        self.names = tuple(widths)
        self.splits = [width for width in widths.values() for _ in range(2)]
        self.inner = nn.Conv2d(2 * channels, CONDITIONS, 1)
        self.outer = nn.Conv2d(CONDITIONS, sum(self.splits), 1)
        nn.init.kaiming_normal_(self.inner.weight, nonlinearity="relu")
        for each in (self.inner.bias, self.outer.weight, self.outer.bias):
            assert each is not None
            nn.init.zeros_(each)

    def forward(self, code: Float[Tensor, "batch channels 2"]) -> dict[str, tuple[Tensor, Tensor]]:
        """Scale and shift (B, C, 1, 1) by the name of the convolution."""
        told = self.outer(F.relu(self.inner(code.mT.flatten(1)[..., None, None])))
        parts = torch.split(told, self.splits, dim=1)
        pairs = zip(parts[::2], parts[1::2], strict=True)
        scaled = [(1 + scale, shift) for scale, shift in pairs]
        return dict(zip(self.names, scaled, strict=True))
