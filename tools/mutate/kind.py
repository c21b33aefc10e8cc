"""What a kind of file is to the mutation run, and small pictures for many of them."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from tools.mutate.mutations import spoiled

Read = Callable[[Path], object]
Spoil = Callable[[Any, Random, Any], bytes]


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        name: Of the kind, and of its files.
        suffix: Of its files.
        make: What is right: bytes, or values where ``spoil`` knows their structure.
        read: Reads a file as the program does.
        spoil: Spoils one of them, given another.
        share: How many of its files there are, relative to other kinds.
        pack: What is right as a file.
    """

    name: str
    suffix: str
    make: Callable[[], list[Any]]
    read: Read
    spoil: Spoil = field(default=lambda right, chance, other: spoiled(right, chance, other))
    share: float = 1.0
    pack: Callable[[Any], bytes] = bytes


def pixels(height: int = 24, width: int = 32, channels: int = 3) -> np.ndarray:
    """A small picture with an edge in it."""
    y, x = np.mgrid[:height, :width]
    planes = [(x * 7) % 256, (y * 9) % 256, (x * y) % 256, np.where(x > y, 255, 90)]
    return np.stack(planes[:channels], -1).astype(np.uint8)


def encoded(form: str, **given: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels(channels=given.pop("channels", 3))).save(file, form, **given)
    return file.getvalue()


@cache
def icc() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif() -> bytes:
    exif = Image.Exif()
    exif[274], exif[315], exif[306] = 6, "A. Painter", "2026:01:01 00:00:00"
    exif.get_ifd(0x8825)[1] = "N"
    return exif.tobytes()


def with_manifest(suffix: str, manifest: Any = None, **given: Any) -> bytes:
    from impasto.image import Picture, write_picture

    path = work() / f"written{suffix}"
    picture = Picture(levels(), manifest=manifest or {"command": "paint"})
    write_picture(replace(picture, **given), path)
    return path.read_bytes()


def work() -> Path:
    """The folder of this run."""
    return Path(os.environ["MUTATE_WORK"])


def levels() -> Any:
    """The small picture as the library has it."""
    return pixels().astype(np.float32) / np.float32(255)


def placed(path: Path, name: str) -> Path:
    """An empty folder with a copy of a file in it."""
    folder = work() / "folder"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(path, folder / name)
    return folder


@cache
def of_content() -> Path:
    path = work() / "content.png"
    path.write_bytes(encoded("PNG"))
    return path
