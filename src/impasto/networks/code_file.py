"""The code of a style image, and its file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

import numpy as np

from impasto.archive import load_errors, read_arrays
from impasto.errors import ModelError
from impasto.files import written_whole
from impasto.networks.pieces import FloatArray
from impasto.records import Wrong, parsed_record

FORMAT: Final = "impasto-style-1"

_MOST: Final = 1_000_000
"""Bytes of the largest file that may be a code; a code has a few thousand."""


@dataclass(frozen=True, eq=False)
class StyleCode:
    """A style as an any-style network's code."""

    name: str
    numbers: FloatArray  # (channels, 2): mean and deviation (adain), scale and shift (ghiasi)
    palette: FloatArray  # (4, 3): mean of the picture's colors, and below it their covariance
    encoder: str  # hash of the encoder, as in the network's card
    picture: str  # SHA-256 of the picture
    size: tuple[int, int]  # width and height in pixels at which it was encoded

    @property
    def sha256(self) -> str:
        """Hash of the numbers: equal codes give equal pictures."""
        numbers = np.concatenate([self.numbers.ravel(), self.palette.ravel()])
        return hashlib.sha256(numbers.astype("<f4").tobytes()).hexdigest()


class About(TypedDict):
    """The JSON in the file of a code."""

    format: str
    name: str
    encoder: str
    picture: str
    size: tuple[int, int]


def write_code(code: StyleCode, path: Path) -> None:
    """Write a code as an ``.npz`` archive; ModelError if it cannot be written."""
    about: About = {
        "format": FORMAT,
        "name": code.name,
        "encoder": code.encoder,
        "picture": code.picture,
        "size": code.size,
    }
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    with written_whole(path, ModelError) as temporary, temporary.open("wb") as file:
        numbers, palette = code.numbers.astype("<f4"), code.palette.astype("<f4")
        np.savez(file, about=text, statistics=numbers, palette=palette)


def read_code(path: Path) -> StyleCode:
    """Read a file that :func:`write_code` wrote; ModelError if it is damaged or another file."""
    with load_errors(path, "the code of a style", ModelError):
        if path.stat().st_size > _MOST:
            raise ValueError("too large")
        arrays = read_arrays(path)
        wrong = Wrong(ModelError, "not the code of a style")
        about = parsed_record(arrays["about"].tobytes(), About, str(path), wrong)
        numbers = np.asarray(arrays["statistics"], np.float32)
        palette = np.asarray(arrays["palette"], np.float32)
        form = about["format"]
        if form != FORMAT:
            advice = f"this impasto reads {FORMAT}: update"
            raise ModelError(f"{path}: a code of format {form}, {advice}")
        if numbers.ndim != 2 or numbers.shape[1] != 2:
            raise ValueError(f"numbers of shape {numbers.shape}")
        if not np.isfinite(numbers).all():
            raise ValueError("values that are not finite")
        if palette.shape != (4, 3) or not np.isfinite(palette).all():
            raise ValueError("an invalid palette")
        width, height = about["size"]
        origin = about["encoder"], about["picture"]
        return StyleCode(about["name"], numbers, palette, *origin, (width, height))
