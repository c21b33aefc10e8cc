"""How a command ends: its exit code, and one line on stderr that says what went wrong."""

from __future__ import annotations

import sys
from typing import Final

from impasto.errors import ImpastoError, OptionError

FAILED: Final = 2
"""Something the user can put right; a line on stderr says what."""

INTERRUPTED: Final = 130
"""Ctrl-C, as shells count it: 128 and the number of the signal."""


def complain(error: ImpastoError) -> None:
    """Print what went wrong as one line, with options spelled the way they are typed."""
    line = " ".join(_as_typed(error).split())
    print(f"impasto: {line}", file=sys.stderr)


def _as_typed(error: ImpastoError) -> str:
    text = str(error)
    if not isinstance(error, OptionError):
        return text
    options = ", ".join(_option(name) for name in error.option.split(", "))
    return options + text.removeprefix(error.option)


def _option(name: str) -> str:
    # Capitals are an argument without a dash in front, as the help writes it.
    return name if name.isupper() else "--" + name.replace("_", "-")
