"""A trained network for pictures: resizing, stylizing, masks and colors."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from impasto.errors import OptionError
from impasto.image import Picture, read_picture, scaled
from impasto.networks import blends
from impasto.networks.blends import faded, in_faces, photograph_share, slot_weights
from impasto.networks.card import ANY, Style
from impasto.networks.code_file import StyleCode
from impasto.networks.network import Network
from impasto.networks.only_colors import Palettes, check_strokes, moments_of
from impasto.networks.pieces import FloatArray
from impasto.networks.resolve import NO_FILE, Located, located, styled
from impasto.networks.strokes import grown
from impasto.networks.style_codes import code_of, recolored, style_input
from impasto.options.apply import ApplyOptions
from impasto.options.shared import KeepColor
from impasto.options.values import filled
from impasto.pixels.kept_color import color_kept

if TYPE_CHECKING:
    import PIL.Image

    from impasto.source import PictureLike

_AS_IT_IS = ApplyOptions()


def painted(
    network: Network | Palettes,
    codes: Sequence[StyleCode],
    photograph: Picture,
    blend: Mapping[str, float],
    options: ApplyOptions,
    statistics: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Stylize a whole photograph in one blend of styles, and return its statistics.

    Args:
        network: The network, or a stand-in.
        codes: Codes of style images; none if the network has learned styles.
        photograph: The photograph, at the size of the result.
        blend: Weights by style, with sum 1.
        options: Strength, colors and tiles; others are not used.
        statistics: As :func:`~impasto.networks.strokes.grown` takes and returns them; of colors
            alone, the moments of the photograph's.
    """
    card, content = network.card, photograph.pixels
    if isinstance(network, Palettes):
        own = moments_of(photograph)
        pixels = recolored(photograph, codes, blend, 1.0, own if statistics is None else statistics)
    else:
        if card.method in ANY:
            weights = style_input(network, codes, blend, content, options.strength)
            if card.recolor:
                content = recolored(photograph, codes, blend, options.strength)
        else:
            weights = slot_weights(card, blend, options.strength)
        pixels, own = grown(network, content, weights, options, statistics)
    colors, strength = options.keep_color, options.color_strength
    color_kept(pixels, photograph.pixels, colors, strength, photograph.alpha)
    faded(pixels, photograph.pixels, photograph_share(card, options.strength))
    return pixels, own


