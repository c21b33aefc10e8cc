"""A folder tree of images."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from impasto.dataset.decode import decoded
from impasto.errors import PictureError
from impasto.image import READABLE


@final
class FolderPictures:
    """The images of a folder tree in the order of their paths.

    The folders at the top are the classes, numbered in the order of their names; images beside
    them are a class of their own that comes first.

    Attributes:
        root: The folder.
        classes: Names of the classes; "" is the images that lie in no folder.

    Raises:
        PictureError: The folder is missing or holds no pictures.
    """

    def __init__(self, root: Path, names: Sequence[str] | None = None) -> None:
        self.root = root
        self._names = tuple(picture_names(root) if names is None else names)
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
        """The number of the folder at the top that the image is in; 0 in a flat folder."""
        return self._numbers[_class_of(self._names[index])]

    def path(self, index: int) -> Path:
        """Where the file is."""
        return self.root / self._names[index]

    def read(self, index: int, at_least: int = 0) -> NDArray[np.uint8]:
        """One image; see :meth:`impasto.dataset.Pictures.read`."""
        path = self.path(index)
        return decoded(path, str(path), at_least)


def picture_names(root: Path) -> list[str]:
    """Paths of all image files below a folder, chosen by suffix, folder by folder.

    Hidden files and folders are left out. Links are followed, but no folder is walked twice.

    Raises:
        PictureError: There is no such folder, or one below cannot be looked into.
    """
    if not root.is_dir():
        raise PictureError(f"{root}: " + ("is not a folder" if root.exists() else "no such folder"))
    seen: set[str] = set()
    try:
        names = list(_walk(root, "", seen))
    except OSError as error:
        reason = (error.strerror or "not accessible").lower()
        raise PictureError(f"{error.filename}: cannot be looked into ({reason})") from None
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
    # In order, so that of two links to one folder it is always the same that counts.
    for name in sorted(below):
        yield from _walk(folder / name, f"{prefix}{name}{os.sep}", seen)


def _class_of(name: str) -> str:
    first, separator, _rest = name.partition(os.sep)
    return first if separator else ""
