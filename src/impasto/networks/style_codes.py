"""Codes of style images for any-style networks."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from impasto.errors import ModelError, OptionError
from impasto.image import Picture, resampled, scaled, spread
from impasto.networks.card import ANY, COLORS
from impasto.networks.code_file import StyleCode, read_code, write_code
from impasto.networks.network import Network
from impasto.networks.only_colors import Palettes, palette_code
from impasto.networks.own import check_free, kept
from impasto.networks.pieces import FloatArray, padded
from impasto.networks.resolve import located
from impasto.options.apply import ANY_STYLE, CODE_SUFFIX
from impasto.pixels.palette import color_moments, moments_matched
from impasto.source import Source, open_source, open_style, warn_if_flat

if TYPE_CHECKING:
    from impasto.source import PictureLike

USUAL_SIZE: Final = 512  # default longer side of a style image; smaller pictures stay small
_PART: Final = 0.7  # share of the sides of a style image, in two corners
_SEEN: Final = 256  # sides to which networks of method ghiasi resize a style image
_COLORING: Final = 16 + 8 + 3  # channels after the residual blocks, which set colors and contrast
_SIZES: Final = (32, 2048)  # smallest and largest longer side of a style image


def encoded(
    network: Network | Palettes, picture: Picture, *, name: str, sha256: str, style_size: int = 0
) -> StyleCode:
    """The code of one style image.

    Args:
        network: An any-style network.
        picture: The style image.
        name: Its name.
        sha256: The hash of its file.
        style_size: Longer side in pixels to encode it at (adain): larger gives larger strokes. 0
            is ``USUAL_SIZE``, or the picture's own where that is smaller.

    Raises:
        OptionError: The size is out of range, or the network has one of its own.
        ModelError: The network has styles of its own.
    """
    _check_takes_any(network)
    if isinstance(network, Palettes):
        return palette_code(picture, name=name, sha256=sha256, style_size=style_size)
    if style_size and not _SIZES[0] <= style_size <= _SIZES[1]:
        sizes = f"pixels from {_SIZES[0]} to {_SIZES[1]}"
        expected = f"0 ({USUAL_SIZE}, or the picture's own) or {sizes}"
        raise OptionError("style_size", expected, style_size)
    if network.card.method == "ghiasi":
        if style_size:
            seen = f"0, as this network sees style images at {_SEEN} pixels: use style_scale"
            raise OptionError("style_size", seen, style_size)
        numbers = _codes(network, _views(picture.pixels)).mean(0)
        size = _SEEN, _SEEN
        palette = color_moments(picture.pixels)
    else:
        style = scaled(picture, style_size or min(USUAL_SIZE, max(picture.width, picture.height)))
        mean, inverse = network.encoded(padded(style.pixels, network.card.multiple))[0].T
        numbers, size = np.stack([mean, 1 / inverse], axis=1), (style.width, style.height)
        palette = color_moments(style.pixels)
    kept = numbers.astype(np.float32), np.vstack(palette).astype(np.float32)
    return StyleCode(name, *kept, network.card.encoder, sha256, size)


def _views(pixels: FloatArray) -> list[FloatArray]:
    """A style image as a whole, and a crop from each of two opposite corners.

    The mean of their codes describes strokes better than the code of the whole, which is reduced.
    Over 24 pairs the style distance fell from 0.334 to 0.314 and the content distance from 0.943 to
    0.935; with all four corners to 0.311 and 0.933, for two thirds more time.
    """
    height, width = (max(1, round(_PART * side)) for side in pixels.shape[:2])
    return [pixels, pixels[:height, :width], pixels[-height:, -width:]]


def own_code(network: Network, pixels: FloatArray) -> FloatArray:
    """The scales and shifts, (channels, 2), of pixels (H, W, 3), by a network of method ghiasi.

    They are resized to a square, as in the training of its predictor.
    """
    code: FloatArray = _codes(network, [pixels])[0]
    return code


def _codes(network: Network, pictures: Sequence[FloatArray]) -> FloatArray:
    small = np.stack([resampled(each, _SEEN, _SEEN) for each in pictures])
    return network.encoded(np.ascontiguousarray(small.transpose(0, 3, 1, 2)))


def encode(
    style: PictureLike,
    output: str | os.PathLike[str] | None = None,
    *,
    as_: str = "",
    overwrite: bool = False,
    model: str | os.PathLike[str] = ANY_STYLE,
    style_size: int = 0,
    style_mask: PictureLike | None = None,
) -> StyleCode:
    """The code of a style, for any-style networks with the same encoder.

    >>> impasto.encode("night.jpg", "night.imp")  # doctest: +SKIP

    Args:
        style: A path, a Pillow image, an array or a ``Picture``; or a folder, whose pictures count
            as one style: their mean code.
        output: The ``.imp`` file to write it to, if any.
        as_: The name to store it under, among the user's own styles, if any.
        overwrite: Whether one of the user's own with that name may be replaced.
        model: As :func:`impasto.load_model` takes it.
        style_size: Longer side in pixels to encode it at; 0 is the default.
        style_mask: The part of it to use, in white: a picture, or ``subject``, ``background`` or
            ``face``.

    Raises:
        ImpastoError: The image cannot be read, the network has learned styles, the name is used
            already, or the file cannot be written.
    """
    if as_:
        if model != ANY_STYLE:
            raise OptionError("as", f"no other network than {ANY_STYLE} with it", as_)
        check_free(as_, overwrite=overwrite)
    if model == COLORS:
        raise OptionError("model", "a network, as a style's colors alone need no code", COLORS)
    source = _opened(style, style_size)
    code = _together(
        Network(located(model)), source, Path(source.name).stem, style_size, style_mask
    )
    if output is not None:
        write_code(code, Path(output))
    if as_:
        with kept(as_, CODE_SUFFIX) as path:
            write_code(code, path)
    return code


def code_of(
    network: Network | Palettes,
    name: str,
    style: PictureLike | StyleCode,
    style_size: int = 0,
    mask: PictureLike | None = None,
) -> StyleCode:
    """The code, under a name, of a style image or a folder of them, a file of a code, or a code.

    ``mask`` selects the part of a picture to use.

    Raises:
        PictureError: A picture or a mask cannot be read.
        ModelError: A code is damaged or another network's, or this one has styles of its own.
        OptionError: The size is out of range, or a code has a mask.
    """
    source = name
    if isinstance(style, (str, Path)) and Path(style).suffix.lower() == CODE_SUFFIX:
        source, style = str(style), read_code(Path(style))
    if not isinstance(style, StyleCode):
        return _together(network, _opened(style, style_size), name, style_size, mask)
    _check_takes_any(network)
    if mask is not None:
        raise OptionError(
            "style_masks", f"none for {source}, as a code shows no picture", str(mask)
        )
    known = style.encoder == network.card.encoder and len(style.numbers) == network.channels
    if not (known or isinstance(network, Palettes)):
        raise ModelError(
            f"{source}: a code for another network than {network.name}: make it again with "
            "`impasto encode`, or name its network with --model"
        )
    return replace(style, name=name)


def _opened(style: PictureLike, style_size: int) -> Source:
    source = open_style(style, functools.partial(open_source, longer=style_size or USUAL_SIZE))
    warn_if_flat(source)
    return source


def _together(
    network: Network | Palettes, style: Source, name: str, style_size: int, mask: PictureLike | None
) -> StyleCode:
    """The mean of the codes of a style's pictures, each filled with its part."""
    _check_takes_any(network)
    pictures = [each.picture for each in style.pictures]
    if mask is not None:
        from impasto.networks.masking import style_parts  # late, because few styles need it

        pairs = zip(pictures, style_parts(mask, style), strict=True)
        pictures = [replace(each, pixels=spread(each.pixels, part)) for each, part in pairs]
    about: dict[str, Any] = {"name": name, "sha256": style.sha256, "style_size": style_size}
    codes = [encoded(network, each, **about) for each in pictures]
    if len(codes) == 1:
        return codes[0]
    numbers = np.stack([each.numbers for each in codes]).mean(0)
    means = np.stack([each.palette[0] for each in codes]).astype(float)
    # The differences between the means add to the variance of the whole.
    covariance = np.mean([each.palette[1:] for each in codes], axis=0) + np.cov(means.T, bias=True)
    palette = np.vstack([means.mean(0), covariance]).astype(np.float32)
    return replace(codes[0], numbers=numbers, palette=palette)


