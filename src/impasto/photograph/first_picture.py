"""The picture of the bundled any-style network, as the first image of a painting."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from impasto.image import Picture, scaled
from impasto.networks.model import load_model
from impasto.options.apply import ApplyOptions


def from_any_style(
    photograph: Picture, styles: Sequence[Picture], weights: Sequence[float], longer: int
) -> Tensor:
    """A photograph in several styles at once, (1, 3, H, W) sRGB in [0, 1].

    Args:
        photograph: The photograph.
        styles: The style images.
        weights: How much each of them counts; empty for all the same.
        longer: Longer side of the result in pixels.
    """
    names = [str(number) for number in range(len(styles))]
    shares = weights or [1.0] * len(styles)
    blend = ",".join(f"{name}:{share}" for name, share in zip(names, shares, strict=True))
    model = load_model("any-style").styled(dict(zip(names, styles, strict=True)))
    picture = scaled(photograph, longer)
    return model.stylize(picture, ApplyOptions(style_weights=blend)).tensor()