class Model:
    """A trained network that stylizes pictures.

    Built by :func:`load_model`. Several threads may call it at once.

    Attributes:
        name: The name it was loaded by.
        network: The network, or a stand-in.
        codes: The codes of its style images; none if the network has learned styles.
    """

    def __init__(self, file: Located, threads: int | None = None) -> None:
        self.name = file.name
        colors = file.path == NO_FILE
        self.network: Network | Palettes = Palettes() if colors else Network(file, threads)
        self._style = file.style
        self.codes = tuple(
            code_of(self.network, each.name, each.path, file.style_size, each.mask)
            for each in file.pictures
        )
        self._shares = {each.name: each.share for each in file.pictures}

    @property
    def styles(self) -> tuple[Style, ...]:
        """The styles the network has learned, or its style images."""
        return self.network.card.styles or tuple(Style(each.name) for each in self.codes)

    def styled(
        self,
        styles: Mapping[str, PictureLike | StyleCode],
        style_size: int = 0,
        style_masks: Mapping[str, PictureLike] = MappingProxyType({}),
    ) -> Model:
        """The same network with other styles, if it takes any.

        >>> model = impasto.load_model("any-style")  # doctest: +SKIP
        >>> model.styled({"night": "night.jpg"})("lake.jpg").save("out.png")  # doctest: +SKIP

        Args:
            styles: A picture, a folder of pictures that count as one style, or a code
                (:func:`~impasto.networks.style_codes.encoded`), by name.
            style_size: Longer side in pixels to encode pictures at; 0 is 512, or their own.
            style_masks: The part of each picture to use, by the same names.

        Raises:
            PictureError: A picture cannot be read.
            ModelError: The network has learned styles, or a code is for another network.
            OptionError: The size is out of range.
        """
        model = copy.copy(self)
        model.codes = tuple(
            code_of(self.network, name, each, style_size, style_masks.get(name))
            for name, each in styles.items()
        )
        model._shares = dict.fromkeys(styles, 1.0)
        model.name = "+".join(styles)
        return model

    @property
    def chosen(self) -> tuple[Style, ...]:
        """The style whose name loaded the model, or all of them."""
        return tuple(each for each in self.styles if self._style in ("", each.name))

    def __call__(
        self,
        image: PictureLike,
        *,
        style_weights: Mapping[str, float] | str | None = None,
        strength: float = 1.0,
        style_scale: float = 1.0,
        size: int | None = None,
        keep_color: KeepColor = "none",
        color_strength: float = 1.0,
        faces: float = 0.0,
        masks: Sequence[PictureLike] = (),
        content_mask: PictureLike | None = None,
        **placing: Any,
    ) -> PIL.Image.Image:
        """Stylize a picture.

        Args:
            image: A path; a Pillow image; an array (H, W, 3 or 4) of uint8 or floats in [0, 1];
                or a Picture.
            style_weights: A style's name, or weights by style; not needed if the model was loaded
                by a style's name or has only one.
            strength: 0 is the photograph, 1 the style, 2 twice as strong.
            style_scale: 2 makes strokes twice as large.
            size: Longer side of the result in pixels; None keeps the image's size.
            keep_color: Keep the image's colors: luminance (each pixel's own; the style changes
                only light and dark), histogram or covariance (its palette).
            color_strength: How far the image's colors are kept, from 0 to 1.
            faces: How much to preserve faces, from 0 to 1.
            masks: Where each style goes, one mask per style in their order: white is stylized,
                black leaves the image. ``subject``, ``background`` and ``face`` are automatic.
            content_mask: White where the image stays unchanged.
            **placing: ``feather``, the softness of the masks' edges in pixels, and
                ``invert_masks``.

        Returns:
            An image with 8 bits per channel and the picture's alpha.

        Raises:
            PictureError: The image cannot be read.
            OptionError: There is no such style, or a value is out of range.
        """
        weights = style_weights or ""
        where: dict[str, Any] = {"masks": tuple(masks), "content_mask": content_mask, **placing}
        options = ApplyOptions(
            style_weights=weights if isinstance(weights, str) else blends.written(weights),
            strength=strength,
            style_scale=style_scale,
            size=size or 0,
            keep_color=keep_color,
            color_strength=color_strength,
            faces=faces,
            **where,
        )
        return self.stylize(read_picture(image, longer=options.size), options).pil()

    def stylize(self, picture: Picture, options: ApplyOptions = _AS_IT_IS) -> Picture:
        """Stylize a picture; its alpha, EXIF and bits are kept.

        Raises:
            OptionError: There is no such style, the tile is too small, or there is not one mask
                for each style.
            PictureError: A mask cannot be read or has no effect.
            ModelError: The picture needs tiles, which the network does not support.
            MemoryEstimateError: The memory ran out.
        """
        blend = self.blend(options.style_weights)
        self._check_strength(options.strength)
        if isinstance(self.network, Palettes):
            check_strokes(options)
        photograph = scaled(picture, options.size)
        if options.strength == 0:
            return replace(photograph, manifest=None)
        compose = self._composed if options.placed else self._painted
        pixels = compose(photograph, blend, options)
        return replace(photograph, pixels=pixels, manifest=None)

    def check(self, options: ApplyOptions) -> None:
        """Raise the errors of :meth:`stylize` that do not depend on the picture."""
        blend = self.blend(options.style_weights)
        self._check_strength(options.strength)
        if isinstance(self.network, Palettes):
            check_strokes(options)
        if options.placed and options.strength:
            from impasto.networks.masking import check_masks  # late, because few pictures need it

            check_masks(options, len(blend))

    def _check_strength(self, strength: float) -> None:
        if strength > 1 and not self.network.card.extends:
            raise OptionError("strength", f"0 to 1, as {self.name} goes no further", strength)

    def blend(self, style_weights: str = "") -> dict[str, float]:
        """The weight of each style in a text, with sum 1.

        Raises:
            OptionError: There is no such style, or one of several must be chosen.
        """
        names = [each.name for each in self.styles]
        if not names:
            raise OptionError("style", f"a style image, as {self.name} takes any", "none")
        if style_weights:
            return blends.normalized(blends.parsed(style_weights), names)
        if self._style:
            return blends.normalized({self._style: 1.0}, names)
        if self.codes:
            return blends.normalized(self._shares, names)
        if len(names) > 1:
            expected = f"one of the styles of {self.name} ({', '.join(names)}) or a blend of them"
            raise OptionError("style_weights", expected, style_weights)
        return {names[0]: 1.0}

    def _painted(
        self, photograph: Picture, blend: Mapping[str, float], options: ApplyOptions
    ) -> FloatArray:
        pixels, _ = painted(self.network, self.codes, photograph, blend, options)
        if options.faces:
            from impasto.networks.faces import face_mask  # late, because few pictures need it

            if (faces := face_mask(photograph)).any():
                there = replace(options, strength=in_faces(options.strength, options.faces))
                weaker, _ = painted(self.network, self.codes, photograph, blend, there)
                pixels += faces[..., None] * (weaker - pixels)
        return pixels

    def _composed(
        self, photograph: Picture, blend: Mapping[str, float], options: ApplyOptions
    ) -> FloatArray:
        from impasto.networks.masking import placed  # late, because few pictures need it

        if not options.masks:
            places = placed(options, photograph, [])
            return places.composed(photograph.pixels, [self._painted(photograph, blend, options)])
        # In the user's order, which is that of the masks.
        named = blends.parsed(options.style_weights) if options.style_weights else blend
        styles = [name for name in named if blend.get(name)]
        places = placed(options, photograph, [blend[name] for name in styles])
        each = (self._painted(photograph, {name: 1.0}, options) for name in styles)
        return places.composed(photograph.pixels, each)


