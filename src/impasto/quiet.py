"""Environment variables that keep the packages impasto uses from sending, littering and spinning.

Packages read them when they are imported, so ``import impasto`` sets them first, and child
processes inherit them. Standard library only.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

SWITCHES: Final = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime: events to its maker, a device id in ~/.cache
    "RAY_USAGE_STATS_ENABLED": "0",
    "DO_NOT_TRACK": "1",  # many packages read it, see donottrack.sh
}
"""Set even if the user set other values."""

_NOWHERE: Final = "http://127.0.0.1:9"

UNREACHABLE: Final = {
    "http_proxy": _NOWHERE,
    "https_proxy": _NOWHERE,
    "no_proxy": "localhost,127.0.0.1,::1",
}
"""For processes without a switch: their HTTP requests go nowhere and look up no name."""


def send_nothing() -> None:
    """Turn off all telemetry, in this process and its child processes."""
    os.environ.update(SWITCHES)


def wait_briefly() -> None:
    """Let torch's threads sleep soon where they wait for each other.

    GNU OpenMP lets them spin for milliseconds. Beside a program that keeps the cores busy, threads
    that have work then wait for others that spin: painting took five times as long.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")


def keep_at(home: Callable[[], Path]) -> None:
    """Make the packages write files only to impasto's home.

    Torch creates a folder named after the user, although it stores nothing here, unless a folder is
    given. Matplotlib stores its list of fonts.
    """
    with suppress(OSError):
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", tempfile.gettempdir())
    with suppress(Exception):  # this user has no home folder
        os.environ.setdefault("MPLCONFIGDIR", str(home() / "matplotlib"))


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables within the block; variables added meanwhile are removed, too."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update({name: before[name] for name in values.keys() & before.keys()})
