"""A photograph as it looks in a style, at once: what the wall and the easel show."""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from impasto.errors import OptionError
from impasto.image import Picture, read_picture, resampled, scaled
from impasto.networks.pieces import FloatArray
from impasto.networks.words import made_mask
from impasto.studio.instant import Instant

PICTURE: Final = "@"
"""Begins the key of a style that is a picture; all others are names of learned styles."""

_SIDE: Final = 1024  # longer side of the photographs that are kept in memory
_KEPT: Final = 8
_MOST: Final = 8  # styles in one look


@dataclass(frozen=True)
class Look:
    """How a photograph is to look.

    Attributes:
        styles: Shares by key: the name of a learned style, or ``@`` and the name of a picture.
        strength: 0 is the photograph, 1 the style, 2 twice as strong.
        scale: Size of the strokes.
        colors: Way to keep the photograph's colors.
        faces: How far faces keep their likeness, from 0 to 1.

    Raises:
        OptionError: There is no style, or a value is of the wrong type.
    """

    styles: Mapping[str, float]
    strength: float = 1.0
    scale: float = 1.0
    colors: str = "none"
    faces: float = 0.0

    def __post_init__(self) -> None:
        numbers = (*self.styles.values(), self.strength, self.scale, self.faces)
        if not all(isinstance(each, (int, float)) and math.isfinite(each) for each in numbers):
            raise OptionError("look", "numbers for shares, strength, scale and faces", numbers)
        if not 1 <= len(self.styles) <= _MOST:
            raise OptionError("styles", f"1 to {_MOST} styles", len(self.styles))

    @property
    def asked(self) -> dict[str, Any]:
        """What a painting is asked for that begins from it."""
        weights = {"style_weights": [*self.styles.values()]} if self.is_drawn else {}
        return {
            "strength": self.strength, "strokes": self.scale, "colors": self.colors, **weights,
            **({"faces": self.faces} if self.faces else {}),
        }  # fmt: skip

    @property
    def is_drawn(self) -> bool:
        """Whether its styles are pictures."""
        return all(key.startswith(PICTURE) for key in self.styles)

    def to_json(self) -> dict[str, Any]:
        """Plain values by name."""
        return {**vars(self), "styles": dict(self.styles)}


def look_of(values: Mapping[str, Any]) -> Look:
    """The look that :meth:`Look.to_json` wrote, or a page asks for.

    Raises:
        OptionError: It is none.
    """
    styles = values.get("styles")
    if not isinstance(styles, Mapping) or not isinstance(values.get("colors", ""), str):
        raise OptionError("look", "styles with shares, strength, scale and colors", values)
    names = ("strength", "scale", "colors", "faces")
    known = {name: values[name] for name in names if name in values}
    return Look({str(key): share for key, share in styles.items()}, **known)


WHERE: Final[Mapping[str, str]] = {"subject": "background", "background": "subject"}
"""Parts that can be painted alone, and what stays a photograph then."""


@dataclass(frozen=True)
class Place:
    """Where a photograph is painted.

    Attributes:
        where: A part of it, ``subject`` or ``background``; "" is everywhere.
        brushed: Name of a picture of strokes, which goes before ``where``; "" where there is none.

    Raises:
        OptionError: There is no such part.
    """

    where: str = ""
    brushed: str = ""

    def __post_init__(self) -> None:
        if self.where and self.where not in WHERE:
            raise OptionError("where", " or ".join(WHERE), self.where)


EVERYWHERE: Final = Place()


class Looks:
    """Paints looks, and keeps the last few photographs small in memory."""

    def __init__(self, instant: Instant) -> None:
        self._instant = instant
        self._small: dict[Path, NDArray[np.unsignedinteger[Any]]] = {}
        self._lock = threading.Lock()
        self._subjects: dict[Path, FloatArray] = {}
        self._finding = threading.Lock()

    def remember(self, path: Path, picture: Picture) -> None:
        """Keep a photograph small that is about to be looked at."""
        side = min(_SIDE, max(picture.width, picture.height))
        small = scaled(replace(picture, alpha=None), side).levels(8)
        with self._lock:
            self._small.pop(path, None)
            self._small[path] = small
            for old in [*self._small][:-_KEPT]:
                del self._small[old]

    def small(self, path: Path, side: int) -> Picture:
        """A picture of ours, scaled down to a longer side if it is larger."""
        if side > _SIDE:
            picture = read_picture(path, longer=side)
        else:
            with self._lock:
                known = self._small.get(path)
            if known is None:
                self.remember(path, read_picture(path, longer=_SIDE))
                known = self._small[path]
            picture = Picture(known.astype(np.float32) / np.float32(255))
        return scaled(picture, min(side, max(picture.width, picture.height)))

    def kept(self, path: Path, where: str) -> FloatArray:
        """What stays of a photograph if only that part is painted, (H, W) in [0, 1]."""
        with self._finding:
            if path not in self._subjects:
                self._subjects[path] = made_mask("subject", self.small(path, _SIDE))
            for old in [*self._subjects][:-_KEPT]:
                del self._subjects[old]
            subject = self._subjects[path]
        return 1 - subject if where == "subject" else subject

    def painted(self, photograph: Picture, look: Look, pictures: Mapping[str, Path]) -> Picture:
        """A photograph in a look, with a manifest.

        Args:
            photograph: At the size of the result.
            look: What it is to look like.
            pictures: Files of the pictures among its styles, by key.

        Raises:
            ImpastoError: A style is not here, or they cannot be blended.
        """
        options: dict[str, Any] = {
            "strength": look.strength, "style_scale": look.scale, "keep_color": look.colors,
            "faces": look.faces,
        }  # fmt: skip
        if pictures:
            if len(pictures) < len(look.styles):
                raise OptionError("styles", "trained styles alone or pictures alone", "both")
            names = {key: f"style{number}" for number, key in enumerate(look.styles, 1)}
            files = {names[key]: path for key, path in pictures.items()}
            shares = {names[key]: share for key, share in look.styles.items()}
            return self._instant.in_styles(photograph, files, shares, **options)
        translators = [each.name for each in self._instant.translators]
        if found := [name for name in look.styles if name in translators]:
            if len(look.styles) > 1:
                raise OptionError("styles", f"{found[0]} alone, as it cannot be blended", "several")
            return self._instant.translated(photograph, found[0], **_fading(options))
        return self._instant.blended(photograph, look.styles, **options)


def _fading(options: dict[str, Any]) -> dict[str, Any]:
    """What a network can do that knows neither strokes nor more than its style."""
    return {**options, "style_scale": 1.0, "strength": min(1.0, options["strength"])}


def left(painted: Picture, photograph: Picture, keep: FloatArray) -> Picture:
    """A painted picture in which a part is left as it is in the photograph, of the same size."""
    share = resampled(keep, painted.width, painted.height)[..., None]
    pixels = painted.pixels + share * (photograph.pixels - painted.pixels)
    return replace(painted, pixels=pixels)


def jpeg(picture: Picture, quality: int = 90) -> bytes:
    """A picture as the bytes of a JPEG file."""
    file = io.BytesIO()
    replace(picture, alpha=None, exif=None).pil().save(file, "JPEG", quality=quality)
    return file.getvalue()
