"""Codes of styles: kept in files, and made of whatever a style is given as."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from impasto.errors import ModelError
from impasto.files import written_whole
from impasto.runtime.anystyle import StyleCode, check_fits, encoded
from impasto.runtime.style_pictures import CODE_SUFFIX, StylePicture
from impasto.source import open_source

if TYPE_CHECKING:
    from impasto.runtime.network import Network

FORMAT: Final = "impasto-style-1"

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
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as temporary, temporary.open("wb") as file:
            numbers = code.statistics.astype("<f4"), code.palette.astype("<f4")
            np.savez(file, about=text, statistics=numbers[0], palette=numbers[1])
    except OSError as error:
        raise ModelError(f"{path}: cannot be written ({error.strerror})") from None


def read_code(path: Path) -> StyleCode:
    """Read a file that :func:`write_code` wrote.

    Raises:
        ModelError: It cannot be read, is damaged, or no such file.
    """
    try:
        if path.stat().st_size > _MOST:
            raise ValueError("too large")
        # By way of memory: of an archive that is none numpy would leave the file open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            about: Any = json.loads(file["about"].tobytes())
            statistics = np.asarray(file["statistics"], np.float32)
            palette = np.asarray(file["palette"], np.float32)
        return _checked(about, statistics, palette, path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        reason = str(error).partition("\n")[0]
        raise ModelError(f"{path}: no code of a style, or a damaged one ({reason})") from None


def _checked(about: Any, statistics: Any, palette: Any, path: Path) -> StyleCode:
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
    name, encoder, picture = (str(about[key]) for key in ("name", "encoder", "picture"))
    return StyleCode(name, statistics, palette, encoder, picture, (int(width), int(height)))


def _code(network: Network, style: StylePicture, style_size: int) -> StyleCode:
    if style.path.suffix.lower() == CODE_SUFFIX:
        kept = read_code(style.path)
        check_fits(kept, network, str(style.path))
        return replace(kept, name=style.name)
    source = open_source(style.path)
    return encoded(
        network, source.picture, name=style.name, sha256=source.sha256, style_size=style_size
    )
