"""Standard input and output instead of picture files."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

from impasto.commands.outputs import send
from impasto.errors import ImpastoError, PictureError
from impasto.files import write_errors
from impasto.options.shared import STREAM

_INPUT: Final = "standard-input"
_OUTPUT: Final = "standard-output.png"


class Streams:
    """Files in a temporary folder that stand for the streams, while the block lasts.

    Attributes:
        inputs: The pictures, with that file instead of ``-``.
        output: The output, likewise.
        to_output: Whether the result goes to standard output.
    """

    def __init__(self, inputs: Sequence[Path], output: Path | None, *, as_json: bool) -> None:
        """Check that the streams can be used.

        Raises:
            ImpastoError: There is more than one picture, or a terminal at the other end.
        """
        self.from_input = STREAM in inputs
        if len(inputs) > 1 or any(each.is_dir() for each in inputs):
            raise ImpastoError("- stands for one picture: name no others with it")
        self.to_output = output == STREAM or (self.from_input and output is None)
        if self.to_output and as_json:
            raise ImpastoError("--json and the picture cannot both go to standard output")
        if self.from_input and sys.stdin.isatty():
            raise ImpastoError("-: standard input is a terminal, expected a picture")
        if self.to_output and sys.stdout.isatty():
            raise ImpastoError("-: standard output is a terminal, name a file with --output")
        self.inputs = tuple(inputs)
        self.output = output

    def __enter__(self) -> Streams:
        with write_errors(Path(tempfile.gettempdir()), PictureError):
            self._folder = tempfile.TemporaryDirectory(prefix="impasto-")
        folder = Path(self._folder.name)
        if self.from_input:
            with write_errors(folder, PictureError):
                (folder / _INPUT).write_bytes(sys.stdin.buffer.read())
            self.inputs = (folder / _INPUT,)
        if self.to_output:
            self.output = folder / _OUTPUT
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folder.cleanup()

    def send(self, result: Path) -> None:
        """Write a result to standard output.

        Raises:
            PictureError: It cannot be written there.
        """
        if reason := send(result.read_bytes()):
            raise PictureError(f"standard output: cannot be written ({reason})")

    def sent(
        self, result: str, error: ImpastoError | None, *, is_there: bool
    ) -> ImpastoError | None:
        """Send a painting, if there is one; return the error, with streams by name.

        If it cannot be sent it is saved, as it may have taken an hour.
        """
        if is_there:
            try:
                self.send(Path(result))
            except PictureError as fault:
                kept = Path(tempfile.gettempdir(), f"impasto-{os.urandom(4).hex()}.png")
                with suppress(OSError):
                    shutil.copyfile(result, kept)
                    error = error or PictureError(f"{fault}: the picture is saved as {kept}")
                error = error or fault
        return None if error is None else self.renamed(error)

    def renamed(self, error: ImpastoError) -> ImpastoError:
        """An error in whose text the streams have their own names."""
        folder = Path(self._folder.name)
        text = str(error).replace(str(folder / _INPUT), "standard input")
        return ImpastoError(text.replace(str(folder / _OUTPUT), "standard output"))
