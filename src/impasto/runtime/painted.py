"""What a network, its styles and some options make of a photograph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from impasto.image import Picture
from impasto.nn.kept_color import color_kept
from impasto.runtime.anystyle import ANY, StyleCode, recolored, style_input
from impasto.runtime.strength import faded, photograph_share, slot_weights
from impasto.runtime.tiles import ALONE, Given, stylized_given

if TYPE_CHECKING:
    from impasto.options.apply import ApplyOptions
    from impasto.runtime.network import Network

FloatArray = NDArray[np.float32]


def painted(
    network: Network,
    codes: Sequence[StyleCode],
    photograph: Picture,
    blend: Mapping[str, float],
    options: ApplyOptions,
    given: Given = ALONE,
) -> tuple[FloatArray, FloatArray]:
    """Paint a photograph everywhere in one blend of styles.

    Args:
        network: The network.
        codes: Of styles that were given as pictures; none where it has learned its own.
        photograph: At the size of the result.
        blend: Shares by style, summing to 1.
        options: Strength, colors and tiles; the rest is not looked at.
        given: What it takes from other pictures.

    Returns:
        (H, W, 3), sRGB in [0, 1], and its own statistics; see
        :func:`~impasto.runtime.tiles.stylized_given`.
    """
    card, seen = network.card, photograph.pixels
    if card.method == ANY:
        weights = style_input(codes, blend, options.strength)
        if card.recolor:
            seen = recolored(photograph, codes, blend, options.strength)
    else:
        weights = slot_weights(card, blend, options.strength)
    pixels, own = stylized_given(network, seen, weights, options.tile, given)
    color_kept(
        pixels, photograph.pixels, options.keep_color, options.color_strength, photograph.alpha
    )
    faded(pixels, photograph.pixels, photograph_share(card, options.strength))
    return pixels, own
