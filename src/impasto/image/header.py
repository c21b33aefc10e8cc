"""What the beginning of a picture's file says, without decoding the rest."""

from __future__ import annotations

import io
from pathlib import Path

from impasto.image.opening import damage_named, file_bytes, opened


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of a picture file as it is stored, before it is turned upright.

    Whoever takes files from strangers asks this first: a small file may claim any size.

    Raises:
        PictureError: The file is missing, empty, damaged or no picture.
        MissingExtraError: It is a HEIC file and pillow-heif is not installed.
    """
    name, data = str(path), file_bytes(path)
    with damage_named(name):
        image = opened(data, name)
        if image is not None:
            return image.size
        from tifffile import TiffFile

        with TiffFile(io.BytesIO(data)) as file:
            page = file.pages.first
            return int(page.imagewidth), int(page.imagelength)
