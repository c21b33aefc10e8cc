"""Files that are either whole or not there, and one line when one cannot be written."""

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

# Characters from which on what follows a dot is no format; a name has 255 at most.
_LONG_SUFFIX: Final = 20


@contextmanager
def written_whole(path: Path, kind: type[ImpastoError] = RunError) -> Iterator[Path]:
    """Give a temporary path beside ``path`` that becomes it when the block ends well.

    Missing folders are made. The temporary name keeps the suffix, as many writers choose the
    format by it. When the block raises (Ctrl-C too) the temporary file goes and ``path`` stays as
    it was; :func:`sweep` removes what a killed process left.

    Raises:
        ImpastoError: It cannot be written, whatever the reason and whoever writes; of that kind.
    """
    with write_errors(path, kind):
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep_once(path.parent.absolute())
        suffix = path.suffix if len(path.suffix) < _LONG_SUFFIX else ""
        temporary = path.with_name(f"{temporary_prefix()}{secrets.token_hex(4)}{suffix}")
        # With the rights that the system's mask gives new files: to read the mask one has to change
        # it, for all threads.
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
    """The start of the names of temporary files, by machine and process."""
    host = zlib.crc32(platform.node().encode("utf-8", "surrogateescape"))
    return f".impasto-{host:08x}-{os.getpid()}-"


def sweep(folder: Path, *, deep: bool = False) -> None:
    """Remove temporary files in a folder whose process was killed, on this machine."""
    with suppress(OSError):
        for path in (folder.rglob if deep else folder.glob)(".impasto-*"):
            found = _TEMPORARY.fullmatch(path.name)
            if found and temporary_prefix().split("-")[1] == found["host"]:
                _remove_unless_alive(path, int(found["process"]))


def _remove_unless_alive(path: Path, process: int) -> None:
    import psutil  # late, as most commands sweep nothing

    if psutil.pid_exists(process):
        return
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@functools.cache
def _sweep_once(folder: Path) -> None:
    """A folder may hold a hundred thousand results."""
    sweep(folder)


def shown(name: str) -> str:
    """A name for pictures and pages: bytes that are not UTF-8 become marks."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def there(place: Callable[[], Path]) -> Path | None:
    """An optional file; None where it is not there, cannot be looked for, or its name fails."""
    with suppress(OSError, ImpastoError):
        path = place()
        return path if path.is_file() else None
    return None


def is_file(path: Path) -> bool:
    """Whether it is a file; False for a name that the system refuses, such as one too long."""
    return there(lambda: path) is not None


def home() -> Path:
    """The folder for what impasto keeps: ``IMPASTO_HOME``, or the platform's place for data.

    Raises:
        WeightsError: This user has no home.
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
    """A path, by the name of the folder where it says . or .. only."""
    return path if path.name.strip(".") else path.resolve()
