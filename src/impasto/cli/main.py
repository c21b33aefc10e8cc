"""The ``impasto`` command: finds the command asked for and runs it."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from impasto import __version__
from impasto.errors import ImpastoError

COMMANDS: Final[Mapping[str, str]] = {
    "paint": "paint photographs in the manner of a picture",
    "demo": "paint a sample picture, to see that everything works",
    "score": "measure a result against its photograph and its style",
    "weights": "network weights: list, fetch, import, verify",
}
"""Every command with one line of help; each is a module of this package with a ``main``."""

INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give its exit code.

    0 is success, 2 something the user can put right (one line on stderr says what), 130 Ctrl-C.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    if given[0] in ("-V", "--version"):
        print(f"impasto {__version__}")
        return 0
    try:
        return _run(given[0], given[1:])
    except ImpastoError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(command: str, arguments: list[str]) -> int:
    if command not in COMMANDS:
        near = difflib.get_close_matches(command, COMMANDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(COMMANDS)}"
        raise ImpastoError(f"no command {command!r}: {hint}")
    module = importlib.import_module(f"impasto.cli.{command}")
    return int(module.main(arguments))


def _fail(message: str) -> int:
    line = " ".join(message.split())
    print(f"impasto: {line}", file=sys.stderr)
    return 2


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "usage: impasto COMMAND ...",
            "",
            "Paint a photograph in the manner of any picture, offline, on a laptop.",
            "",
            *lines,
            "",
            "impasto COMMAND --help tells the options of a command; impasto --version the version.",
            "Begin with: impasto paint lake.jpg --style night.jpg",
        ]
    )
