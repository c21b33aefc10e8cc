"""The arguments of `impasto tfrecord`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from impasto.errors import OptionError


@dataclass(frozen=True, kw_only=True)
class WriteOptions:
    """How pictures are stored in TFRecord files."""

    shards: int = 1
    """Files to deal the pictures out to."""
    size: int = 0
    """Reduce the shorter side to so many pixels; 0 keeps every size."""
    encoding: Literal["jpeg", "raw"] = "jpeg"
    """How images are stored: JPEG, or the raw bytes of their pixels (fast to read, large)."""
    quality: int = 92
    """Quality of JPEGs that are encoded anew, 1 to 100."""

    def __post_init__(self) -> None:
        if not 1 <= self.shards <= 99_999:
            raise OptionError("shards", "1 to 99999", self.shards)
        if not 1 <= self.quality <= 100:
            raise OptionError("quality", "1 to 100", self.quality)
        if self.size < 0:
            raise OptionError("size", "0 or more", self.size)


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
    recipe: WriteOptions = WriteOptions()
    """How pictures are stored."""
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
