"""Output of commands: exit codes, one-line errors, and streams that may be closed or full.

A fault of standard output or error must not stop a painting; :func:`output_fault` reports it when
the work is done.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any, Final, TextIO

from impasto.errors import ImpastoError, OptionError
from impasto.files import write_fault

FAILED: Final = 2
"""An error the user can fix; a line on stderr says what."""

INTERRUPTED: Final = 130
"""Ctrl-C, as in shells: 128 plus the number of the signal."""

_CLOSED: Final = "it is closed"


def complain(error: ImpastoError) -> None:
    """Print an error as one line, with options spelled as they are typed."""
    line = " ".join(_as_typed(error).split())
    print(f"impasto: {line}", file=sys.stderr)


def _as_typed(error: ImpastoError) -> str:
    text = str(error)
    if not isinstance(error, OptionError):
        return text
    options = ", ".join(_option(name) for name in error.option.split(", "))
    return options + text.removeprefix(error.option)


def _option(name: str) -> str:
    # Capitals are a positional argument, as in the help.
    return name if name.isupper() else "--" + name.replace("_", "-")


class _Patient(io.FileIO):
    """A file that never raises; it drops what it cannot write, and remembers why."""

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
    """Make the streams of this process robust, once.

    The next file that is opened would get a closed descriptor, and libraries would print into it.
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
    """The error of standard output, or None."""
    return None if _output is None else _output.fault


def send(data: bytes) -> str:
    """Write bytes to standard output; return the error, or ""."""
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
    # A file name may have characters outside the terminal's encoding.
    stream.reconfigure(errors="backslashreplace")
    if sys.platform == "win32" and stream.isatty():
        return stream, None  # a console takes text in its own way
    raw = _Patient(stream.fileno(), "w", closefd=False)
    steadied = io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering or stream.isatty(),
    )
    return steadied, raw
