"""Pictures with their origin, and the roles they have in a painting."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from impasto.image import Picture, file_bytes, picture_in, read_picture

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image

PictureLike: TypeAlias = (
    "str | os.PathLike[str] | PIL.Image.Image | np.ndarray[Any, np.dtype[Any]] | Picture"
)


logger = logging.getLogger("impasto")

_FLAT: Final = 2 / 255
"""Difference between pixels below which nothing is visible."""

Kind = TypeVar("Kind")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Inputs(Generic[Kind]):
    """The inputs of a painting besides its photograph: files, or pictures read from them.

    Attributes:
        styles: The style images, at least one.
        masks: Where each style goes, in the same order; none for everywhere.
        content_mask: White where the picture stays photographic.
    """

    styles: tuple[Kind, ...]
    masks: tuple[Kind, ...] = ()
    content_mask: Kind | None = None

    def roles(self) -> dict[str, Kind]:
        """Each input by its name in a manifest: style, style2, mask1, mask2, content_mask."""
        styles = {_style_role(number): each for number, each in enumerate(self.styles, 1)}
        masks = {f"mask{number}": each for number, each in enumerate(self.masks, 1)}
        kept = {} if self.content_mask is None else {"content_mask": self.content_mask}
        return styles | masks | kept

    @classmethod
    def from_roles(cls, roles: Mapping[str, Kind]) -> Inputs[Kind]:
        """The inputs that :meth:`roles` named, at least one style; other roles are ignored."""
        styles, masks = [roles["style"]], list[Kind]()
        while (name := _style_role(len(styles) + 1)) in roles:
            styles.append(roles[name])
        while (name := f"mask{len(masks) + 1}") in roles:
            masks.append(roles[name])
        return cls(tuple(styles), tuple(masks), roles.get("content_mask"))

    def mapped(self, function: Callable[[Kind], Other]) -> Inputs[Other]:
        """The same inputs, each passed through a function."""
        kept = None if self.content_mask is None else function(self.content_mask)
        return Inputs(tuple(map(function, self.styles)), tuple(map(function, self.masks)), kept)


def _style_role(number: int) -> str:
    return "style" if number == 1 else f"style{number}"


@dataclass(frozen=True)
class Source:
    """An input picture, with what a manifest says about it.

    Attributes:
        picture: The picture.
        name: Name of its file, or ``picture`` if it is not a file.
        path: Path of its file as given, or "".
        sha256: Of the file's bytes, or of the pixels if it is not a file.
    """

    picture: Picture
    name: str
    path: str
    sha256: str

    def entry(self) -> dict[str, Any]:
        """The picture's entry in a manifest."""
        size = [self.picture.width, self.picture.height]
        return {"name": self.name, "path": self.path, "sha256": self.sha256, "size": size}


def open_source(source: PictureLike, longer: int = 0) -> Source:
    """Read a picture and record its origin; for ``longer`` see :func:`impasto.image.read_picture`.

    Raises:
        PictureError: It cannot be read.
    """
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        data = file_bytes(path)  # once, as a pipe can be read only once
        digest = hashlib.sha256(data).hexdigest()
        return Source(picture_in(data, str(path), longer), path.name, str(path), digest)
    picture = read_picture(source)
    return Source(picture, "picture", "", hashlib.sha256(picture.pixels.tobytes()).hexdigest())


def warn_if_flat(style: Source) -> None:
    """Log a warning if a style image has only one color, which makes a flat result."""
    pixels = style.picture.pixels
    if float((pixels.max((0, 1)) - pixels.min((0, 1))).max()) < _FLAT:
        message = "%s: has only one color and no strokes, so the result is flat"
        logger.warning(message, style.path or "the style")
