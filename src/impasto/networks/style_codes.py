"""Style images as codes for a network that takes any style, and the files that hold them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

import numpy as np

from impasto.archive import load_errors, read_arrays
from impasto.errors import ModelError, OptionError
from impasto.files import written_whole
from impasto.image import Picture, scaled
from impasto.networks.network import Network
from impasto.networks.pieces import FloatArray, padded
from impasto.networks.resolve import located
from impasto.options.apply import ANY_STYLE, CODE_SUFFIX
from impasto.pixels.palette import color_moments, moments_matched
from impasto.records import Wrong, parsed_record
from impasto.source import open_source, warn_if_flat

if TYPE_CHECKING:
    from impasto.source import PictureLike

ANY: Final = "adain"  # the method whose networks take any style
USUAL_SIZE: Final = 512  # default longer side of a style image; smaller pictures stay small
_SIZES: Final = (32, 2048)  # smallest and largest longer side of a style image

FORMAT: Final = "impasto-style-1"

_MOST: Final = 1_000_000
"""Bytes of the largest file that may be a code; a code takes some thousands."""


@dataclass(frozen=True, eq=False)
class StyleCode:
    """A style as a network knows it."""

    name: str
    statistics: FloatArray  # (channels, 2): mean and standard deviation
    palette: FloatArray  # (4, 3): mean of the picture's colors, and below it their covariance
    encoder: str  # hash of the encoder, as in the network's card
    picture: str  # SHA-256 of the picture
    size: tuple[int, int]  # width and height in pixels at which it was encoded

    @property
    def sha256(self) -> str:
        """Of the numbers: equal codes paint equal pictures."""
        numbers = np.concatenate([self.statistics.ravel(), self.palette.ravel()])
        return hashlib.sha256(numbers.astype("<f4").tobytes()).hexdigest()


def encoded(
    network: Network, picture: Picture, *, name: str, sha256: str, style_size: int = 0
) -> StyleCode:
    """The code of a style image.

    Args:
        network: One that takes any style.
        picture: The style image.
        name: What to call it.
        sha256: Of its file.
        style_size: Longer side in pixels to encode it at: larger gives larger strokes. 0 is
            ``USUAL_SIZE``, or the picture's own where that is smaller.

    Raises:
        OptionError: The size is out of range.
        ModelError: The network has styles of its own.
    """
    _check_takes_any(network)
    if style_size and not _SIZES[0] <= style_size <= _SIZES[1]:
        sizes = f"pixels from {_SIZES[0]} to {_SIZES[1]}"
        expected = f"0 ({USUAL_SIZE}, or the picture's own) or {sizes}"
        raise OptionError("style_size", expected, style_size)
    style = scaled(picture, style_size or min(USUAL_SIZE, max(picture.width, picture.height)))
    mean, inverse = network.statistics(padded(style.pixels, network.card.multiple))[0].T
    statistics = np.stack([mean, 1 / inverse], axis=1).astype(np.float32)
    palette = np.vstack(color_moments(style.pixels)).astype(np.float32)
    size = style.width, style.height
    return StyleCode(name, statistics, palette, network.card.encoder, sha256, size)


def encode(
    style: PictureLike,
    output: str | os.PathLike[str] | None = None,
    *,
    model: str | os.PathLike[str] = ANY_STYLE,
    style_size: int = 0,
) -> StyleCode:
    """The code of a style image, for any-style networks with the same encoder.

    >>> impasto.encode("night.jpg", "night.imp")  # doctest: +SKIP

    Args:
        style: A path, a Pillow image, an array or a ``Picture``.
        output: The ``.imp`` file to write it to, if any.
        model: As :func:`impasto.load_model` takes it.
        style_size: Longer side in pixels to encode it at; 0 is the default.

    Raises:
        ImpastoError: The image cannot be read, the network has styles of its own, or the file
            cannot be written.
    """
    source = open_source(style, style_size or USUAL_SIZE)
    warn_if_flat(source)
    code = encoded(
        Network(located(model)),
        source.picture,
        name=Path(source.name).stem,
        sha256=source.sha256,
        style_size=style_size,
    )
    if output is not None:
        write_code(code, Path(output))
    return code


def code_of(
    network: Network, name: str, style: PictureLike | StyleCode, style_size: int = 0
) -> StyleCode:
    """The code, under a name, of a style image, a file of a code, or a code.

    Raises:
        PictureError: A picture cannot be read.
        ModelError: A code is damaged or another network's, or this one has styles of its own.
        OptionError: The size is out of range.
    """
    source = name
    if isinstance(style, (str, Path)) and Path(style).suffix.lower() == CODE_SUFFIX:
        source, style = str(style), read_code(Path(style))
    if not isinstance(style, StyleCode):
        opened = open_source(style, style_size or USUAL_SIZE)
        warn_if_flat(opened)
        return encoded(
            network, opened.picture, name=name, sha256=opened.sha256, style_size=style_size
        )
    _check_takes_any(network)
    if style.encoder != network.card.encoder or len(style.statistics) != network.channels:
        raise ModelError(
            f"{source}: a code for another network than {network.name}: make it again with "
            "`impasto encode`, or name its network with --model"
        )
    return replace(style, name=name)


def _check_takes_any(network: Network) -> None:
    if network.card.method != ANY:
        raise ModelError(
            f"{network.name}: takes no --style, it has learned its own (see --style-weights)"
        )


def style_input(codes: Sequence[StyleCode], blend: Mapping[str, float], alpha: float) -> FloatArray:
    """A network's input for a blend of styles, (channels, 3).

    ``alpha`` is how far to go from the photograph, 0, to the style, 1.
    """
    known = {each.name: each.statistics for each in codes}
    mixed = sum(np.float32(share) * known[name] for name, share in blend.items())
    alphas = np.full((len(codes[0].statistics), 1), alpha, np.float32)
    return np.concatenate([np.asarray(mixed, np.float32), alphas], axis=1)


def recolored(
    photograph: Picture, codes: Sequence[StyleCode], blend: Mapping[str, float], alpha: float
) -> FloatArray:
    """The pixels of a photograph with the colors of a blend of styles, by ``alpha`` of the way.

    Transparent parts do not count as its colors.
    """
    known = {each.name: each.palette for each in codes}
    mixed = np.sum([share * known[name].astype(float) for name, share in blend.items()], axis=0)
    pixels = photograph.pixels.copy()
    moments_matched(pixels, (mixed[0], mixed[1:]), alpha, photograph.alpha)
    return pixels


class About(TypedDict):
    """The JSON in the file of a code."""

    format: str
    name: str
    encoder: str
    picture: str
    size: tuple[int, int]


def write_code(code: StyleCode, path: Path) -> None:
    """Write a code as an ``.npz`` archive; ModelError where it cannot be written."""
    about: About = {
        "format": FORMAT,
        "name": code.name,
        "encoder": code.encoder,
        "picture": code.picture,
        "size": code.size,
    }
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    with written_whole(path, ModelError) as temporary, temporary.open("wb") as file:
        statistics, palette = code.statistics.astype("<f4"), code.palette.astype("<f4")
        np.savez(file, about=text, statistics=statistics, palette=palette)


def read_code(path: Path) -> StyleCode:
    """Read a file that :func:`write_code` wrote; ModelError where it is damaged or no such file."""
    with load_errors(path, "the code of a style", ModelError):
        if path.stat().st_size > _MOST:
            raise ValueError("too large")
        arrays = read_arrays(path)
        wrong = Wrong(ModelError, "not the code of a style")
        about = parsed_record(arrays["about"].tobytes(), About, str(path), wrong)
        statistics = np.asarray(arrays["statistics"], np.float32)
        palette = np.asarray(arrays["palette"], np.float32)
        form = about["format"]
        if form != FORMAT:
            advice = f"this impasto reads {FORMAT}: update"
            raise ModelError(f"{path}: a code of format {form}, {advice}")
        if statistics.ndim != 2 or statistics.shape[1] != 2:
            raise ValueError(f"statistics of shape {statistics.shape}")
        if not np.isfinite(statistics).all() or (statistics[:, 1] < 0).any():
            raise ValueError("invalid statistics")
        if palette.shape != (4, 3) or not np.isfinite(palette).all():
            raise ValueError("an invalid palette")
        width, height = about["size"]
        origin = about["encoder"], about["picture"]
        return StyleCode(about["name"], statistics, palette, *origin, (width, height))
