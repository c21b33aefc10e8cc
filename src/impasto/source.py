"""Pictures and where they came from, and the parts they have in a painting."""

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
"""Difference of light below which nothing is seen."""

Kind = TypeVar("Kind")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Inputs(Generic[Kind]):
    """What a painting is made from besides its photograph: files, or pictures read from them.

    Attributes:
        styles: The pictures whose manner is taken, at least one.
        masks: Where each of the styles goes, in their order; none for everywhere.
        content_mask: White where the picture stays photographic.
    """

    styles: tuple[Kind, ...]
    masks: tuple[Kind, ...] = ()
    content_mask: Kind | None = None

    def roles(self) -> dict[str, Kind]:
        """Each input by what a manifest calls it: style, style2, mask1, mask2, content_mask."""
        styles = {_style_role(number): each for number, each in enumerate(self.styles, 1)}
        masks = {f"mask{number}": each for number, each in enumerate(self.masks, 1)}
        kept = {} if self.content_mask is None else {"content_mask": self.content_mask}
        return styles | masks | kept

    @classmethod
    def from_roles(cls, roles: Mapping[str, Kind]) -> Inputs[Kind]:
        """The inputs that :meth:`roles` named; other roles are left aside.

        Raises:
            KeyError: There is no style.
        """
        styles, masks = [roles["style"]], list[Kind]()
        while (name := _style_role(len(styles) + 1)) in roles:
            styles.append(roles[name])
        while (name := f"mask{len(masks) + 1}") in roles:
            masks.append(roles[name])
        return cls(tuple(styles), tuple(masks), roles.get("content_mask"))

    def mapped(self, function: Callable[[Kind], Other]) -> Inputs[Other]:
        """The same parts, each passed through a function."""
        kept = None if self.content_mask is None else function(self.content_mask)
        return Inputs(tuple(map(function, self.styles)), tuple(map(function, self.masks)), kept)


def _style_role(number: int) -> str:
    return "style" if number == 1 else f"style{number}"


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


def open_source(source: PictureLike, longer: int = 0) -> Source:
    """Read a picture and remember where it came from.

    Args:
        source: The picture.
        longer: Longer side that is wanted; see :func:`impasto.image.read_picture`.

    Raises:
        PictureError: It cannot be read.
    """
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        data = file_bytes(path)  # once, as a pipe gives them only once
        digest = hashlib.sha256(data).hexdigest()
        return Source(picture_in(data, str(path), longer), path.name, str(path), digest)
    picture = read_picture(source)
    return Source(picture, "picture", "", hashlib.sha256(picture.pixels.tobytes()).hexdigest())


def tell_if_flat(style: Source) -> None:
    """Log that a style is of one color, which explains a flat result."""
    pixels = style.picture.pixels
    if float((pixels.max((0, 1)) - pixels.min((0, 1))).max()) < _FLAT:
        told = "%s: is of one color and has no strokes to take on, so the result is flat"
        logger.warning(told, style.path or "the style")
