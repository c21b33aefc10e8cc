"""From an image tensor to the bytes of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor


def to_uint8(image: Tensor) -> npt.NDArray[np.uint8]:
    """Round an image (1, 3, H, W) in [0, 1] to bytes (H, W, 3); values outside are clipped."""
    bytes_ = image.detach()[0].float().mul(255).round().clamp(0, 255).byte()
    array: npt.NDArray[np.uint8] = bytes_.permute(1, 2, 0).contiguous().cpu().numpy()
    return array
