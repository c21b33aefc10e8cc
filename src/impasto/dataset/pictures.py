"""What every source of pictures can do, and how one is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from impasto.dataset.folder import FolderPictures, picture_names
from impasto.dataset.shards import (
    RecordPictures,
    is_pattern,
    is_record_file,
    record_files,
    shards_in,
)
from impasto.errors import PictureError
from impasto.image import READABLE


class Pictures(Protocol):
    """Numbered pictures that are read one at a time. Pickles, for processes that read ahead."""

    def __len__(self) -> int:
        """How many pictures there are, broken ones among them."""

    def name(self, index: int) -> str:
        """Path below the folder, or ``file#record``."""

    def label(self, index: int) -> int:
        """The number of the picture's class; 0 where there are none."""

    def read(self, index: int, at_least: int = 0) -> NDArray[np.uint8]:
        """One picture, upright sRGB.

        Args:
            index: Its number.
            at_least: When positive, the picture may come smaller, with its shorter side still
                at least this long (where it was in the file): JPEG decodes in an eighth of the
                time to an eighth of the size.

        Returns:
            (H, W, 3).

        Raises:
            PictureError: It is broken; the message begins with a path that ends in its name.
        """


def open_pictures(path: str | Path) -> Pictures:
    """Find the pictures to train on, without opening any.

    Args:
        path: A folder tree of images at any depth; a TFRecord file; a folder of ``.tfrecord``
            files; or a pattern for such files, as ``train-*.tfrecord``.

    Raises:
        PictureError: Nothing is there, it holds no pictures, a numbered shard is missing, or a
            file is no TFRecord.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return _from_folder(path)
        if not path.exists() and is_pattern(path):
            return RecordPictures(record_files(path))
        _check_file(path)
        return RecordPictures([path])
    except OSError as error:
        reason = (error.strerror or "not accessible").lower()
        raise PictureError(f"{error.filename or path}: cannot be read ({reason})") from None


def _from_folder(folder: Path) -> FolderPictures | RecordPictures:
    names, shards = picture_names(folder), shards_in(folder)
    if names and shards:
        raise PictureError(
            f"{folder}: holds pictures and TFRecord files; to train on the latter, "
            f"give {folder / '*.tfrecord'}"
        )
    if shards:
        return RecordPictures(record_files(folder))
    return FolderPictures(folder, names)


def _check_file(path: Path) -> None:
    if not path.exists():
        raise PictureError(f"{path}: no such file or folder")
    if path.suffix.lower() in READABLE and not is_record_file(path.name):
        raise PictureError(f"{path}: is one picture, expected a folder of them or a .tfrecord file")


def reason_of(error: PictureError, name: str) -> str:
    """What is wrong with a picture, without the path in front of it."""
    message = str(error)
    _before, found, reason = message.partition(f"{name}: ")
    return reason if found else message
