"""Atomic file writes, with a one-line error if a file cannot be written."""

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

from impasto.errors import ImpastoError, RunError, WeightsError

_TEMPORARY: Final = re.compile(r"\.impasto-(?P<host>[0-9a-f]{8})-(?P<process>\d{1,9})-.*")

# A longer suffix is not a format; a file name has at most 255 characters.
_LONG_SUFFIX: Final = 20


@contextmanager
def written_whole(path: Path, kind: type[ImpastoError] = RunError) -> Iterator[Path]:
    """Give a temporary path beside ``path`` that replaces it if the block succeeds.

    Missing folders are created. The temporary name keeps the suffix, by which many writers choose
    the format. If the block raises (also on Ctrl-C), the temporary file is removed and ``path`` is
    unchanged; :func:`sweep` removes files of killed processes.

    Raises:
        ImpastoError: It cannot be written, for any reason; the error is of the given kind.
    """
    with write_errors(path, kind):
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep_once(path.parent.absolute())
        suffix = path.suffix if len(path.suffix) < _LONG_SUFFIX else ""
        temporary = path.with_name(f"{temporary_prefix()}{secrets.token_hex(4)}{suffix}")
        # With the permissions of new files: reading the umask would mean changing it for all
        # threads.
        os.close(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666))
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
    """Turn errors of writing into one line.

    Libraries raise almost any exception when they write: torch a bare RuntimeError on a full disk,
    Pillow a ValueError. So the block should only write, or ``caught`` be OSError only.

    Args:
        path: The file or folder that is written, or a description; starts the message.
        kind: The error to raise.
        caught: The errors to turn into it.
    """
    try:
        yield
    except (ImpastoError, MemoryError):
        raise
    except caught as error:
        raise kind(f"{path}: cannot be written ({write_fault(error)})") from error


def write_fault(error: BaseException) -> str:
    """Why something could not be written: the system's reason, if there is one."""
    each: BaseException | None = error
    while each is not None:
        if isinstance(each, OSError) and each.strerror:
            return each.strerror
        each = each.__cause__ or each.__context__
    lines = str(error).splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def write_text(path: Path, text: str, kind: type[ImpastoError] = RunError) -> None:
    """Write a text file atomically; file names that are not UTF-8 become bytes again."""
    with written_whole(path, kind) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="surrogateescape")


def write_json(path: Path, values: Mapping[str, Any], kind: type[ImpastoError] = RunError) -> None:
    """Write values as indented JSON; other values, such as paths, become text."""
    write_text(path, json.dumps(dict(values), indent=2, default=str) + "\n", kind)


def temporary_prefix() -> str:
    """The prefix of names of temporary files, by machine and process."""
    host = zlib.crc32(platform.node().encode("utf-8", "surrogateescape"))
    return f".impasto-{host:08x}-{os.getpid()}-"


def sweep(folder: Path, *, deep: bool = False) -> None:
    """Remove temporary files of killed processes of this machine from a folder."""
    with suppress(OSError):
        for path in (folder.rglob if deep else folder.glob)(".impasto-*"):
            found = _TEMPORARY.fullmatch(path.name)
            if found and temporary_prefix().split("-")[1] == found["host"]:
                _remove_unless_alive(path, int(found["process"]))


def _remove_unless_alive(path: Path, process: int) -> None:
    import psutil  # late, because few commands need it

    if psutil.pid_exists(process):
        return
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@functools.cache
def _sweep_once(folder: Path) -> None:
    """Entries of a folder, one by one, as it may have a hundred thousand."""
    sweep(folder)


def shown(name: str) -> str:
    """A name to display: bytes that are not UTF-8 become replacement characters."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def there(place: Callable[[], Path]) -> Path | None:
    """An optional file; None if it does not exist or its name is invalid."""
    with suppress(OSError, ImpastoError):
        path = place()
        return path if path.is_file() else None
    return None


def is_file(path: Path) -> bool:
    """Whether it is a file; False for an invalid name, such as one that is too long."""
    return there(lambda: path) is not None


def home() -> Path:
    """The home of impasto: ``IMPASTO_HOME``, or the platform's folder for data.

    Raises:
        WeightsError: The user has no home folder.
    """
    if chosen := os.environ.get("IMPASTO_HOME"):
        return Path(chosen)
    try:
        if sys.platform == "win32":
            data = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        elif sys.platform == "darwin":
            data = Path.home() / "Library" / "Application Support"
        else:
            data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
        return Path(data) / "impasto"
    except RuntimeError:
        raise WeightsError("this user has no home folder: name one in IMPASTO_HOME") from None


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def with_name(path: Path) -> Path:
    """A path; the folder's real name if it is only . or ..."""
    return path if path.name.strip(".") else path.resolve()
