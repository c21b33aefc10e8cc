"""Weights of styles, from text to a network's input, and the share of the photograph."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from impasto.errors import OptionError
from impasto.networks.card import Card
from impasto.networks.pieces import FloatArray
from impasto.pixels.palette import bands


def parsed(text: str, option: str = "style_weights") -> dict[str, float]:
    """The weights in a text: ``name``, or ``name:share,name:share``; they need not sum to 1.

    Raises:
        OptionError: The text has another form, or a style twice.
    """
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, colon, share = (each.strip() for each in part.partition(":"))
        if not name or name in shares:
            raise _unlike(option, text)
        try:
            shares[name] = float(share) if colon else 1.0
        except ValueError:
            raise _unlike(option, text) from None
    return shares


def written(shares: Mapping[str, float]) -> str:
    """The text for these weights, exactly."""
    return ",".join(f"{name}:{float(share)!r}" for name, share in shares.items())


def normalized(
    shares: Mapping[str, float], names: Iterable[str], option: str = "style_weights"
) -> dict[str, float]:
    """Weights of known styles with sum 1, in the order of the network's styles.

    Styles with weight 0 are left out, so that equal blends compare equal.

    Raises:
        OptionError: A style is unknown (the nearest is named), a share is negative or no number,
            or all are 0.
    """
    known = list(names)
    for name, share in shares.items():
        if name not in known:
            raise unknown(option, name, known)
        if not (math.isfinite(share) and share >= 0):
            raise OptionError(option, f"a share from 0 for {name}", share)
    total = sum(shares.values())
    if not total > 0:
        raise OptionError(option, "a share above 0 for at least one style", dict(shares))
    return {name: shares[name] / total for name in known if shares.get(name)}


def unknown(option: str, name: str, known: Iterable[str]) -> OptionError:
    """The error about an unknown name, with the nearest one."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return OptionError(option, f"one of {', '.join(names)}{hint}", name)


def _unlike(option: str, text: str) -> OptionError:
    return OptionError(option, "a style, or a blend as name:0.6,name:0.4", text)


FADE_FROM: Final = 0.25
"""Strength below which the photograph itself is blended in, because the identity slot reproduces it
only approximately."""


def slot_weights(card: Card, blend: Mapping[str, float], strength: float) -> FloatArray:
    """A network's vector of weights, (slots,), for a blend with sum 1.

    With an identity slot, strength moves from it to the blend inside the network, so that strokes
    become finer; ``photograph_share`` does the rest with pixels.
    """
    weights = np.zeros(card.slots, np.float32)
    inside = 1.0 if card.identity is None else strength
    for name, share in blend.items():
        weights[card.positions[name]] = share * inside
    if card.identity is not None:
        weights[card.identity] = 1 - inside
    return weights


def photograph_share(card: Card, strength: float) -> float:
    """The share of the photograph's own pixels in the result: 1 at strength 0, 0 from 1 on.

    It falls linearly, or, if the network itself fades, smoothly to 0 at ``FADE_FROM``.
    """
    if not card.fades:
        return 1 - strength
    part = min(1.0, strength / FADE_FROM)
    return 1 - part * part * (3 - 2 * part)


def in_faces(strength: float, faces: float) -> float:
    """The strength of a style in faces, for ``faces`` from 0 to 1."""
    return strength * (1 - faces / 2)


def faded(result: FloatArray, photograph: FloatArray, share: float) -> None:
    """Blend the photograph over a result of the same shape, in place."""
    if share == 0:
        return
    for rows in bands(len(result)):
        result[rows] += np.float32(share) * (photograph[rows] - result[rows])
