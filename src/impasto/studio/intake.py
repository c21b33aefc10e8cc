"""Uploads, checked and written again under names of our own; what was brushed becomes masks.

Nothing of a client's file but its pixels comes into the run folder: not its name, not its bytes.
"""

from __future__ import annotations

import html
import re
import shutil
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impasto.errors import ImpastoError, PictureError, VideoError
from impasto.files import write_errors
from impasto.film import Reading, open_film
from impasto.image import Picture, picture_size, read_picture, scaled, write_picture
from impasto.studio.room import KEPT_HOURS, Limits, Room, check_bytes, check_pixels

# Longer side to which an upload is scaled down: four times the largest usual result.
KEPT_SIDE: Final = 4096
_NAME: Final = re.compile(r"[^\w .,()-]+")

FILM_KINDS: Final = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".gif", ".m4v")


@dataclass(frozen=True)
class Upload:
    """A picture or film that a client has uploaded.

    Attributes:
        path: Our own file of it.
        title: What the client called it, harmless.
        size: Width and height in pixels.
    """

    path: Path
    title: str
    size: tuple[int, int]


class Intake:
    """Keeps uploads within limits in a folder, which is made when it is not there."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder = folder
        self.limits = limits
        self._taken: dict[str, Upload] = {}
        self._ours: dict[Path, Upload] = {}
        self._room = Room(folder, limits.uploads_megabytes)
        self._decoding = threading.Lock()

    def picture(self, path: Path, name: str = "", owner: str = "") -> Upload:
        """Keep a client's picture, written again with all its bits, in its owner's room.

        One is decoded after another: each may take the memory that is free.

        Raises:
            PictureError: It is too large, damaged or no picture; the message names it as the client
                does.
            RunError: The owner has no room.
        """
        title = plain_title(name or path.name)
        check_bytes(path, title, self.limits.megabytes)
        try:
            with self._decoding:
                check_pixels(picture_size(path), title, self.limits.megapixels)
                return self.kept(read_picture(path, longer=KEPT_SIDE), title, owner)
        except ImpastoError as error:
            raise type(error)(str(error).replace(str(path), title)) from None
        except MemoryError:
            raise PictureError(f"{title}: there is not the memory to read it") from None

    def ours(self, path: Path, name: str = "") -> Upload:
        """Keep a file of our own, a sample or a job's, once for all who want it."""
        found = self._ours.get(path)
        if found is None or not found.path.is_file():
            found = self._ours[path] = self.picture(path, name)
        return found

    def kept(self, picture: Picture, title: str, owner: str = "") -> Upload:
        """Keep a picture that is there already."""
        longer = min(KEPT_SIDE, max(picture.width, picture.height))
        small = replace(scaled(picture, longer), manifest=None)
        largest = small.width * small.height * small.bits
        with self._room.reserved(owner, largest), self._room.place(owner, ".png") as target:
            try:
                write_picture(small, target)
            except ImpastoError as error:
                raise type(error)(str(error).replace(str(target), title)) from None
        return self._noted(Upload(target, title, (small.width, small.height)))

    def film(self, path: Path, name: str = "", owner: str = "") -> Upload:
        """Keep a client's film, as it is, once its frames can be read.

        Raises:
            VideoError: It is too large or no film.
        """
        title = plain_title(name or path.name)
        suffix = Path(name or path.name).suffix.lower()
        if suffix not in FILM_KINDS:
            raise VideoError(f"{title}: no film of a kind known here ({', '.join(FILM_KINDS)})")
        try:
            check_bytes(path, title, self.limits.film_megabytes)
        except PictureError as error:
            raise VideoError(str(error)) from None
        stored = path.stat().st_size
        with self._room.reserved(owner, stored), self._room.place(owner, suffix) as target:
            try:
                with write_errors(title):
                    shutil.copyfile(path, target)
                with closing(open_film(target, Reading())) as reader:
                    sides = reader.film.width, reader.film.height
                check_pixels(sides, title, self.limits.megapixels)
            except ImpastoError as error:
                raise VideoError(str(error).replace(str(target), title)) from None
        return self._noted(Upload(target, title, sides))

    def again(self, name: str) -> Upload | None:
        """An earlier upload by the name of its file; None when it is not here."""
        upload = self._taken.get(name)
        return upload if upload is not None and upload.path.is_file() else None

    def forget_old(self, hours: float = KEPT_HOURS) -> None:
        """Remove uploads that no job has taken for long."""
        self._room.sweep(hours)
        self._taken = {name: each for name, each in self._taken.items() if each.path.is_file()}

    def _noted(self, upload: Upload) -> Upload:
        self._taken[upload.path.name] = upload
        return upload


def plain_title(name: str) -> str:
    """A client's name of a file as a short title: no folders, no markup, no control characters."""
    stem = Path(name.replace("\\", "/")).name
    stem = stem.rpartition(".")[0] or stem
    return " ".join(_NAME.sub(" ", html.unescape(stem)).split())[:60] or "picture"


KEEP_COLOR: Final = "#ffffff"
"""Brush for what stays photographic."""

STYLE_COLORS: Final = ("#e4572e", "#2e86ab", "#f3a712", "#7a9e57")
"""Brushes for the styles, in their order: apart for every kind of color vision."""

# Share of the photograph below which a touch of the brush counts as a slip.
_LEAST: Final = 0.002


def masks_of(brushed: NDArray[np.uint8], styles: int) -> tuple[list[Picture], Picture | None]:
    """Masks by the colors of the brush; where nothing was brushed all styles go, by their weights.

    Args:
        brushed: (H, W, 4), the strokes of the brush over nothing.
        styles: How many there are.

    Returns:
        A mask for each style, or none where no style was brushed; and what stays photographic,
        None where nothing does.
    """
    alpha = brushed[..., 3].astype(np.float32) / 255
    names = [*STYLE_COLORS[:styles], KEEP_COLOR]
    palette = np.array([list(bytes.fromhex(name[1:])) for name in names], np.float32)
    distance = ((brushed[..., None, :3].astype(np.float32) - palette) ** 2).sum(-1)
    nearest = distance.argmin(-1)
    parts = [np.where(nearest == number, alpha, 0) for number in range(len(names))]
    keep = _picture(parts[-1]) if parts[-1].mean() > _LEAST else None
    if styles < 2 or all(part.mean() <= _LEAST for part in parts[:-1]):
        return [], keep
    rest = 1 - np.clip(np.sum(parts[:-1], axis=0), 0, 1)
    return [_picture(part + rest) for part in parts[:-1]], keep


def laid(layers: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8] | None:
    """Layers of an editor, each (H, W, 4), laid over one another; None where there are none."""
    found: NDArray[np.uint8] | None = None
    for layer in layers:
        if layer.ndim != 3 or layer.shape[2] != 4:
            continue
        if found is None:
            found = layer.copy()
        elif found.shape == layer.shape:
            above = layer[..., 3] > found[..., 3] // 2
            found[above] = layer[above]
    return found


def _picture(levels: NDArray[np.floating]) -> Picture:
    plane = np.clip(levels, 0, 1).astype(np.float32)
    return Picture(np.repeat(plane[..., None], 3, axis=2))
