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
    """Number of files to write."""
    limit: int = 0
    """Write at most this many pictures, chosen by the hash of their names; 0 writes all."""
    size: int = 0
    """Reduce the shorter side to this many pixels; 0 keeps all sizes."""
    encoding: Literal["jpeg", "raw"] = "jpeg"
    """Store images as jpeg, or as raw pixels (fast to read, large)."""
    quality: int = 92
    """JPEG quality of images that must be encoded again, from 1 to 100."""

    def __post_init__(self) -> None:
        if not 1 <= self.shards <= 99_999:
            raise OptionError("shards", "1 to 99999", self.shards)
        if not 1 <= self.quality <= 100:
            raise OptionError("quality", "1 to 100", self.quality)
        for name in ("size", "limit"):
            if getattr(self, name) < 0:
                raise OptionError(name, "0 or more", getattr(self, name))


@dataclass(frozen=True, kw_only=True)
class WriteArguments:
    """Write the pictures of a folder tree to TFRecord files, for training.

    Features: label (int64, the number of the class folder), shape (bytes of int32 height, width, 3)
    and image (bytes). JPEG files that need no change are stored unchanged.
    """

    folder: Path = field(metadata={"argument": "FOLDER"})
    """Folder of pictures. Its subfolders are the classes, numbered in alphabetical order."""
    out: Path = field(metadata={"argument": "OUT.tfrecord"})
    """Output file; shards are named OUT-00000-of-00004.tfrecord and so on."""
    recipe: WriteOptions = WriteOptions()
    """Storage"""
    overwrite: bool = False
    """Replace existing files."""
    json: bool = False
    """Print what was written as JSON."""


@dataclass(frozen=True, kw_only=True)
class InspectArguments:
    """Read TFRecord files to the end and list what they hold, including broken records."""

    files: tuple[Path, ...] = field(metadata={"argument": "FILE"})
    """TFRecord files, folders of them, or patterns such as 'train-*.tfrecord'."""
    json: bool = False
    """Print JSON, one line per file."""
