"""Style images as codes for a network that takes any style, and the files that keep them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypedDict

import numpy as np
from numpy.typing import NDArray

from impasto.archive import load_errors, read_arrays
from impasto.errors import ModelError, OptionError
from impasto.files import written_whole
from impasto.image import Picture
from impasto.networks.network import Network
from impasto.networks.pieces import padded, scaled
from impasto.networks.resolve import StylePicture, located
from impasto.options.apply import ANY_STYLE, CODE_SUFFIX
from impasto.pixels.palette import color_moments, moments_matched
from impasto.records import Wrong, parsed_record
from impasto.source import PictureLike, open_source, tell_if_flat

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


def encode(
    style: PictureLike,
    output: str | os.PathLike[str] | None = None,
    *,
    model: str | os.PathLike[str] = ANY_STYLE,
    style_size: int = 0,
) -> StyleCode:
    """The code of a style image, by which any-style networks with the same encoder know it.

    >>> impasto.encode("night.jpg", "night.imp")  # doctest: +SKIP

    Args:
        style: A path, a Pillow image, an array or a ``Picture``.
        output: The ``.imp`` file to write it to, if any.
        model: As :func:`impasto.load_model` takes it.
        style_size: Longer side in pixels to which the image is scaled; 0 is as usual.

    Raises:
        ImpastoError: The image cannot be read, the network has styles of its own, or the file
            cannot be written.
    """
    source = open_source(style, style_size or USUAL_SIZE)
    tell_if_flat(source)
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


FORMAT: Final = "impasto-style-1"

NUMBERS: Final = ("statistics", "palette")


class About(TypedDict):
    """What the file of a code says of it."""

    format: str
    name: str
    encoder: str
    picture: str
    size: tuple[int, int]


_MOST: Final = 1_000_000
"""Bytes of the largest file that may be a code; a code takes some thousands."""


def codes_of(
    network: Network, pictures: Sequence[StylePicture], style_size: int = 0
) -> tuple[StyleCode, ...]:
    """Codes of styles by their pictures or code files, under the names they have there.

    Raises:
        PictureError: A picture cannot be read.
        ModelError: A code is damaged or another network's, or this one has styles of its own.
        OptionError: The size is none a style can have.
    """
    return tuple(_code(network, each, style_size) for each in pictures)


def write_code(code: StyleCode, path: Path) -> None:
    """Write a code as a file: an ``.npz`` archive of its statistics and what is known of them.

    Raises:
        ModelError: The file cannot be written.
    """
    about = {
        "format": FORMAT,
        "name": code.name,
        "encoder": code.encoder,
        "picture": code.picture,
        "size": list(code.size),
    }
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    with written_whole(path, ModelError) as temporary, temporary.open("wb") as file:
        numbers = code.statistics.astype("<f4"), code.palette.astype("<f4")
        np.savez(file, about=text, statistics=numbers[0], palette=numbers[1])


def read_code(path: Path) -> StyleCode:
    """Read a file that :func:`write_code` wrote.

    Raises:
        ModelError: It cannot be read, is damaged, or no such file.
    """
    with load_errors(path, "the code of a style", ModelError):
        if path.stat().st_size > _MOST:
            raise ValueError("too large")
        arrays = read_arrays(path)
        about = parsed_record(
            arrays["about"].tobytes(),
            About,
            str(path),
            Wrong(ModelError, "not the code of a style"),
        )
        statistics, palette = (np.asarray(arrays[name], np.float32) for name in NUMBERS)
        return _checked(about, statistics, palette, path)


def _checked(about: About, statistics: Any, palette: Any, path: Path) -> StyleCode:
    if about["format"] != FORMAT:
        form = about["format"]
        raise ModelError(f"{path}: a code of format {form}, this impasto reads {FORMAT}: update")
    if statistics.ndim != 2 or statistics.shape[1] != 2:
        raise ValueError(f"statistics of shape {statistics.shape}")
    if not np.isfinite(statistics).all() or (statistics[:, 1] < 0).any():
        raise ValueError("statistics that are none")
    if palette.shape != (4, 3) or not np.isfinite(palette).all():
        raise ValueError("a palette that is none")
    width, height = about["size"]
    names = about["name"], about["encoder"], about["picture"]
    return StyleCode(names[0], statistics, palette, *names[1:], (width, height))


def _code(network: Network, style: StylePicture, style_size: int) -> StyleCode:
    if style.path.suffix.lower() == CODE_SUFFIX:
        kept = read_code(style.path)
        check_fits(kept, network, str(style.path))
        return replace(kept, name=style.name)
    source = open_source(style.path, style_size or USUAL_SIZE)
    tell_if_flat(source)
    return encoded(
        network, source.picture, name=style.name, sha256=source.sha256, style_size=style_size
    )
