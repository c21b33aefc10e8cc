"""Uploads of clients, kept within a quota under secret names."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from impasto.errors import RunError
from impasto.studio.door.asgi import Patience, Receive, Refused, Scope, header
from impasto.studio.room import Limits, Room

_FILES: Final = 16  # files in one request at most
_HEADS: Final = 100_000  # bytes of a request that are none of its files'


class Uploads:
    """Keeps the files of a form in a room."""

    def __init__(self, room: Room, limits: Limits) -> None:
        self._room = room
        self._limits = limits

    async def taken(self, scope: Scope, receive: Receive, owner: str) -> list[tuple[Path, str]]:
        """Keep the files of a request, or none of them where one cannot be kept.

        Returns:
            Where each lies, and what its client called it.

        Raises:
            Refused: They are too large, too many or no files, or the owner has no room.
        """
        boundary = parse_options_header(header(scope, "content-type"))[1].get(b"boundary")
        if not boundary:
            raise Refused(415, "expected files as multipart/form-data")
        largest = max(self._limits.megabytes, self._limits.film_megabytes) * 1e6
        length = header(scope, "content-length")
        size = min(int(length[:18]), largest) if length.isdecimal() else largest
        body = Patience(scope, receive, size + _HEADS, self._limits.patience)
        with ExitStack() as files:
            try:
                files.enter_context(self._room.reserved(owner, size))
            except RunError as error:
                raise Refused(413, str(error)) from None
            parts = _Parts(lambda suffix: self._opened(files, owner, suffix))
            await _fed(parts, MultipartParser(boundary, parts.callbacks()), body)
            return list(zip(parts.paths, parts.names, strict=True))

    def _opened(self, files: ExitStack, owner: str, suffix: str) -> tuple[Path, BinaryIO]:
        path = files.enter_context(self._room.place(owner, suffix))
        path.touch(mode=0o600, exist_ok=False)
        return path, files.enter_context(path.open("wb"))


async def _fed(parts: _Parts, parser: Any, body: Patience) -> None:
    try:
        async for piece in body.pieces():
            await asyncio.to_thread(parser.write, piece)
        parser.finalize()
    except FormParserError:
        raise Refused(400, "the form is damaged") from None
    except OSError as error:
        raise Refused(507, f"the upload cannot be kept ({error.strerror})") from None
    if not parts.whole:
        raise Refused(400, "the form broke off")
    if not parts.paths:
        raise Refused(400, "there is no file in the form")


class _Parts:
    """Writes the files among the parts of a form, and ignores the rest."""

    def __init__(self, opened: Callable[[str], tuple[Path, BinaryIO]]) -> None:
        self.paths: list[Path] = []
        self.names: list[str] = []
        self.whole = False
        self._opened = opened
        self._file: BinaryIO | None = None
        self._header = b""
        self._value = b""
        self._name: bytes | None = None

    def callbacks(self) -> Any:
        """What the parser calls."""
        names = (
            "part_begin", "header_field", "header_value", "header_end", "headers_finished",
            "part_data", "part_end", "end",
        )  # fmt: skip
        return {f"on_{name}": getattr(self, f"_{name}") for name in names}

    def _part_begin(self) -> None:
        self._name = None

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._name = parse_options_header(self._value)[1].get(b"filename")
        self._header = self._value = b""

    def _headers_finished(self) -> None:
        if self._name is None:
            return
        if len(self.paths) == _FILES:
            raise Refused(413, f"at most {_FILES} files at once")
        name = self._name.decode("utf-8", "replace")
        path, self._file = self._opened(_suffix(name))
        self.paths.append(path)
        self.names.append(name)

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])

    def _part_end(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None

    def _end(self) -> None:
        self.whole = True


def _suffix(name: str) -> str:
    found = re.search(r"\.[A-Za-z0-9]{1,8}$", name)
    return found[0].lower() if found else ""
