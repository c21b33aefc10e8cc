"""A trained network with pictures around it: scaled, stylized, masked, colored."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from impasto.errors import OptionError
from impasto.image import Picture, read_picture
from impasto.networks import blends
from impasto.networks.blends import faded, photograph_share, slot_weights
from impasto.networks.card import Style
from impasto.networks.large import stylized
from impasto.networks.network import Network
from impasto.networks.pieces import scaled
from impasto.networks.resolve import Located, located, styled
from impasto.networks.style_codes import (
    ANY,
    USUAL_SIZE,
    StyleCode,
    check_fits,
    codes_of,
    encoded,
    recolored,
    style_input,
)
from impasto.options.apply import ApplyOptions
from impasto.options.shared import KeepColor
from impasto.options.values import filled
from impasto.pixels.kept_color import color_kept
from impasto.source import open_source, tell_if_flat

if TYPE_CHECKING:
    import PIL.Image

    from impasto.source import PictureLike


FloatArray = NDArray[np.float32]


def painted(
    network: Network,
    codes: Sequence[StyleCode],
    photograph: Picture,
    blend: Mapping[str, float],
    options: ApplyOptions,
    statistics: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Paint a whole photograph in one blend of styles, and give its own statistics.

    Args:
        network: The network.
        codes: Of style images; none where it has learned its own styles.
        photograph: At the size of the result.
        blend: Shares by style, summing to 1.
        options: Strength, colors and tiles; the rest is not used.
        statistics: As :func:`~impasto.networks.large.stylized` takes and returns them.
    """
    card, content = network.card, photograph.pixels
    if card.method == ANY:
        weights = style_input(codes, blend, options.strength)
        if card.recolor:
            content = recolored(photograph, codes, blend, options.strength)
    else:
        weights = slot_weights(card, blend, options.strength)
    pixels, own = stylized(network, content, weights, options.tile, statistics)
    colors, strength = options.keep_color, options.color_strength
    color_kept(pixels, photograph.pixels, colors, strength, photograph.alpha)
    faded(pixels, photograph.pixels, photograph_share(card, options.strength))
    return pixels, own


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
        self._codes = codes_of(self.network, file.pictures, file.style_size)
        self._shares = {each.name: each.share for each in file.pictures}

    @property
    def styles(self) -> tuple[Style, ...]:
        """What the network has learned, or been given as pictures."""
        return self.network.card.styles or tuple(Style(each.name) for each in self._codes)

    @property
    def codes(self) -> tuple[StyleCode, ...]:
        """The styles it has been given as pictures; none where it has learned its own."""
        return self._codes

    def styled(self, styles: Mapping[str, PictureLike | StyleCode], style_size: int = 0) -> Model:
        """The same network with other styles, if it takes any.

        >>> model = impasto.load_model("any-style")  # doctest: +SKIP
        >>> model.styled({"night": "night.jpg"})("lake.jpg").save("out.png")  # doctest: +SKIP

        Args:
            styles: A picture or a code (:func:`~impasto.networks.style_codes.encoded`) by name.
            style_size: Longer side in pixels at which pictures are seen; 0 is 512, or their own.

        Raises:
            PictureError: A picture cannot be read.
            ModelError: The network has learned its own styles, or a code is another network's.
            OptionError: The size is none a style can have.
        """
        model = copy.copy(self)
        model._codes = tuple(self._code(name, each, style_size) for name, each in styles.items())
        model._shares = dict.fromkeys(styles, 1.0)
        model.name = "+".join(styles)
        return model

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
        keep_color: KeepColor = "none",
        color_strength: float = 1.0,
        masks: Sequence[PictureLike] = (),
        content_mask: PictureLike | None = None,
        **placing: Any,
    ) -> PIL.Image.Image:
        """Paint a picture.

        Args:
            image: A path; a Pillow image; an array (H, W, 3 or 4) of uint8 or floats in [0, 1];
                or a Picture.
            style_weights: A style's name, or shares by style; may be left out when the model was
                asked for by a style or has only one.
            strength: From 0, the photograph, to 1.
            size: Longer side of the result in pixels; as the image when None.
            keep_color: Keep the image's colors: luminance (each pixel's own; the style changes
                only light and dark), histogram or covariance (its palette).
            color_strength: How far the image's colors are kept, from 0 to 1.
            masks: Where each style goes, one a style in the order in which they are named: white
                is all of it, black leaves the image.
            content_mask: White where the image stays as it is.
            **placing: ``feather``, the softness of the masks' edges in pixels, and
                ``invert_masks``.

        Returns:
            An image of 8 bits a channel, with the picture's alpha.

        Raises:
            PictureError: The image cannot be read.
            OptionError: There is no such style, or a value is none the option can have.
        """
        given = style_weights or ""
        text = given if isinstance(given, str) else blends.written(given)
        where: dict[str, Any] = {"masks": tuple(masks), "content_mask": content_mask, **placing}
        options = ApplyOptions(
            style_weights=text,
            strength=strength,
            size=size or 0,
            keep_color=keep_color,
            color_strength=color_strength,
            **where,
        )
        return self.stylize(read_picture(image, longer=options.size), options).pil()

    def stylize(self, picture: Picture, options: ApplyOptions = _AS_IT_IS) -> Picture:
        """Paint a picture; its alpha, EXIF and bits stay.

        Raises:
            OptionError: There is no such style, the tile is too small, or there is not one mask
                for each style.
            PictureError: A mask cannot be read or means nothing.
            ModelError: The picture needs tiles and the network cannot have them.
            MemoryEstimateError: The memory ran out.
        """
        blend = self.blend(options.style_weights)
        photograph = scaled(picture, options.size)
        if options.strength == 0:
            return replace(photograph, manifest=None)
        if options.placed:
            pixels = self._composed(photograph, blend, options)
        else:
            pixels = self._painted(photograph, blend, options)
        return replace(photograph, pixels=pixels, manifest=None)

    def check(self, options: ApplyOptions) -> None:
        """Refuse what would be refused for every picture.

        Raises:
            OptionError: There is no such style, or there is not one mask for each style.
            PictureError: A mask cannot be read or means nothing.
        """
        blend = self.blend(options.style_weights)
        if options.placed and options.strength:
            from impasto.networks.places import check_masks  # late, as few pictures need it

            check_masks(options, len(blend))

    def blend(self, style_weights: str = "") -> dict[str, float]:
        """The share of each style that a text asks for, summing to 1.

        Raises:
            OptionError: There is no such style, or nothing says which of several is meant.
        """
        names = [each.name for each in self.styles]
        if not names:
            told = f"a picture whose manner is taken on, as {self.name} takes any"
            raise OptionError("style", told, "none")
        if style_weights:
            return blends.normalized(blends.parsed(style_weights), names)
        if self._style:
            return blends.normalized({self._style: 1.0}, names)
        if self._codes:
            return blends.normalized(self._shares, names)
        if len(names) > 1:
            told = f"one of the styles of {self.name} ({', '.join(names)}) or a blend of them"
            raise OptionError("style_weights", told, style_weights)
        return {names[0]: 1.0}

    def _painted(
        self, photograph: Picture, blend: Mapping[str, float], options: ApplyOptions
    ) -> FloatArray:
        return painted(self.network, self._codes, photograph, blend, options)[0]

    def _composed(
        self, photograph: Picture, blend: Mapping[str, float], options: ApplyOptions
    ) -> FloatArray:
        from impasto.networks.places import placed  # late, as few pictures need it

        if not options.masks:
            places = placed(options, photograph, [])
            return places.composed(photograph.pixels, [self._painted(photograph, blend, options)])
        # As the user named them, which is the order of the masks.
        named = blends.parsed(options.style_weights) if options.style_weights else blend
        styles = [name for name in named if blend.get(name)]
        places = placed(options, photograph, [blend[name] for name in styles])
        each = (self._painted(photograph, {name: 1.0}, options) for name in styles)
        return places.composed(photograph.pixels, each)

    def _code(self, name: str, style: PictureLike | StyleCode, style_size: int) -> StyleCode:
        if isinstance(style, StyleCode):
            check_fits(style, self.network, name)
            return replace(style, name=name)
        source = open_source(style, style_size or USUAL_SIZE)
        tell_if_flat(source)
        return encoded(
            self.network, source.picture, name=name, sha256=source.sha256, style_size=style_size
        )


