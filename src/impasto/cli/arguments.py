"""Arguments become a dataclass, and a mistake in them one clear line."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Sequence
from typing import Any, TypeVar

import tyro

from impasto.errors import ImpastoError

Parsed = TypeVar("Parsed")

_BOX = re.compile(r"[╭╮╰╯│─]+")


def parse(
    kind: type[Parsed], arguments: Sequence[str], *, prog: str, default: Any = None
) -> Parsed:
    """Read command-line arguments into a dataclass.

    Args:
        kind: The dataclass; each field is an option, its docstring the help.
        arguments: What follows the command's name.
        prog: The command as the user types it.
        default: An instance whose values stand where no argument is given.

    Raises:
        ImpastoError: An argument is unknown, missing or of the wrong kind.
        SystemExit: Help was asked for and printed.
    """
    complaint = io.StringIO()
    given = {} if default is None else {"default": default}
    try:
        with contextlib.redirect_stderr(complaint):
            parsed: Parsed = tyro.cli(kind, prog=prog, args=list(arguments), **given)
    except SystemExit as stop:
        if not stop.code:
            raise
        raise ImpastoError(_one_line(complaint.getvalue(), prog)) from None
    return parsed


def _one_line(complaint: str, prog: str) -> str:
    lines = [_BOX.sub("", line).strip() for line in complaint.splitlines()]
    body = [line for line in lines[1:] if line]
    text = " ".join(body).partition("For full helptext")[0].partition("Argument helptext:")[0]
    text = re.sub(r"^Error parsing \w+: (?=\w+: expected)", "", text.strip())
    return f"{text} (see {prog} --help)"
