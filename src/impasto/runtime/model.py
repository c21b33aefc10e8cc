"""A trained network with pictures around it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from impasto.errors import OptionError
from impasto.image import Picture, read_picture
from impasto.runtime import blends
from impasto.runtime.card import Style
from impasto.runtime.color import color_kept
from impasto.runtime.network import Network
from impasto.runtime.options import ApplyOptions
from impasto.runtime.resolve import Located, located
from impasto.runtime.scale import scaled
from impasto.runtime.strength import faded, photograph_share, slot_weights
from impasto.runtime.tiles import stylized

if TYPE_CHECKING:
    import PIL.Image

    from impasto.source import PictureLike

_AS_IT_IS = ApplyOptions()


class Model:
    """A trained network that paints pictures in the styles it has learned.

    Built by :func:`load_model`. It may be called from several threads at once.

    Attributes:
        name: What it was asked for by.
        network: The network itself.
    """

    def __init__(self, file: Located, threads: int | None = None) -> None:
        self.name = file.name
        self.network = Network(file, threads)
        self._style = file.style

    @property
    def styles(self) -> tuple[Style, ...]:
        """What the network has learned."""
        return self.network.card.styles

    @property
    def chosen(self) -> tuple[Style, ...]:
        """The style it was asked for by, or all of them when by none."""
        return tuple(each for each in self.styles if self._style in ("", each.name))

    def __call__(
        self,
        image: PictureLike,
        *,
        style_weights: Mapping[str, float] | str | None = None,
        strength: float = 1.0,
        size: int | None = None,
        keep_color: bool = False,
    ) -> PIL.Image.Image:
        """Paint a picture.

        Args:
            image: A path; a Pillow image; an array (H, W, 3 or 4) of uint8 or floats in [0, 1];
                or a Picture.
            style_weights: A style's name, or shares by style; may be left out when the model was
                asked for by a style or has only one.
            strength: From 0, the photograph, to 1.
            size: Longer side of the result in pixels; as the image when None.
            keep_color: Keep the image's colors; the style changes only light and dark.

        Returns:
            An image of 8 bits a channel, with the picture's alpha.

        Raises:
            PictureError: The image cannot be read.
            OptionError: There is no such style, or a value is none the option can have.
        """
        given = style_weights or ""
        text = given if isinstance(given, str) else blends.written(given)
        options = ApplyOptions(
            style_weights=text, strength=strength, size=size or 0, keep_color=keep_color
        )
        return self.stylize(read_picture(image), options).pil()

    def stylize(self, picture: Picture, options: ApplyOptions = _AS_IT_IS) -> Picture:
        """Paint a picture; its alpha, EXIF and bits stay.

        Raises:
            OptionError: There is no such style, or the tile is too small.
            ModelError: The picture needs tiles and the network cannot have them.
            MemoryEstimateError: The memory ran out.
        """
        blend = self.blend(options.style_weights)
        photograph = scaled(picture, options.size)
        if options.strength == 0:
            return replace(photograph, manifest=None)
        card = self.network.card
        weights = slot_weights(card, blend, options.strength)
        pixels = stylized(self.network, photograph.pixels, weights, options.tile)
        if options.keep_color:
            color_kept(pixels, photograph.pixels)
        faded(pixels, photograph.pixels, photograph_share(card, options.strength))
        return replace(photograph, pixels=pixels, manifest=None)

    def blend(self, style_weights: str = "") -> dict[str, float]:
        """The share of each style that a text asks for, summing to 1.

        Raises:
            OptionError: There is no such style, or nothing says which of several is meant.
        """
        names = [each.name for each in self.styles]
        if style_weights:
            return blends.normalized(blends.parsed(style_weights), names)
        if self._style:
            return blends.normalized({self._style: 1.0}, names)
        if len(names) > 1:
            told = f"one of the styles of {self.name} ({', '.join(names)}) or a blend of them"
            raise OptionError("style_weights", told, style_weights)
        return {names[0]: 1.0}


def load_model(model: str | os.PathLike[str], *, threads: int | None = None) -> Model:
    """Load a trained network; torch is not needed for it.

    >>> impasto.load_model("great-wave")("lake.jpg").save("out.png")  # doctest: +SKIP

    Args:
        model: A bundled network's name, with all its styles; a bundled style's name; an ``.onnx``
            file that impasto exported; or the run folder of a training with its ``model.onnx``.
        threads: How many to compute with; as many as there are physical cores when None.

    Raises:
        ModelError: There is no such model (the nearest name is told), or its file is damaged,
            changed, of another version or no model of impasto.
        OptionError: The number of threads is not a number from 1.
    """
    if threads is not None and threads < 1:
        raise OptionError("threads", "a number from 1", threads)
    return Model(located(model), threads)
