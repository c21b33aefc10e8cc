"""Lock a folder, so that only one run uses it at a time."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, TypedDict

from impasto.errors import RunError
from impasto.files import sweep, write_errors
from impasto.records import read_record

# The lock file. It is never removed: otherwise two later runs could both hold a lock.
NAME: Final = ".lock"
# Errors of systems without locks, such as some network folders; nothing is locked there.
_CANNOT: Final = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)


class Made(TypedDict):
    """The command in a manifest."""

    command: str


@contextmanager
def held(
    folder: Path,
    otherwise: str = "another run uses this folder: wait until it ends",
    command: str = "",
) -> Iterator[None]:
    """Make a folder and lock it until the block or the process ends.

    Temporary files of killed runs in it are removed.

    Args:
        folder: The folder.
        otherwise: The error text if it is locked: what locks it, and what to do.
        command: Refuse a folder with a run of another command; "" allows any.

    Raises:
        RunError: It is locked, holds a run of another command, or cannot be written.
    """
    with ExitStack() as stack:
        with write_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _lock(folder, otherwise, stack)
        if command:
            _check_command(folder, command)
        sweep(folder, deep=True)
        yield


def _lock(folder: Path, otherwise: str, stack: ExitStack) -> None:
    from filelock import FileLock, Timeout  # late, because few commands need it

    try:
        # Not bound to a thread: the studio is opened and closed by different threads.
        stack.enter_context(FileLock(folder / NAME, blocking=False, thread_local=False))
    except Timeout:
        raise RunError(f"{folder}: {otherwise}, or give another --run-dir") from None
    except OSError as error:
        if error.errno not in _CANNOT:
            raise


def _check_command(folder: Path, command: str) -> None:
    """Raise if the folder holds a run of another command, which uses the same file names."""
    try:
        found = read_record(folder / "manifest.json", Made)["command"]
    except RunError:
        return  # there is no manifest, or it does not name its command
    if found != command:
        raise RunError(f"{folder}: holds a run of `impasto {found}`: give another --run-dir")