def load_model(model: str | os.PathLike[str] | Located, *, threads: int | None = None) -> Model:
    """Load a trained network; torch is not needed for it.

    >>> impasto.load_model("great-wave")("lake.jpg").save("out.png")  # doctest: +SKIP

    Args:
        model: A bundled network's name, with all its styles; a bundled style's name; an ``.onnx``
            file that impasto exported; the run folder of a training with its ``model.onnx``; or
            the code of a style, an ``.imp`` file of `impasto encode`.
        threads: How many to compute with; as many as there are physical cores when None.

    Raises:
        ModelError: There is no such model (the nearest name is told), or its file is damaged,
            changed, of another version or no model of impasto.
        OptionError: The number of threads is not a number from 1.
    """
    if threads is not None and threads < 1:
        raise OptionError("threads", "a number from 1", threads)
    return Model(located(model), threads)


def apply(
    content: PictureLike,
    *,
    model: str | os.PathLike[str] = "",
    style: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    style_size: int = 0,
    threads: int | None = None,
    **options: Any,
) -> Picture:
    """Stylize a photograph with a trained network, in an instant; torch is not needed for it.

    >>> impasto.apply("lake.jpg", model="great-wave").save("out.png")  # doctest: +SKIP

    Args:
        content: A path, a Pillow image, an array or a ``Picture``.
        model: As :func:`load_model` takes it.
        style: A style image or the code of one; or several, each with a share after a colon.
        style_size: Longer side in pixels to which style images are scaled; 0 is as usual.
        threads: How many to compute with; as many as there are physical cores when None.
        **options: Others of `impasto apply`, such as ``strength``, ``size`` or ``keep_color``.

    Raises:
        ImpastoError: A picture cannot be read, there is no such model, or an option cannot be met.
    """
    wanted = filled(ApplyOptions, options)
    styles = [style] if isinstance(style, (str, os.PathLike)) else style
    found = styled(model, [os.fspath(each) for each in styles], style_size) if styles else model
    picture = read_picture(content, longer=wanted.size)
    return load_model(found, threads=threads).stylize(picture, wanted)
