"""The result judged, at a size the machine can bear."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from impasto.device import choose_precision
from impasto.nn.pyramid import crop_fitted, fitted_size, resized, size_of
from impasto.options.shared import SharedOptions
from impasto.scores import Scores, score_images

_SCORED_PIXELS: Final = 2_000_000
"""Results with more pixels are scored at this many: float32 maps of a poster would not fit."""


def scores_of(
    content: Tensor, styles: Sequence[Tensor], image: Tensor, options: SharedOptions
) -> dict[str, float]:
    """What a manifest says of a result: its distances, of several styles the mean by weight.

    Args:
        content: The photograph, of its own size.
        styles: The style images.
        image: The result.
        options: Its shape, and the weights of the styles.
    """
    size = size_of(image)
    if size[0] * size[1] > _SCORED_PIXELS:
        shrink = (_SCORED_PIXELS / (size[0] * size[1])) ** 0.5
        size = fitted_size(size, round(max(size) * shrink))
    fit = resized if options.crop_fit is None else crop_fitted
    photograph = fit(content, size).clamp(0, 1)
    stylized = resized(image, size).cpu().clamp(0, 1)
    precision = choose_precision("auto", torch.device("cpu"))
    weights = options.style_weights or (1.0,) * len(styles)
    found = [
        (score_images(photograph, style, stylized, precision), weight / sum(weights))
        for style, weight in zip(styles, weights, strict=True)
        if weight
    ]
    return {
        each.name: round(sum(getattr(scores, each.name) * share for scores, share in found), 5)
        for each in dataclasses.fields(Scores)
    }
