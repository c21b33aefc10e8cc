"""A literal table of commands, from which the one that was asked for is chosen."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TypeVar

from impasto.errors import ImpastoError

Entry = TypeVar("Entry")


def chosen(name: str, commands: Mapping[str, Entry], prog: str) -> Entry:
    """The entry of a command.

    Raises:
        ImpastoError: There is no such command; the message names the nearest.
    """
    if name in commands:
        return commands[name]
    near = difflib.get_close_matches(name, commands, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(commands)}"
    raise ImpastoError(f"no command '{prog} {name}': {hint}")


def listed(helps: Mapping[str, str]) -> str:
    """The commands, one a line, each with its help."""
    width = max(map(len, helps))
    return "\n".join(f"  {name:<{width}}  {text}" for name, text in helps.items())
