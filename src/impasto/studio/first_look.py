"""What there is to see before the first step: at once, while the painting is being prepared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from impasto.image import Picture, from_tensor
from impasto.networks.crops import scaled
from impasto.nn.color import recolored
from impasto.nn.kept_color import color_kept
from impasto.options.gatys import PaintOptions
from impasto.studio.instant import Instant

_SIDE = 512
"""Longer side of a first look; more would only take longer."""


def first_look(
    instant: Instant, photograph: Picture, styles: Sequence[Path], options: PaintOptions
) -> Picture:
    """A picture that is there at once.

    It is the photograph as a network for any style paints it, where one is bundled; else the
    photograph in the colors of the styles, from which the painting begins.

    Args:
        instant: The trained networks.
        photograph: Of any size.
        styles: Files of the styles.
        options: Its recipe: size, weights of the styles, colors.
    """
    side = min(_SIDE, int(options.size) or _SIDE)
    small = replace(scaled(photograph, side), alpha=None, manifest=None)
    weights = options.style_weights or (1.0,) * len(styles)
    if instant.takes_any:
        return instant.in_styles(
            small,
            {str(number): path for number, path in enumerate(styles)},
            _shares(weights),
            keep_color=options.keep_color,
        )
    return _recolored(small, styles, weights, options)


def _recolored(
    photograph: Picture, styles: Sequence[Path], weights: Sequence[float], options: PaintOptions
) -> Picture:
    from impasto.image import read_picture

    content = photograph.tensor()
    seen = [scaled(read_picture(path, longer=_SIDE), _SIDE).tensor() for path in styles]
    moved = [
        recolored(content, style) * weight for style, weight in zip(seen, weights, strict=True)
    ]
    picture = from_tensor(sum(moved[1:], moved[0]) / sum(weights))
    pixels = np.ascontiguousarray(picture.pixels)
    if options.keep_color != "none":
        color_kept(pixels, photograph.pixels, options.keep_color, options.color_strength, None)
    return replace(picture, pixels=pixels)


def _shares(weights: Sequence[float]) -> Mapping[str, float]:
    return {str(number): weight for number, weight in enumerate(weights)}
