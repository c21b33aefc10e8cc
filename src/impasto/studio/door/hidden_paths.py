"""Files by names that hide their folders.

Pages and programs see ``/studio/page/...`` for a file in the run folder. Only such names are
accepted from them, and only of files that are served.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from impasto.studio.door.asgi import Refused

ALIAS: Final = "/studio"

_DEEPEST: Final = 64  # levels of lists and objects in one another
_NOT_OURS: Final = "give a file that was uploaded here, no path and no address"


class Places:
    """Names for paths and back; ``served`` is the folder whose files clients may have."""

    def __init__(self, folder: Path, served: Path) -> None:
        self._served = served
        self._prefix = f"{ALIAS}/{served.relative_to(folder).as_posix()}/"
        path = str(folder)
        ways = (path, json.dumps(path)[1:-1], quote(path), folder.as_posix())
        self._written = sorted({way.encode() for way in ways}, key=len, reverse=True)

    def hidden(self, answer: bytes) -> bytes:
        """An answer with the run folder under its other name."""
        for path in self._written:
            answer = answer.replace(path, ALIAS.encode())
        return answer

    def path(self, name: str) -> Path:
        """The file of a name; refused if it is not served."""
        named = name.replace("\\", "/")  # on Windows, behind the folder that was hidden
        rest = named.removeprefix(self._prefix)
        path = self._served / rest
        if rest == named or "\0" in rest or not path.resolve().is_relative_to(self._served):
            raise Refused(403, _NOT_OURS)
        return path

    def resolved(self, value: Any, depth: int = 0) -> Any:
        """A value out of JSON with files by their paths.

        Every object with a path counts as a file, whichever part of the page it is meant for: a
        page may fetch what such an object names. Addresses in it are dropped.

        Raises:
            Refused: A file is not served, or lists and objects are too deep.
        """
        if depth > _DEEPEST:
            raise Refused(400, f"expected JSON of at most {_DEEPEST} levels")
        if isinstance(value, list):
            return [self.resolved(each, depth + 1) for each in value]
        if not isinstance(value, dict):
            return value
        found = {key: self.resolved(each, depth + 1) for key, each in value.items()}
        if found.get("path"):
            found["path"] = str(self.path(str(found["path"])))
        if "path" in found or "meta" in found:
            found["url"] = None
        return found
