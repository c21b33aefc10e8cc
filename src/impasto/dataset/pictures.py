"""The interface of all sources of pictures, folder trees, and how to open either kind."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, final

import numpy as np
from numpy.typing import NDArray

from impasto.dataset.fast_decode import decoded
from impasto.dataset.shards import RecordPictures, is_record_file, record_files, shards_in
from impasto.errors import PictureError
from impasto.image import READABLE


class Pictures(Protocol):
    """Numbered pictures that are read one at a time; can be pickled, for worker processes."""

    def __len__(self) -> int:
        """The number of pictures, broken ones included."""

    def name(self, index: int) -> str:
        """Path below the folder, or ``file#record``."""

    def label(self, index: int) -> int:
        """The number of the picture's class; 0 without classes."""

    def read(self, index: int, at_least: int = 0) -> NDArray[np.uint8]:
        """One picture, upright sRGB.

        Args:
            index: Its number.
            at_least: If positive, the picture may be reduced as long as its shorter side is at
                least this long: JPEG decodes to an eighth of the size in an eighth of the time.

        Returns:
            (H, W, 3).

        Raises:
            PictureError: It is broken; the message begins with a path that ends in its name.
        """


@final
class FolderPictures:
    """The images of a folder tree in the order of their paths.

    The top folders are the classes, numbered in the order of their names; images beside them form
    a separate first class.

    Attributes:
        root: The folder.
        classes: Names of the classes; "" is that of images in no folder.

    Raises:
        PictureError: The folder is missing or holds no pictures.
    """

    def __init__(self, root: Path, names: Sequence[str] | None = None) -> None:
        self.root = root
        self._names = tuple(_picture_names(root) if names is None else names)
        if not self._names:
            raise PictureError(f"{root}: holds no pictures ({', '.join(READABLE)})")
        self.classes = tuple(sorted({_class_of(name) for name in self._names}))
        self._numbers = {name: number for number, name in enumerate(self.classes)}

    def __len__(self) -> int:
        return len(self._names)

    def name(self, index: int) -> str:
        """Path below the folder."""
        return self._names[index]

    def label(self, index: int) -> int:
        """The number of the image's top folder; 0 in a flat folder."""
        return self._numbers[_class_of(self._names[index])]

    def path(self, index: int) -> Path:
        """Where the file is."""
        return self.root / self._names[index]

    def read(self, index: int, at_least: int = 0) -> NDArray[np.uint8]:
        """One image; see :meth:`Pictures.read`."""
        path = self.path(index)
        return decoded(path, str(path), at_least)


def open_pictures(path: str | Path) -> Pictures:
    """Find the pictures to train on, without opening any.

    Args:
        path: A folder tree of images at any depth; a TFRecord file; a folder of ``.tfrecord``
            files; or a pattern for such files, such as ``train-*.tfrecord``.

    Raises:
        PictureError: There is nothing at the path, it holds no pictures, a numbered shard is
            missing, or a file is not a TFRecord file.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return _from_folder(path)
        if path.exists() and path.suffix.lower() in READABLE and not is_record_file(path.name):
            expected = "expected a folder of them or a .tfrecord file"
            raise PictureError(f"{path}: is one picture, {expected}")
        return RecordPictures(record_files(path))
    except OSError as error:
        reason = (error.strerror or "not accessible").lower()
        raise PictureError(f"{error.filename or path}: cannot be read ({reason})") from None


def _from_folder(folder: Path) -> FolderPictures | RecordPictures:
    names, shards = _picture_names(folder), shards_in(folder)
    if names and shards:
        raise PictureError(
            f"{folder}: holds pictures and TFRecord files; to train on the latter, "
            f"give {folder / '*.tfrecord'}"
        )
    return RecordPictures(record_files(folder)) if shards else FolderPictures(folder, names)


def _picture_names(root: Path) -> list[str]:
    """Paths of all image files below a folder, chosen by suffix, folder by folder.

    Hidden files and folders are skipped. Links are followed, but no folder is walked twice.
    """
    if not root.is_dir():
        raise PictureError(f"{root}: " + ("is not a folder" if root.exists() else "no such folder"))
    try:
        names = list(_walk(root, "", set()))
    except OSError as error:
        reason = (error.strerror or "not accessible").lower()
        raise PictureError(f"{error.filename}: cannot be listed ({reason})") from None
    return sorted(names, key=lambda name: name.replace(os.sep, "\0"))  # folder by folder


def _walk(folder: Path, prefix: str, seen: set[str]) -> Iterator[str]:
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    below = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                below.append(entry.name)
            elif entry.name.lower().endswith(tuple(READABLE)):
                yield prefix + entry.name
    # In order, so that of two links to one folder always the same one is followed.
    for name in sorted(below):
        yield from _walk(folder / name, f"{prefix}{name}{os.sep}", seen)


def _class_of(name: str) -> str:
    first, separator, _rest = name.partition(os.sep)
    return first if separator else ""
