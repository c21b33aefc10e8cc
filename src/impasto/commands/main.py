"""The ``impasto`` command: finds a command and runs it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from impasto.commands.outputs import FAILED, INTERRUPTED, complain, output_fault, steady
from impasto.commands.table import COMMANDS, Command, Group, chosen, listed
from impasto.errors import ImpastoError
from impasto.files import home, write_fault
from impasto.quiet import keep_at
from impasto.shown import controls_shown
from impasto.version import __version__

_HELP: Final = ("-h", "--help", "help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give its exit code.

    0 is success, 1 that the reader of the output closed it, 2 an error the user can fix (one line
    on stderr says what), 130 Ctrl-C.
    """
    steady()
    with controls_shown():
        return _ended(list(sys.argv[1:] if arguments is None else arguments))


def _ended(given: list[str]) -> int:
    try:
        code = run(given)
    except ImpastoError as error:
        complain(error)
        code = FAILED
    except OSError as error:
        if error.filename is None:
            raise
        # A name that is too long, or a folder without permission.
        complain(ImpastoError(f"{os.fsdecode(error.filename)}: {write_fault(error)}"))
        code = FAILED
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.stdout.flush()
    return code or _code_of(output_fault())


def _code_of(fault: OSError | None) -> int:
    """The exit code of successful work, unless its output could not be written."""
    if fault is None:
        return 0
    if isinstance(fault, BrokenPipeError):  # the reader closed the pipe (`| head`)
        return 1
    complain(ImpastoError(f"standard output: cannot be written ({write_fault(fault)})"))
    return FAILED


def run(given: list[str]) -> int:
    """Run a command; give its exit code.

    Raises:
        ImpastoError: Something the user can fix.
    """
    if not given or given[0] in _HELP:
        print(_help())
        return 0
    if given[0] in ("-V", "--version"):
        print(f"impasto {__version__}")
        return 0
    if given[0].startswith("-"):
        raise ImpastoError(f"no option {given[0]} before a command (see impasto --help)")
    command = chosen(given[0], COMMANDS, "impasto")
    prog, rest = f"impasto {given[0]}", given[1:]
    if isinstance(command, Group):
        if not rest or rest[0] in _HELP:
            print(_help_of_group(command, prog))
            return 0
        command = chosen(rest[0], command.commands, prog)
        prog, rest = f"{prog} {rest[0]}", rest[1:]
    keep_at(home)
    from impasto.commands.parser import asks_for_help, parse

    kind = _named("impasto.options", command.arguments)
    usual = kind.usual(rest) if hasattr(kind, "usual") else {}
    if asks_for_help(rest):
        from impasto.commands.help import explained

        print(explained(kind, prog=prog, usual=usual))
        return 0
    arguments = parse(kind, rest, prog=prog, usual=usual)
    # Only now, so that help and mistakes do not wait for these imports.
    try:
        return worker_of(command)(arguments)
    except ModuleNotFoundError as error:  # such as torch, which trained networks do not need
        if (error.name or "impasto").startswith("impasto"):
            raise
        needs = f"{prog} needs {error.name}, which is not installed"
        raise ImpastoError(f"{needs}: install impasto with all its packages") from error


def worker_of(command: Command) -> Callable[[Any], int]:
    """The function that does the work of a command."""
    return cast(Callable[[Any], int], _named("impasto.commands", command.worker))


def _named(package: str, place: str) -> Any:
    file, _, name = place.partition(":")
    return getattr(importlib.import_module(f"{package}.{file}"), name)


def _help() -> str:
    return "\n".join(
        [
            "usage: impasto COMMAND ...",
            "",
            "Paint a photograph in the style of any picture, offline, on a laptop.",
            "",
            listed({name: each.line for name, each in COMMANDS.items()}),
            "",
            "impasto COMMAND --help lists the options of a command.",
            "Begin with: impasto paint lake.jpg --style night.jpg",
        ]
    )


def _help_of_group(group: Group, prog: str) -> str:
    return "\n".join(
        [
            f"usage: {prog} {group.called} ...",
            "",
            group.title,
            "",
            listed({name: each.line for name, each in group.commands.items()}),
            "",
            f"{prog} {group.called} --help lists the options of a {group.called.lower()}.",
        ]
    )
