"""``impasto tfrecord``: pictures to TFRecord files, and what is in such files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from impasto.cli.commands import chosen, listed
from impasto.cli.parser import parse


@dataclass(frozen=True, kw_only=True)
class WriteArguments:
    """Write the pictures of a folder tree into TFRecord files, for training.

    Features: label (int64, the number of the class folder), shape (bytes of int32 height, width,
    3) and image (bytes). JPEG files that need no change go in as they are.
    """

    folder: Path = field(metadata={"argument": "FOLDER"})
    """The folder; those at its top are the classes, numbered in the order of their names."""
    out: Path = field(metadata={"argument": "OUT.tfrecord"})
    """The file to write; several are named OUT-00000-of-00004.tfrecord and so on."""
    shards: int = 1
    """Files to deal the pictures out to."""
    size: int = 0
    """Reduce the shorter side to so many pixels; 0 keeps every size."""
    encoding: Literal["jpeg", "raw"] = "jpeg"
    """How images are stored: JPEG, or the raw bytes of their pixels (fast to read, large)."""
    quality: int = 92
    """Quality of JPEGs that are encoded anew, 1 to 100."""
    overwrite: bool = False
    """Replace files that are there."""
    json: bool = False
    """Print what was written for programs."""


@dataclass(frozen=True, kw_only=True)
class InspectArguments:
    """Read TFRecord files to the last byte and tell what is in them, broken records too."""

    files: tuple[Path, ...] = field(metadata={"argument": "FILE"})
    """TFRecord files, folders of them, or patterns such as 'train-*.tfrecord'."""
    json: bool = False
    """Print it for programs, one line a file."""


def main(arguments: list[str]) -> int:
    """Run one of the subcommands; give its exit code."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    kind, run = chosen(arguments[0], COMMANDS, "impasto tfrecord")
    return run(parse(kind, arguments[1:], prog=f"impasto tfrecord {arguments[0]}"))


def _write(given: WriteArguments) -> int:
    from impasto.cli.records import write
    from impasto.dataset.writing import WriteOptions

    options = WriteOptions(
        shards=given.shards, size=given.size, encoding=given.encoding, quality=given.quality
    )
    overwrite, as_json = given.overwrite, given.json
    return write(given.folder, given.out, options, overwrite=overwrite, as_json=as_json)


def _inspect(given: InspectArguments) -> int:
    from impasto.cli.records import inspect

    return inspect(given.files, as_json=given.json)


COMMANDS: Final[Mapping[str, tuple[type[Any], Callable[[Any], int]]]] = {
    "write": (WriteArguments, _write),
    "inspect": (InspectArguments, _inspect),
}
"""Every subcommand: its arguments, whose docstring is the help, and what it does with them."""


def _help() -> str:
    helps = {name: str(kind.__doc__).partition("\n")[0] for name, (kind, _) in COMMANDS.items()}
    return "\n".join(
        [
            "usage: impasto tfrecord COMMAND ...",
            "",
            "TFRecord files of pictures to train on: write them, look into them.",
            "",
            listed(helps),
            "",
            "impasto tfrecord COMMAND --help tells the options of a command.",
        ]
    )
