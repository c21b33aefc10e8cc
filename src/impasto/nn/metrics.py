"""The numbers by which stylized pictures are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.nn.losses import relative_squares
from impasto.nn.style import gram_matrix

STYLE_LAYERS: Final = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
CONTENT_LAYER: Final = "relu4_2"

Features = Callable[[Tensor], Mapping[str, Tensor]]

_TINY: Final = 1e-20


@torch.no_grad()
def distances(
    features: Features,
    result: Float[Tensor, "1 3 height width"],
    content: Float[Tensor, "1 3 height width"],
    style: Float[Tensor, "1 3 _height2 _width2"],
) -> tuple[float, float]:
    """How far a stylized image is from its style and from its content.

    The style distance is the mean over ``STYLE_LAYERS`` of ||G(x)-G(s)||^2 / ||G(c)-G(s)||^2, with
    Gram matrices averaged over positions: 0 is the style itself, 1 is as far as the photograph
    was. The content distance is ||F(x)-F(c)||^2 / ||F(c)||^2 at ``CONTENT_LAYER``: 0 is the
    photograph, 1 as far as an empty map. Both depend on the network, so all numbers impasto
    prints are of VGG-16 in float32 with max pooling.

    Args:
        features: Gives the maps of ``STYLE_LAYERS`` and ``CONTENT_LAYER``.
        result: The stylized image.
        content: The photograph at the size of the result.
        style: The style image.
    """
    photo = features(content)
    kept = photo[CONTENT_LAYER].clone()
    before = {name: gram_matrix(photo[name]) for name in STYLE_LAYERS}
    del photo
    painting = features(style)
    wanted = {name: gram_matrix(painting[name]) for name in STYLE_LAYERS}
    del painting
    stylized = features(result)
    shares = [
        _squares(gram_matrix(stylized[name]), wanted[name]) / _squares(before[name], wanted[name])
        for name in STYLE_LAYERS
    ]
    return (
        float(torch.stack(shares).mean()),
        float(relative_squares(stylized[CONTENT_LAYER], kept)),
    )


def _squares(first: Tensor, second: Tensor) -> Tensor:
    # The floor keeps a photograph that is its own style from giving 0 / 0.
    return (first - second).double().square().sum().clamp_min(_TINY)
