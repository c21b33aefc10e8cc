"""Nothing is sent: switches in the environment for the packages that impasto uses.

They read it when they are imported, so ``import impasto`` comes first and sets it, and every
process that is started inherits it. Standard library only.
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
    "DO_NOT_TRACK": "1",  # read by many packages, see donottrack.sh
}
"""Set whatever they were: no impasto sends."""

_NOWHERE: Final = "http://127.0.0.1:9"

UNREACHABLE: Final = {
    "http_proxy": _NOWHERE,
    "https_proxy": _NOWHERE,
    "no_proxy": "localhost,127.0.0.1,::1",
}
"""For processes that have no switch: what they ask by HTTP goes nowhere, and looks up no name."""


def send_nothing() -> None:
    """Turn off whatever reports to anybody, in this process and those it starts."""
    os.environ.update(SWITCHES)


def keep_at(home: Callable[[], Path]) -> None:
    """Have the packages leave files nowhere but in the home of impasto.

    Torch makes a folder named after the user, though nothing is kept in it here; a folder that is
    there already needs neither. Matplotlib keeps its list of fonts.
    """
    with suppress(OSError):
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", tempfile.gettempdir())
    with suppress(Exception):  # nobody knows where the home of this user is
        os.environ.setdefault("MPLCONFIGDIR", str(home() / "matplotlib"))


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables for a while; those that others add meanwhile go with them."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update({name: before[name] for name in values.keys() & before.keys()})
