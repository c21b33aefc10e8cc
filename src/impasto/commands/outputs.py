"""What a command says: exit codes, errors of one line, and streams that may be closed or full.

A painting is worth more than what is said of it. So a fault of standard output or error stops
nothing; :func:`output_fault` gives it when the work is done.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any, Final, TextIO

from impasto.errors import ImpastoError, OptionError
from impasto.files import write_fault

FAILED: Final = 2
"""Something the user can put right; a line on stderr says what."""

INTERRUPTED: Final = 130
"""Ctrl-C, as shells count it: 128 and the number of the signal."""

_CLOSED: Final = "it is closed"


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


class _Patient(io.FileIO):
    """A file that takes everything; what it cannot write it forgets, and remembers why."""

    fault: OSError | None = None

    def write(self, data: Any) -> int:
        if self.fault is None:
            try:
                return super().write(data)
            except OSError as error:
                self.fault = error
        return len(data)


_output: _Patient | None = None
_closed = False


def steady() -> None:
    """Make the streams of this process steady; once is enough.

    A descriptor that was closed would be taken by the next file that is opened, and what
    libraries print would end in it.
    """
    global _output, _closed
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            _closed = _closed or name == "stdout"
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout, _output = _steadied(sys.stdout)
    if sys.stderr is sys.__stderr__ and isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr, _ = _steadied(sys.stderr)


def output_fault() -> OSError | None:
    """What kept standard output from taking something; None where all went well."""
    return None if _output is None else _output.fault


def send(data: bytes) -> str:
    """Write bytes to standard output; give why it did not take them, or ""."""
    if _closed:
        return _CLOSED
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        return write_fault(error)
    fault = output_fault()
    return "" if fault is None else write_fault(fault)


def _steadied(stream: io.TextIOWrapper) -> tuple[TextIO, _Patient | None]:
    # A file's name may hold what the terminal's encoding does not.
    stream.reconfigure(errors="backslashreplace")
    if sys.platform == "win32" and stream.isatty():
        return stream, None  # a console takes text in a way of its own
    raw = _Patient(stream.fileno(), "w", closefd=False)
    steadied = io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering or stream.isatty(),
    )
    return steadied, raw
