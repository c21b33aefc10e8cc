"""How much memory may be taken now: what is free, and what the limits of this process leave.

A container or batch job is given less than the machine has, and whoever takes more is ended
without a word. So everything large is estimated first and asked for here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from impasto.errors import MemoryEstimateError

_MEMBERSHIP: Final = Path("/proc/self/cgroup")
_GROUPS: Final = Path("/sys/fs/cgroup")

_LIMITS: Final = ("memory.max", "memory.high", "memory.limit_in_bytes")
"""Files with a limit: two of the second version of control groups and one of the first."""

_USED: Final = ("memory.current", "memory.usage_in_bytes")

_CACHES: Final = ("inactive_file", "active_file", "total_inactive_file", "total_active_file")
"""Parts of the memory in use that the system takes back when it is wanted."""


def free_memory() -> int:
    """Bytes that this process may take now."""
    left = [each[0] - each[1] for each in (*_of_groups(), *_of_process())]
    return max(0, min([int(psutil.virtual_memory().available), *left]))


def whole_memory() -> int:
    """Bytes that there are for this process, taken or free."""
    limits = [each[0] for each in (*_of_groups(), *_of_process())]
    return min([int(psutil.virtual_memory().total), *limits])


def held_memory() -> int:
    """Bytes that this process has taken already."""
    return int(psutil.Process().memory_info().rss)


def check_memory(needed: int, what: str, advice: str) -> None:
    """Refuse a work that does not fit into the memory that is free, before it begins.

    Args:
        needed: Bytes that it takes at its peak.
        what: Begins the message: the work, or the file and the work.
        advice: What to do instead.

    Raises:
        MemoryEstimateError: It does not fit.
    """
    free = free_memory()
    if needed > free:
        raise MemoryEstimateError(
            f"{what} needs about {needed / 1e9:.1f} GB of memory and "
            f"{free / 1e9:.1f} GB are free: {advice}"
        )


def _of_groups() -> Iterator[tuple[int, int]]:
    """Limit and use of each control group that this process is in, up to the root."""
    for folder in _folders():
        used = next((_number(folder / name) for name in _USED if (folder / name).exists()), None)
        for limit in map(_number, (folder / name for name in _LIMITS)):
            if limit is not None and used is not None:
                yield limit, used - min(used, _cached(folder))


def _folders() -> Iterator[Path]:
    """Folders of the groups; inside a container its own is the root, whatever it is called."""
    for line in _text(_MEMBERSHIP).splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if not controllers or "memory" in controllers.split(","):
            root = _GROUPS / "memory" if controllers else _GROUPS
            folder = root / path.lstrip("/")
            yield from (each for each in (folder, *folder.parents) if each.is_relative_to(root))


def _cached(folder: Path) -> int:
    """Bytes in use that are but copies of files; the first version counts those below apart."""
    lines = (line.split() for line in _text(folder / "memory.stat").splitlines())
    found = {line[0]: int(line[1]) for line in lines if len(line) == 2 and line[0] in _CACHES}
    totals = [value for name, value in found.items() if name.startswith("total")]
    return sum(totals or found.values())


def _of_process() -> Iterator[tuple[int, int]]:
    """Limit and use of address space and data (``ulimit -v`` and ``-d``), where they count."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    if not sys.platform.startswith("linux"):
        return

    taken = psutil.Process().memory_info()
    for kind, used in ((resource.RLIMIT_AS, taken.vms), (resource.RLIMIT_DATA, taken.data)):
        limit = resource.getrlimit(kind)[0]
        if limit != resource.RLIM_INFINITY:
            yield limit, used


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdecimal() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
