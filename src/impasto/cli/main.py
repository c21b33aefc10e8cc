"""The ``impasto`` command: finds the command asked for and runs it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from impasto.cli.commands import chosen, listed
from impasto.cli.ending import FAILED, INTERRUPTED, complain
from impasto.cli.streams import output_fault, steady
from impasto.errors import ImpastoError
from impasto.files import write_fault
from impasto.quiet import keep_at
from impasto.shown import controls_shown
from impasto.version import __version__
from impasto.weights.store import home

COMMANDS: Final[Mapping[str, str]] = {
    "paint": "paint photographs in the manner of a picture",
    "apply": "stylize pictures in an instant with a trained network",
    "video": "paint a film, without flicker and with its sound",
    "train": "train a network that stylizes in an instant",
    "models": "list the trained networks and their styles",
    "sheet": "one photograph in all trained styles, on one sheet",
    "study": "one photograph painted in several ways, side by side",
    "studio": "a page in the browser on which one paints",
    "encode": "a style as a small file, for apply --style",
    "export": "write a trained network as an ONNX file",
    "tfrecord": "photographs in TFRecord files: write, inspect",
    "demo": "paint a sample picture, to see that everything works",
    "score": "measure a result against its photograph and its style",
    "weights": "network weights: list, fetch, import, verify",
    "doctor": "what is installed, what works here, and what is missing for what",
}
"""Every command with one line of help; each is a module of this package with a ``main``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give its exit code.

    0 is success, 1 that nobody read the output to its end, 2 something the user can put right (one
    line on stderr says what), 130 Ctrl-C.
    """
    steady()
    with controls_shown():
        return _ended(list(sys.argv[1:] if arguments is None else arguments))


def _ended(given: list[str]) -> int:
    try:
        code = _run(given)
    except ImpastoError as error:
        complain(error)
        code = FAILED
    except OSError as error:
        if error.filename is None:
            raise
        # A name that is too long or a folder that may not be entered, met by a mere question.
        complain(ImpastoError(f"{os.fsdecode(error.filename)}: {write_fault(error)}"))
        code = FAILED
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.stdout.flush()
    return code or _told(output_fault())


def _told(fault: OSError | None) -> int:
    """The exit code of work that went well, if all that was to be said of it could be said."""
    if fault is None:
        return 0
    if isinstance(fault, BrokenPipeError):  # the reader of our output has gone (`| head`)
        return 1
    complain(ImpastoError(f"standard output: cannot be written ({write_fault(fault)})"))
    return FAILED


def _run(given: list[str]) -> int:
    if not given or given[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    if given[0] in ("-V", "--version"):
        print(f"impasto {__version__}")
        return 0
    if given[0].startswith("-"):
        raise ImpastoError(f"no option {given[0]} before a command (see impasto --help)")
    chosen(given[0], COMMANDS, "impasto")
    keep_at(home)
    module = importlib.import_module(f"impasto.cli.{given[0]}")
    try:
        return int(module.main(given[1:]))
    except SystemExit as stop:  # help was asked for and has been printed
        return int(stop.code or 0)


def _help() -> str:
    return "\n".join(
        [
            "usage: impasto COMMAND ...",
            "",
            "Paint a photograph in the manner of any picture, offline, on a laptop.",
            "",
            listed(COMMANDS),
            "",
            "impasto COMMAND --help tells the options of a command; impasto --version the version.",
            "Begin with: impasto paint lake.jpg --style night.jpg",
        ]
    )
