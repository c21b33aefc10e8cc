"""Styles for a network that takes any: from a picture to a code, from codes to its input.

A code is what such a network knows of a style, the mean and the standard deviation of each channel
of its encoder's maps, and the palette that the photograph is brought to before. Codes of several
styles may be mixed (Huang and Belongie 2017, equation 15: features of mixed statistics are mixed
features).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impasto.errors import ModelError, OptionError
from impasto.image import Picture
from impasto.nn.palette import color_moments, moments_matched
from impasto.runtime.crops import padded
from impasto.runtime.network import Network
from impasto.runtime.scale import scaled

FloatArray = NDArray[np.float32]

ANY: Final = "adain"
"""The method whose networks take any style."""

USUAL_SIZE: Final = 512
"""Longer side at which a style is seen when nothing else is said; smaller pictures stay small."""

SIZES: Final = (32, 2048)
"""Smallest and largest side at which a style can be seen."""


@dataclass(frozen=True, eq=False)
class StyleCode:
    """A style as a network knows it.

    Attributes:
        name: What it is called.
        statistics: (channels, 2): mean and standard deviation.
        palette: (4, 3): mean of the picture's colors, and below it their covariance.
        encoder: Of which encoder: a hash, as in the network's card.
        picture: SHA-256 of the picture.
        size: Width and height at which it was seen, in pixels.
    """

    name: str
    statistics: FloatArray
    palette: FloatArray
    encoder: str
    picture: str
    size: tuple[int, int]

    @property
    def sha256(self) -> str:
        """Of the numbers: the same codes paint the same pictures."""
        numbers = np.concatenate([self.statistics.ravel(), self.palette.ravel()])
        return hashlib.sha256(numbers.astype("<f4").tobytes()).hexdigest()


def encoded(
    network: Network, picture: Picture, *, name: str, sha256: str, style_size: int = 0
) -> StyleCode:
    """The code of a style.

    Args:
        network: One that takes any style.
        picture: The style.
        name: What to call it.
        sha256: Of its file.
        style_size: Longer side at which it is seen, in pixels: larger gives larger strokes. 0 is
            ``USUAL_SIZE``, or the picture's own where that is smaller.

    Raises:
        OptionError: The size is none it can be.
        ModelError: The network has styles of its own.
    """
    check_takes_any(network)
    check_style_size(style_size)
    longer = style_size or min(USUAL_SIZE, max(picture.width, picture.height))
    seen = scaled(picture, longer)
    mean, inverse = network.statistics(padded(seen.pixels, network.card.multiple))[0].T
    statistics = np.stack([mean, 1 / inverse], axis=1).astype(np.float32)
    palette = np.vstack(color_moments(seen.pixels)).astype(np.float32)
    size = seen.width, seen.height
    return StyleCode(name, statistics, palette, network.card.encoder, sha256, size)


def style_input(codes: Sequence[StyleCode], blend: Mapping[str, float], alpha: float) -> FloatArray:
    """What a network is given of a blend of styles, (channels, 3).

    Args:
        codes: Those of the blend, others may be among them.
        blend: Shares by name, summing to 1.
        alpha: How far to go from the photograph, 0, to the style, 1.
    """
    known = {each.name: each.statistics for each in codes}
    mixed = sum(np.float32(share) * known[name] for name, share in blend.items())
    alphas = np.full((len(codes[0].statistics), 1), alpha, np.float32)
    return np.concatenate([np.asarray(mixed, np.float32), alphas], axis=1)


def recolored(
    photograph: Picture, codes: Sequence[StyleCode], blend: Mapping[str, float], alpha: float
) -> FloatArray:
    """The pixels of a photograph in the colors of a blend of styles.

    Args:
        photograph: Transparent parts do not speak for its colors.
        codes: Those of the blend, others may be among them.
        blend: Shares by name, summing to 1.
        alpha: How far to go, from 0 to 1.
    """
    known = {each.name: each.palette for each in codes}
    mixed = np.sum([share * known[name].astype(float) for name, share in blend.items()], axis=0)
    pixels = photograph.pixels.copy()
    moments_matched(pixels, (mixed[0], mixed[1:]), alpha, photograph.alpha)
    return pixels


def check_fits(code: StyleCode, network: Network, source: str) -> None:
    """See that a code is one of this network's encoder.

    Raises:
        ModelError: It is another's, or the network has styles of its own.
    """
    check_takes_any(network)
    same = code.encoder == network.card.encoder and len(code.statistics) == network.channels
    if not same:
        raise ModelError(
            f"{source}: the code of another network than {network.name}: make it again with "
            "`impasto encode`, or name its network with --model"
        )


def check_takes_any(network: Network) -> None:
    """See that a network takes styles as pictures.

    Raises:
        ModelError: It has styles of its own.
    """
    if network.card.method != ANY:
        raise ModelError(
            f"{network.name}: takes no --style, it has learned its own (see --style-weights)"
        )


def check_style_size(style_size: int) -> None:
    """See that a style can be seen at a size.

    Raises:
        OptionError: It cannot.
    """
    if style_size and not SIZES[0] <= style_size <= SIZES[1]:
        expected = f"0 ({USUAL_SIZE}, or the picture's own) or pixels from {SIZES[0]} to {SIZES[1]}"
        raise OptionError("style_size", expected, style_size)