def load_model(model: str | os.PathLike[str] | Located, *, threads: int | None = None) -> Model:
    """Load a trained network; torch is not needed.

    >>> impasto.load_model("great-wave")("lake.jpg").save("out.png")  # doctest: +SKIP

    Args:
        model: A bundled network's name, with all its styles; a bundled style's name; an ``.onnx``
            file that impasto exported; the run folder of a training with its ``model.onnx``; the
            code of a style, an ``.imp`` file; or ``colors``, which takes only the colors of a
            style, without a network.
        threads: Number of threads; None for one per physical core.

    Raises:
        ModelError: There is no such model (the message has the nearest name), or its file is
            damaged, changed, of another version or not from impasto.
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
    style_masks: Sequence[str | os.PathLike[str]] = (),
    threads: int | None = None,
    **options: Any,
) -> Picture:
    """Stylize a photograph with a trained network; torch is not needed.

    >>> impasto.apply("lake.jpg", model="great-wave").save("out.png")  # doctest: +SKIP

    Args:
        content: A path, a Pillow image, an array or a ``Picture``.
        model: As :func:`load_model` takes it.
        style: A style image or its code, or a folder of images that count as one style; or several
            of these, each with a weight after a colon.
        style_size: Longer side in pixels to encode style images at; 0 is the default.
        style_masks: The part of each style image to use: mask files, or the words ``subject``,
            ``background`` and ``face``.
        threads: Number of threads; None for one per physical core.
        **options: Other options of `impasto apply`, such as ``strength``, ``size`` or
            ``keep_color``.

    Raises:
        ImpastoError: A picture cannot be read, there is no such model, or an option is invalid.
    """
    wanted = filled(ApplyOptions, options)
    styles = [style] if isinstance(style, (str, os.PathLike)) else style
    parts = [Path(each) for each in style_masks]
    if parts and not styles:
        raise OptionError("style_masks", "style images with it", style_masks)
    texts = [os.fspath(each) for each in styles]
    found = styled(model, texts, style_size, parts) if styles else model
    picture = read_picture(content, longer=wanted.size)
    return load_model(found, threads=threads).stylize(picture, wanted)
