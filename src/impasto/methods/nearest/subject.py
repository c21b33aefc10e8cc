"""What a painting by nearest neighbors is made from."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Subject:
    """Everything but the styles is at the full size of the result.

    Attributes:
        content: The photograph, (1, 3, H, W) sRGB in [0, 1].
        styles: The style images, (1, 3, h, w) each, at their own sizes.
        init: The first image where it is a picture of its own, else None.
        alpha: Which pixels of the photograph are there, (1, 1, H, W), or None for all.
        masks: Where in the photograph each style goes, (1, styles, H, W), or None to let the
            features decide.
        keep: 1 where the photograph stays as it is, (1, 1, H, W), or None for nowhere.
    """

    content: Float[Tensor, "1 3 height width"]
    styles: tuple[Float[Tensor, "1 3 _height2 _width2"], ...]
    init: Float[Tensor, "1 3 height width"] | None = None
    alpha: Float[Tensor, "1 1 height width"] | None = None
    masks: Float[Tensor, "1 styles height width"] | None = None
    keep: Float[Tensor, "1 1 height width"] | None = None
