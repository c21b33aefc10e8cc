"""Pictures with their origin, and their roles in a painting."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from impasto.errors import PictureError
from impasto.files import sha256, with_name
from impasto.image import Picture, file_bytes, picture_in, pictures_in, read_picture

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image

PictureLike: TypeAlias = (
    "str | os.PathLike[str] | PIL.Image.Image | np.ndarray[Any, np.dtype[Any]] | Picture"
)


logger = logging.getLogger("impasto")

_FLAT: Final = 2 / 255
"""Difference between pixels below which nothing is visible."""

MOST_TOGETHER: Final = 200
"""The most pictures of a folder that is one style; all are kept in memory."""

Kind = TypeVar("Kind")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Inputs(Generic[Kind]):
    """The inputs of a painting besides its photograph: files, or pictures read from them.

    Attributes:
        styles: The style images, at least one.
        masks: Where each style goes, in the same order; none for everywhere.
        content_mask: White where the picture stays photographic.
        style_masks: The part of each style image to use; none for all of it.
    """

    styles: tuple[Kind, ...]
    masks: tuple[Kind, ...] = ()
    content_mask: Kind | None = None
    style_masks: tuple[Kind, ...] = ()

    def roles(self) -> dict[str, Kind]:
        """The pictures by their names in a manifest, such as style, style2 and mask1."""
        styles = {_style_role(number): each for number, each in enumerate(self.styles, 1)}
        masks = {f"mask{number}": each for number, each in enumerate(self.masks, 1)}
        kept = {} if self.content_mask is None else {"content_mask": self.content_mask}
        parts = {f"style_mask{number}": each for number, each in enumerate(self.style_masks, 1)}
        return styles | masks | kept | parts

    @classmethod
    def from_roles(cls, roles: Mapping[str, Kind]) -> Inputs[Kind]:
        """The inputs that :meth:`roles` named, at least one style; other roles are ignored."""
        styles = [roles["style"]]
        while (name := _style_role(len(styles) + 1)) in roles:
            styles.append(roles[name])
        masks, parts = list[Kind](), list[Kind]()
        for found, start in ((masks, "mask"), (parts, "style_mask")):
            while (name := f"{start}{len(found) + 1}") in roles:
                found.append(roles[name])
        return cls(tuple(styles), tuple(masks), roles.get("content_mask"), tuple(parts))

    def mapped(self, function: Callable[[Kind], Other]) -> Inputs[Other]:
        """The same inputs, each passed through a function."""
        kept = None if self.content_mask is None else function(self.content_mask)
        lists = self.styles, self.masks, self.style_masks
        styles, masks, parts = (tuple(map(function, each)) for each in lists)
        return Inputs(styles, masks, kept, parts)


def _style_role(number: int) -> str:
    return "style" if number == 1 else f"style{number}"


@dataclass(frozen=True)
class Source:
    """An input picture, with its data for the manifest.

    Attributes:
        picture: The picture; the first one of a folder.
        name: Name of its file or folder, otherwise ``picture``.
        path: Path of it as given, or "".
        sha256: Hash of the file's bytes, of the pixels if it is not a file, or of a folder's
            hashes.
        parts: The pictures of a folder that is one style; otherwise none.
    """

    picture: Picture
    name: str
    path: str
    sha256: str
    parts: tuple[Source, ...] = ()

    @property
    def pictures(self) -> tuple[Source, ...]:
        """The picture, or the pictures of the folder."""
        return self.parts or (self,)

    def entry(self) -> dict[str, Any]:
        """The picture's entry in a manifest; that of a folder lists its pictures."""
        size = [self.picture.width, self.picture.height]
        own = {"name": self.name, "path": self.path, "sha256": self.sha256, "size": size}
        of = [{"name": each.name, "sha256": each.sha256} for each in self.parts]
        return {**own, "pictures": of} if of else own


def open_source(source: PictureLike, longer: int = 0) -> Source:
    """Read a picture and record its origin; for ``longer`` see :func:`impasto.image.read_picture`.

    Raises:
        PictureError: It cannot be read.
    """
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        data = file_bytes(path)  # only once, because of pipes
        digest = hashlib.sha256(data).hexdigest()
        return Source(picture_in(data, str(path), longer), path.name, str(path), digest)
    picture = read_picture(source)
    return Source(picture, "picture", "", hashlib.sha256(picture.pixels.tobytes()).hexdigest())


def open_style(style: Kind, read: Callable[[Any], Source] = open_source) -> Source:
    """Read a style: a picture, or a folder whose pictures count as one style.

    Raises:
        PictureError: A picture cannot be read, or the folder has none, or too many.
    """
    if not (isinstance(style, (str, os.PathLike)) and Path(style).is_dir()):
        return read(style)
    folder = Path(style)
    parts = tuple(map(read, style_files(folder)))
    digest = _together(each.sha256 for each in parts)
    return Source(parts[0].picture, with_name(folder).name, str(folder), digest, parts)


def style_files(style: Path) -> list[Path]:
    """The file of a style, or the pictures of its folder.

    Raises:
        PictureError: It has no pictures, or too many.
    """
    if not style.is_dir():
        return [style]
    found = pictures_in(style)
    if len(found) > MOST_TOGETHER:
        raise PictureError(
            f"{style}: has {len(found)} pictures, a style may have at most {MOST_TOGETHER}"
        )
    return found


def style_hash(style: Path) -> str:
    """The hash of a style's file or folder, as in a Source.

    Raises:
        PictureError: The folder has no pictures, or too many.
        OSError: A file cannot be read.
    """
    files = style_files(style)
    return _together(map(sha256, files)) if style.is_dir() else sha256(style)


def _together(digests: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def warn_if_flat(style: Source) -> None:
    """Log a warning if a style image has only one color, which makes a flat result."""
    for each in style.pictures:
        pixels = each.picture.pixels
        if float((pixels.max((0, 1)) - pixels.min((0, 1))).max()) < _FLAT:
            message = "%s: has only one color and no strokes, so the result is flat"
            logger.warning(message, each.path or "the style")
