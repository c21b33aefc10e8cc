"""What went wrong, as one line for somebody who may sit at another machine."""

from __future__ import annotations

import errno
import logging
import re
from typing import Final

from impasto.errors import ImpastoError

logger = logging.getLogger("impasto")

# The folders of an absolute path, before the name of its file.
_FOLDERS: Final = re.compile(r"(?<![\w.:/\\])(?:[A-Za-z]:)?[/\\](?:[^/\\:\n\"'<>]+[/\\])+")
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


def failure(error: BaseException) -> str:
    """One line about an error; those nobody foresaw go to the log in full."""
    if isinstance(error, ImpastoError):
        return one_line(str(error))
    if isinstance(error, MemoryError):
        return "the memory ran out: choose a smaller size"
    if isinstance(error, OSError) and error.errno in _FULL:
        return "the disk is full: make room and let it go on"
    logger.error("an error of the studio", exc_info=error)
    return f"it failed unexpectedly: {type(error).__name__}"


def one_line(text: str) -> str:
    """A message without line breaks, and files by their names alone: no folder of this machine."""
    return " ".join(_FOLDERS.sub("", text).split())
