"""Files that are either whole or not there, and what is said when one cannot be written."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import platform
import re
import secrets
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from impasto.errors import ImpastoError, RunError

_TEMPORARY: Final = re.compile(r"\.impasto-(?P<host>[0-9a-f]{8})-(?P<process>\d+)-.*")

# Characters from which on what follows a dot is no format; a name has 255 at most.
_LONG_SUFFIX: Final = 20


@contextmanager
def written_whole(path: Path, kind: type[ImpastoError] = RunError) -> Iterator[Path]:
    """Give a temporary path beside ``path`` that becomes it when the block ends well.

    Missing folders are made. The temporary name keeps the suffix, as many writers choose the
    format by it. When the block raises (Ctrl-C too) the temporary file goes and ``path`` stays as
    it was; :func:`sweep` takes away what a killed process left.

    Args:
        path: The file.
        kind: The error when it cannot be written, whatever the reason and whoever writes.

    Raises:
        ImpastoError: It cannot be written; of the kind that was asked for.
    """
    with write_errors(path, kind):
        path.parent.mkdir(parents=True, exist_ok=True)
        _swept(path.parent.absolute())
        temporary = _made(path)
        try:
            yield temporary
            temporary.replace(path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


@contextmanager
def write_errors(
    path: Path | str,
    kind: type[ImpastoError] = RunError,
    caught: type[Exception] = Exception,
) -> Iterator[None]:
    """Make one line of whatever keeps the block from writing.

    Libraries that write raise nearly every exception there is: torch a bare RuntimeError on a full
    disk, Pillow a ValueError. So a block should do nothing but write, or catch OSError only.

    Args:
        path: The file or folder that is written, or words for it; begins the message.
        kind: The error that is raised.
        caught: The errors that become it.
    """
    try:
        yield
    except (ImpastoError, MemoryError):
        raise
    except caught as error:
        raise kind(f"{path}: cannot be written ({write_fault(error)})") from error


def write_fault(error: BaseException) -> str:
    """Why something could not be written: the system's reason where there is one behind it."""
    each: BaseException | None = error
    while each is not None:
        if isinstance(each, OSError) and each.strerror:
            return each.strerror
        each = each.__cause__ or each.__context__
    lines = str(error).splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def write_text(path: Path, text: str, kind: type[ImpastoError] = RunError) -> None:
    """Write a text file whole; names of files that are not UTF-8 become their bytes again."""
    with written_whole(path, kind) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="surrogateescape")


def write_json(path: Path, values: Mapping[str, Any], kind: type[ImpastoError] = RunError) -> None:
    """Write values as indented JSON; what JSON does not know (paths, for one) becomes text."""
    write_text(path, json.dumps(dict(values), indent=2, default=str) + "\n", kind)


def temporary_prefix() -> str:
    """Begins the names of temporary files; says which process of which machine they are of."""
    host = zlib.crc32(platform.node().encode("utf-8", "surrogateescape"))
    return f".impasto-{host:08x}-{os.getpid()}-"


def sweep(folder: Path, *, deep: bool = False) -> None:
    """Take away temporary files in a folder whose process was killed, on this machine."""
    with suppress(OSError):
        for path in (folder.rglob if deep else folder.glob)(".impasto-*"):
            found = _TEMPORARY.fullmatch(path.name)
            if found and temporary_prefix().split("-")[1] == found["host"]:
                _removed(path, int(found["process"]))


def shown(name: str) -> str:
    """A name for pictures and pages, which hold Unicode only; bytes that are none become marks."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def there(place: Callable[[], Path]) -> Path | None:
    """An optional file: None where it is not there, may not be looked for, or has no place.

    Args:
        place: Names it; may fail, as for a user without a home.
    """
    with suppress(OSError, ImpastoError):
        path = place()
        return path if path.is_file() else None
    return None


def is_file(path: Path) -> bool:
    """Whether it is a file; a name that the system does not take, as one too long, is none."""
    return there(lambda: path) is not None


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _made(path: Path) -> Path:
    """An empty temporary file, readable as the system's mask for new files has it.

    So nobody needs to know the mask: to read it one has to change it, for all threads.
    """
    suffix = path.suffix if len(path.suffix) < _LONG_SUFFIX else ""
    temporary = path.with_name(f"{temporary_prefix()}{secrets.token_hex(4)}{suffix}")
    os.close(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666))
    return temporary


@functools.cache
def _swept(folder: Path) -> None:
    """Sweep once: a folder may hold a hundred thousand results."""
    sweep(folder)


def _removed(path: Path, process: int) -> None:
    if not _is_gone(process):
        return
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_gone(process: int) -> bool:
    if sys.platform == "win32":
        return False  # where to ask in this way is to end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        pass
    return False
