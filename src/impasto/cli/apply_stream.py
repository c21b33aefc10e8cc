"""Standard input and output in place of files."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final

from impasto.cli.apply import STREAM, ApplyArguments
from impasto.errors import ImpastoError
from impasto.runtime.engine import Job

_INPUT: Final = "standard-input"
_OUTPUT: Final = "standard-output.png"


class Streams:
    """Files in a temporary folder that stand for the streams, while the block lasts.

    Attributes:
        given: The arguments with those files in place of ``-``.
        to_output: Whether the result goes to standard output.
    """

    def __init__(self, given: ApplyArguments) -> None:
        """Check that the streams can be used.

        Raises:
            ImpastoError: There is more than one picture, or a terminal at the other end.
        """
        self._from_input = STREAM in given.input
        if len(given.input) > 1 or given.input[0].is_dir():
            raise ImpastoError("- stands for one picture: name no other beside it")
        self.to_output = given.output == STREAM or (self._from_input and given.output is None)
        if self.to_output and given.json:
            raise ImpastoError("--json and the picture cannot both go to standard output")
        if self._from_input and sys.stdin.isatty():
            raise ImpastoError("-: standard input is a terminal, expected a picture")
        if self.to_output and sys.stdout.isatty():
            raise ImpastoError("-: standard output is a terminal, name a file with --output")
        self.given = given

    def __enter__(self) -> Streams:
        self._folder = tempfile.TemporaryDirectory(prefix="impasto-")
        folder = Path(self._folder.name)
        if self._from_input:
            (folder / _INPUT).write_bytes(sys.stdin.buffer.read())
            self.given = replace(self.given, input=(folder / _INPUT,))
        if self.to_output:
            self.given = replace(self.given, output=folder / _OUTPUT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folder.cleanup()

    def send(self, result: Path) -> None:
        """Write a result to standard output."""
        sys.stdout.flush()
        sys.stdout.buffer.write(result.read_bytes())
        sys.stdout.buffer.flush()

    def renamed(self, error: ImpastoError) -> ImpastoError:
        """An error in whose text the streams have their own names."""
        folder = Path(self._folder.name)
        text = str(error).replace(str(folder / _INPUT), "standard input")
        return ImpastoError(text.replace(str(folder / _OUTPUT), "standard output"))

    def named(self, job: Job) -> Job:
        """A job in which ``-`` stands for the stream again."""
        return Job(STREAM if self._from_input else job.content, job.output)
