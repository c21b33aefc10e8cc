"""Codes of styles: kept in files, and made of whatever a style is given as."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict

import numpy as np

from impasto.archive import damage_told, read_arrays
from impasto.errors import ModelError
from impasto.files import written_whole
from impasto.records import Wrong, parsed_record
from impasto.runtime.anystyle import USUAL_SIZE, StyleCode, check_fits, encoded
from impasto.runtime.style_pictures import CODE_SUFFIX, StylePicture
from impasto.source import open_source, tell_if_flat

if TYPE_CHECKING:
    from impasto.runtime.network import Network

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
    with damage_told(path, "the code of a style", ModelError):
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
