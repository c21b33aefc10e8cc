"""How much of the photograph remains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impasto.nn.bands import bands
from impasto.runtime.card import Card

FloatArray = NDArray[np.float32]

FADE_FROM: Final = 0.25
"""Strength below which a network with an identity slot fades to the photograph: the slot gives it
back nearly, not exactly."""


def slot_weights(card: Card, blend: Mapping[str, float], strength: float) -> FloatArray:
    """The network's vector of weights for a blend of styles.

    With an identity slot, strength moves from it to the blend inside of the network, where
    strokes become finer; see ``photograph_share`` for what is left to do with pixels.

    Args:
        card: The network's.
        blend: Shares by style, summing to 1.
        strength: From 0 to 1.
    """
    weights = np.zeros(card.slots, np.float32)
    inside = 1.0 if card.identity is None else strength
    for name, share in blend.items():
        weights[card.positions[name]] = share * inside
    if card.identity is not None:
        weights[card.identity] = 1 - inside
    return weights


def photograph_share(card: Card, strength: float) -> float:
    """The share of the photograph's own pixels in the result: 1 at strength 0, 0 at 1.

    It falls evenly where the network always goes the whole way. Where it fades it falls to 0 at
    ``FADE_FROM``, level at both ends.
    """
    if not card.fades:
        return 1 - strength
    part = min(1.0, strength / FADE_FROM)
    return 1 - part * part * (3 - 2 * part)


def faded(result: FloatArray, photograph: FloatArray, share: float) -> None:
    """Lay the photograph over a result of the same shape, in place."""
    if share == 0:
        return
    for rows in bands(len(result)):
        result[rows] += np.float32(share) * (photograph[rows] - result[rows])
