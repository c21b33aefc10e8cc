"""Uploads, checked and written again under names of our own.

Nothing of a client's file but its pixels comes into the run folder: not its name, not its bytes.
"""

from __future__ import annotations

import html
import re
import shutil
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from impasto.errors import ImpastoError, PictureError, VideoError
from impasto.film import Reading, open_film
from impasto.image import Picture, picture_size, read_picture, write_picture
from impasto.networks.crops import scaled
from impasto.studio.limits import Limits, check_bytes, check_pixels
from impasto.studio.room import KEPT_HOURS, Room
from impasto.studio.telling import disk_told

KEPT_SIDE: Final = 4096
"""Longer side to which an upload is brought down: four times the largest usual result."""

_NAME: Final = re.compile(r"[^\w .,()-]+")

FILM_KINDS: Final = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".gif", ".m4v")


@dataclass(frozen=True)
class Upload:
    """A picture or film that has been taken in.

    Attributes:
        path: Our own file of it.
        title: What the client called it, harmless.
        size: Width and height in pixels.
    """

    path: Path
    title: str
    size: tuple[int, int]


class Intake:
    """Takes uploads into a folder.

    Args:
        folder: Made when it is not there.
        limits: What is let in.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder = folder
        self.limits = limits
        self._taken: dict[str, Upload] = {}
        self._ours: dict[Path, Upload] = {}
        self._room = Room(folder, limits.uploads_megabytes)
        self._decoding = threading.Lock()

    def picture(self, path: Path, name: str = "", owner: str = "") -> Upload:
        """Take a picture in; it is written again with all its bits.

        One is decoded after another: each may take the memory that is free.

        Args:
            path: Where the upload lies.
            name: What the client calls it.
            owner: Whose room it takes.

        Raises:
            PictureError: It is too large, damaged or no picture; the message names it as the
                client does.
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
        """Take a file of our own in, a sample or a job's, once for all who want it."""
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
        """Take a film in: its bytes are kept once its frames can be read.

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
                with disk_told(f"{title}: cannot be kept"):
                    shutil.copyfile(path, target)
                with _film_size(target) as sides:
                    check_pixels(sides, title, self.limits.megapixels)
            except ImpastoError as error:
                raise VideoError(str(error).replace(str(target), title)) from None
        return self._noted(Upload(target, title, sides))

    def again(self, name: str) -> Upload | None:
        """What has been taken in before, by the name of its file; None when it is not here."""
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


class _film_size:  # noqa: N801
    """The size of a film, with its reader closed afterwards."""

    def __init__(self, path: Path) -> None:
        self._reader = open_film(path, Reading())

    def __enter__(self) -> tuple[int, int]:
        film = self._reader.film
        return film.width, film.height

    def __exit__(self, *_: object) -> None:
        self._reader.close()
