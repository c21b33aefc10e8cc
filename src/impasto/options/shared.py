"""What the options of several methods have in common."""

from __future__ import annotations

from typing import Final, Literal

Pooling = Literal["average", "max"]
Precision = Literal["auto", "bf16", "fp32"]
KeepColor = Literal["none", "luminance", "histogram", "covariance"]

LARGEST: Final = "max"
"""The size that stands for the largest there is memory for."""
