"""A picture and where it came from."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from impasto.files import sha256
from impasto.image import Picture, read_picture

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image

PictureLike: TypeAlias = (
    "str | os.PathLike[str] | PIL.Image.Image | np.ndarray[Any, np.dtype[Any]] | Picture"
)


@dataclass(frozen=True)
class Source:
    """A picture that goes into a result, with what a manifest says of it.

    Attributes:
        picture: The picture.
        name: Name of its file, or ``picture`` when it is no file.
        path: Path of its file as it was given, or "".
        sha256: Of the file's bytes, or of the pixels when it is no file.
    """

    picture: Picture
    name: str
    path: str
    sha256: str

    def entry(self) -> dict[str, Any]:
        """What a manifest says of it."""
        size = [self.picture.width, self.picture.height]
        return {"name": self.name, "path": self.path, "sha256": self.sha256, "size": size}


def open_source(source: PictureLike) -> Source:
    """Read a picture and remember where it came from.

    Raises:
        PictureError: It cannot be read.
    """
    picture = read_picture(source)  # first, as its errors say more than those of hashing
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        return Source(picture, path.name, str(path), sha256(path))
    return Source(picture, "picture", "", hashlib.sha256(picture.pixels.tobytes()).hexdigest())
