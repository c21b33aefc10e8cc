"""Only the colors of a style, without its strokes: ``--model colors``, without a network.

The photograph gets mean and covariance of the colors of its styles by the map that changes colors
least (:func:`~impasto.pixels.palette.optimal_transport_map`). No network is involved.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from impasto.errors import OptionError
from impasto.image import Picture
from impasto.networks.card import COLORS, Card
from impasto.networks.code_file import StyleCode
from impasto.networks.pieces import FloatArray
from impasto.options.apply import ApplyOptions
from impasto.pixels.palette import color_moments

_NO_NUMBERS: Final = np.empty((0, 2), np.float32)
"""The strokes of such a code: none."""


class Palettes:
    """Stands in for a network.

    Attributes:
        card: Its metadata.
        name: Its name in errors.
        sha256: Empty, as there is no file.
        channels: 0.
    """

    card: Final = Card(
        method=COLORS, styles=(), positions={}, slots=0, identity=None, multiple=1, reach=0,
        grain=0.0, size=0, working=0, origin="", licence="",
    )  # fmt: skip
    name, sha256, channels = COLORS, "", 0


def moments_of(photograph: Picture) -> FloatArray:
    """Mean and covariance of the colors of a photograph, (4, 3); transparent parts do not count."""
    return np.vstack(color_moments(photograph.pixels, photograph.alpha)).astype(np.float32)


def palette_code(picture: Picture, *, name: str, sha256: str, style_size: int) -> StyleCode:
    """The code of a style image for its colors alone.

    Raises:
        OptionError: A size is given.
    """
    if style_size:
        raise OptionError("style_size", "0, as colors have no strokes", style_size)
    palette = np.vstack(color_moments(picture.pixels)).astype(np.float32)
    return StyleCode(name, _NO_NUMBERS, palette, "", sha256, (picture.width, picture.height))


def check_strokes(options: ApplyOptions) -> None:
    """Raise an OptionError for options of strokes."""
    if options.style_scale != 1:
        raise OptionError("style_scale", "1, as colors have no strokes", options.style_scale)
