"""Scores of stylized pictures, and distances between two sets of pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.nn.losses import relative_squares
from impasto.nn.moments import products_of
from impasto.nn.style import gram_matrix

STYLE_LAYERS: Final = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
CONTENT_LAYER: Final = "relu4_2"

Features = Callable[[Tensor], Mapping[str, Tensor]]

_TINY: Final = 1e-20


LAYERS: Final = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")

Moments = Mapping[str, tuple[Tensor, Tensor]]
"""Mean and standard deviation of each channel, (C,) float64, by layer."""


@torch.no_grad()
def distances(
    features: Features,
    result: Float[Tensor, "1 3 height width"],
    content: Float[Tensor, "1 3 height width"],
    style: Tensor | Sequence[Tensor],
) -> tuple[float, float]:
    """The distances of a stylized image from its style and its content.

    The style distance is the mean over ``STYLE_LAYERS`` of ||G(x)-G(s)||^2 / ||G(c)-G(s)||^2, with
    Gram matrices averaged over positions: 0 means equal to the style, 1 as far from it as the
    photograph. The content distance is ||F(x)-F(c)||^2 / ||F(c)||^2 at ``CONTENT_LAYER``: 0 means
    equal to the photograph, 1 as far from it as an empty map. Both depend on the network, so
    impasto always measures with VGG-16 in float32 with max pooling.

    Args:
        features: Returns the maps of ``STYLE_LAYERS`` and ``CONTENT_LAYER``.
        result: The stylized image.
        content: The photograph at the size of the result.
        style: The style image, (1, 3, h, w), or several whose Gram matrices are averaged.
    """
    styles = [style] if isinstance(style, Tensor) else style
    photo = features(content)
    kept = photo[CONTENT_LAYER].clone()
    before = {name: _gram(photo[name]) for name in STYLE_LAYERS}
    del photo
    stylized = features(result)
    content_distance = float(relative_squares(stylized[CONTENT_LAYER], kept))
    after = {name: _gram(stylized[name]) for name in STYLE_LAYERS}
    del stylized
    grams = dict[str, list[Tensor]]((name, []) for name in STYLE_LAYERS)
    for each in styles:
        painting = features(each)
        for name, found in grams.items():
            found.append(_gram(painting[name]))
        del painting
    wanted = {name: torch.stack(found).mean(0) for name, found in grams.items()}
    shares = [
        _squares(after[name], wanted[name]) / _squares(before[name], wanted[name])
        for name in STYLE_LAYERS
    ]
    return float(torch.stack(shares).mean()), content_distance


def _gram(maps: Tensor) -> Tensor:
    with products_of(maps):
        return gram_matrix(maps)


def _squares(first: Tensor, second: Tensor) -> Tensor:
    # The floor avoids 0 / 0 for a photograph that is its own style.
    return (first - second).double().square().sum().clamp_min(_TINY)


@torch.no_grad()
def channel_moments(
    features: Features, images: Sequence[Float[Tensor, "1 3 _height _width"]]
) -> Moments:
    """Mean and standard deviation of each channel over all positions of all images together.

    Args:
        features: Returns maps (1, C, H, W) of ``LAYERS``.
        images: sRGB in [0, 1]; processed one at a time, and all positions count equally.
    """
    sums: dict[str, list[Tensor]] = {}
    for image in images:
        found = features(image)
        for name in LAYERS:
            flat = found[name].flatten(2)[0].double()
            one = torch.stack([torch.ones_like(flat).sum(1), flat.sum(1), flat.square().sum(1)])
            sums.setdefault(name, []).append(one)
    return {name: _moments(torch.stack(each).sum(0)) for name, each in sums.items()}


def channel_distance(made: Moments, real: Moments) -> float:
    """Relative Fréchet distance between channel statistics: 0 for equal ones.

    For each layer, sum (mu - mu')^2 + (sigma - sigma')^2 over the channels, which is the Fréchet
    distance of two normal distributions with independent channels (Heusel et al. 2017, equation
    6, with diagonal covariances), divided by the real pictures' sum mu'^2 + sigma'^2; then the
    mean over the layers.

    It resembles the Fréchet Inception distance (FID) but differs: VGG instead of Inception,
    positions instead of pictures as samples, no correlations between channels. So a few dozen
    pictures suffice, and values are comparable only for the same network and pictures.
    """
    shares = [_apart(made[name], real[name]) / _energy(real[name]) for name in real]
    return float(torch.stack(shares).mean())


def _moments(sums: Tensor) -> tuple[Tensor, Tensor]:
    count, total, squares = sums
    mean = total / count
    return mean, (squares / count - mean.square()).clamp_min(0).sqrt()


def _apart(made: tuple[Tensor, Tensor], real: tuple[Tensor, Tensor]) -> Tensor:
    first, second = (each - other for each, other in zip(made, real, strict=True))
    return first.square().sum() + second.square().sum()


def _energy(real: tuple[Tensor, Tensor]) -> Tensor:
    return sum((each.square().sum() for each in real), torch.tensor(_TINY).to(real[0]))
