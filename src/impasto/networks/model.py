"""A trained network with pictures around it: scaled, stylized, masked, colored."""

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
    """Paint a whole photograph in one blend of styles, and give its own statistics.

    Args:
        network: The network, or what stands in its place.
        codes: Of style images; none where it has learned its own styles.
        photograph: At the size of the result.
        blend: Shares by style, summing to 1.
        options: Strength, colors and tiles; the rest is not used.
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
    """A trained network that paints pictures in the styles it has learned.

    Built by :func:`load_model`. It may be called from several threads at once.

    Attributes:
        name: The name it was loaded by.
        network: The network itself, or what stands in its place.
        codes: Its style images as codes; none where it has learned its own styles.
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
            styles: A picture, a folder of pictures that are one style together, or a code
                (:func:`~impasto.networks.style_codes.encoded`), by name.
            style_size: Longer side in pixels to encode pictures at; 0 is 512, or their own.
            style_masks: Which part of a picture counts, by the same name.

        Raises:
            PictureError: A picture cannot be read.
            ModelError: The network has learned its own styles, or a code is another network's.
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
        """Paint a picture.

        Args:
            image: A path; a Pillow image; an array (H, W, 3 or 4) of uint8 or floats in [0, 1];
                or a Picture.
            style_weights: A style's name, or shares by style; not needed when the model was
                loaded by a style's name or has only one.
            strength: 0 is the photograph, 1 the style, 2 twice as far.
            style_scale: 2 makes strokes twice as large.
            size: Longer side of the result in pixels; as the image when None.
            keep_color: Keep the image's colors: luminance (each pixel's own; the style changes
                only light and dark), histogram or covariance (its palette).
            color_strength: How far the image's colors are kept, from 0 to 1.
            faces: How far faces keep their likeness, from 0 to 1.
            masks: Where each style goes, one a style in the order in which they are named: white
                is painted, black leaves the image. ``subject`` and ``background`` are found in
                the image.
            content_mask: White where the image stays as it is.
            **placing: ``feather``, the softness of the masks' edges in pixels, and
                ``invert_masks``.

        Returns:
            An image of 8 bits a channel, with the picture's alpha.

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
        """Paint a picture; its alpha, EXIF and bits stay.

        Raises:
            OptionError: There is no such style, the tile is too small, or there is not one mask
                for each style.
            PictureError: A mask cannot be read or means nothing.
            ModelError: The picture needs tiles and the network cannot have them.
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
        """Refuse options that would be refused for every picture, as :meth:`stylize` does."""
        blend = self.blend(options.style_weights)
        self._check_strength(options.strength)
        if isinstance(self.network, Palettes):
            check_strokes(options)
        if options.placed and options.strength:
            from impasto.networks.masking import check_masks  # late, as few pictures need it

            check_masks(options, len(blend))

    def _check_strength(self, strength: float) -> None:
        if strength > 1 and not self.network.card.extends:
            raise OptionError("strength", f"0 to 1, as {self.name} goes no further", strength)

    def blend(self, style_weights: str = "") -> dict[str, float]:
        """The share of each style that a text names, summing to 1.

        Raises:
            OptionError: There is no such style, or it is open which of several is meant.
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
            from impasto.networks.faces import face_mask  # late, as few pictures need it

            if (faces := face_mask(photograph)).any():
                there = replace(options, strength=in_faces(options.strength, options.faces))
                weaker, _ = painted(self.network, self.codes, photograph, blend, there)
                pixels += faces[..., None] * (weaker - pixels)
        return pixels

    def _composed(
        self, photograph: Picture, blend: Mapping[str, float], options: ApplyOptions
    ) -> FloatArray:
        from impasto.networks.masking import placed  # late, as few pictures need it

        if not options.masks:
            places = placed(options, photograph, [])
            return places.composed(photograph.pixels, [self._painted(photograph, blend, options)])
        # As the user named them, which is the order of the masks.
        named = blends.parsed(options.style_weights) if options.style_weights else blend
        styles = [name for name in named if blend.get(name)]
        places = placed(options, photograph, [blend[name] for name in styles])
        each = (self._painted(photograph, {name: 1.0}, options) for name in styles)
        return places.composed(photograph.pixels, each)


def load_model(model: str | os.PathLike[str] | Located, *, threads: int | None = None) -> Model:
    """Load a trained network; torch is not needed for it.

    >>> impasto.load_model("great-wave")("lake.jpg").save("out.png")  # doctest: +SKIP

    Args:
        model: A bundled network's name, with all its styles; a bundled style's name; an ``.onnx``
            file that impasto exported; the run folder of a training with its ``model.onnx``; or
            the code of a style, an ``.imp`` file of `impasto encode`; or ``colors``, which takes
            only the colors of a style, without a network.
        threads: How many to compute with; as many as there are physical cores when None.

    Raises:
        ModelError: There is no such model (the message has the nearest name), or its file is
            damaged, changed, of another version or no model of impasto.
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
    """Stylize a photograph with a trained network, in an instant; torch is not needed for it.

    >>> impasto.apply("lake.jpg", model="great-wave").save("out.png")  # doctest: +SKIP

    Args:
        content: A path, a Pillow image, an array or a ``Picture``.
        model: As :func:`load_model` takes it.
        style: A style image or the code of one, or a folder of images that are one style together;
            or several of these, each with a share after a colon.
        style_size: Longer side in pixels to encode style images at; 0 is the default.
        style_masks: Which part of each style image counts: mask files, or the words ``subject``,
            ``background`` and ``face``.
        threads: How many to compute with; as many as there are physical cores when None.
        **options: Others of `impasto apply`, such as ``strength``, ``size`` or ``keep_color``.

    Raises:
        ImpastoError: A picture cannot be read, there is no such model, or an option cannot be met.
    """
    wanted = filled(ApplyOptions, options)
    styles = [style] if isinstance(style, (str, os.PathLike)) else style
    parts = [Path(each) for each in style_masks]
    if parts and not styles:
        raise OptionError("style_masks", "a style that they are for", style_masks)
    texts = [os.fspath(each) for each in styles]
    found = styled(model, texts, style_size, parts) if styles else model
    picture = read_picture(content, longer=wanted.size)
    return load_model(found, threads=threads).stylize(picture, wanted)