def _check_takes_any(network: Network | Palettes) -> None:
    if network.card.method not in (*ANY, COLORS):
        raise ModelError(
            f"{network.name}: takes no --style, it has learned its own (see --style-weights)"
        )


def style_input(
    network: Network,
    codes: Sequence[StyleCode],
    blend: Mapping[str, float],
    photograph: FloatArray,
    strength: float,
) -> FloatArray:
    """A network's input for a blend of styles, (channels, 2 or 3).

    ``strength`` goes from the photograph (0) to the style (1) and beyond; there strokes go on and
    colors stay the style's (ghiasi).
    """
    known = {each.name: each.numbers for each in codes}
    shares = (np.float32(share) * known[name] for name, share in blend.items())
    mixed: FloatArray = np.sum([*shares], axis=0, dtype=np.float32)
    if network.card.method == "adain":
        alphas = np.full((len(mixed), 1), strength, np.float32)
        return np.concatenate([mixed, alphas], axis=1)
    if strength == 1:
        return mixed
    own = own_code(network, photograph)
    moved = own + np.float32(strength) * (mixed - own)
    if strength > 1:
        moved[-_COLORING:] = mixed[-_COLORING:]
    return moved


def recolored(
    photograph: Picture,
    codes: Sequence[StyleCode],
    blend: Mapping[str, float],
    alpha: float,
    moments: FloatArray | None = None,
) -> FloatArray:
    """The pixels of a photograph with the colors of a blend of styles, by ``alpha`` of the way.

    Transparent parts do not count as its colors, whose mean and covariance, (4, 3), may be given.
    """
    known = {each.name: each.palette for each in codes}
    mixed = np.sum([share * known[name].astype(float) for name, share in blend.items()], axis=0)
    pixels = photograph.pixels.copy()
    own = None if moments is None else (moments[0].astype(float), moments[1:].astype(float))
    moments_matched(pixels, (mixed[0], mixed[1:]), alpha, photograph.alpha, own)
    return pixels
