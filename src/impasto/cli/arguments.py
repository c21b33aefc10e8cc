"""Arguments become a dataclass, and a mistake in them one clear line."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import itertools
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

import tyro

from impasto.cli.mistakes import mistake
from impasto.errors import ImpastoError
from impasto.shown import raw

Parsed = TypeVar("Parsed")

_HELP: Final = frozenset({"-h", "--help", "-H", "--help-verbose"})

_NARROWEST: Final = 40
"""Columns of help at least."""

_OPTION: Final = re.compile(r"--?[A-Za-z]|--$")
"""The beginning of an option, or the end of them all; neither a negative number nor a stream."""

_STYLE: Final = (tyro.conf.FlagCreatePairsOff, tyro.conf.DisallowNone)
"""A switch has no --no- twin, and nobody has to type None."""


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
    _check_values(kind, default, arguments, prog)
    complaint = io.StringIO()
    given = {} if default is None else {"default": default}
    try:
        with (
            contextlib.redirect_stdout(raw(sys.stdout)),  # help may be in colors
            contextlib.redirect_stderr(complaint),
            _columns(wrapped=bool(_HELP & set(arguments))),
        ):
            parsed: Parsed = tyro.cli(kind, prog=prog, args=arguments, config=_STYLE, **given)
    except SystemExit as stop:
        if not stop.code:
            raise
        # The dataclasses' own errors are better than what tyro makes of them.
        if told := _own_error(stop):
            raise told from None
        line = mistake(complaint.getvalue(), [*_options(kind, default)])
        raise ImpastoError(f"{line} (see {prog} --help)") from None
    return parsed


@contextlib.contextmanager
def _columns(*, wrapped: bool) -> Iterator[None]:
    """Tell tyro how wide its lines may be.

    Help is wrapped, but in few columns tyro never ends; an error is not: a path that is broken in
    two cannot be put together.
    """
    before = os.environ.get("COLUMNS")
    width = max(shutil.get_terminal_size().columns, _NARROWEST) if wrapped else 100_000
    os.environ["COLUMNS"] = str(width)
    try:
        yield
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before


def _check_values(kind: type[Any], default: Any, arguments: Sequence[str], prog: str) -> None:
    """Refuse an option that takes several values and was given none, as tyro does not."""
    several = {name for name, of in _options(kind, default).items() if "..." in of}
    for argument, following in itertools.pairwise([*arguments, "--"]):
        if argument == "--":
            return
        if argument.replace("_", "-") in several and _OPTION.match(following):
            raise ImpastoError(f"{argument}: expected a value (see {prog} --help)")


def _options(kind: type[Any], default: Any) -> dict[str, str]:
    """The options of a dataclass as they are typed, with their types, and of those in it."""
    options: dict[str, str] = {}
    for field in dataclasses.fields(kind):
        inner = getattr(default, field.name, None)
        if dataclasses.is_dataclass(inner):
            options |= _options(type(inner), inner)
        elif "Positional" not in str(field.type):
            options["--" + field.name.replace("_", "-")] = str(field.type)
    return options


def _own_error(error: BaseException) -> ImpastoError | None:
    """The error of ours in whose handling this one was raised, if any."""
    cause = error.__context__
    while cause is not None and not isinstance(cause, ImpastoError):
        cause = cause.__context__
    return cause
