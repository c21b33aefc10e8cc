"""TFRecord files as pictures."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from impasto.dataset.example import Record, from_bytes, pixels_of
from impasto.dataset.framing import Unpacked, read_record, records_of
from impasto.errors import PictureError

logger = logging.getLogger("impasto")

SUFFIX: Final = re.compile(r"\.tfrecords?(-\d+-of-\d+)?$", re.IGNORECASE)
"""Suffixes of TFRecord files: ours, the plural, and TensorFlow's with the shard last."""

NUMBERED: Final = re.compile(r"(?P<before>.*)-(?P<number>\d{5})-of-(?P<of>\d{5})(?P<after>.*)")


@final
class RecordPictures:
    """The records of TFRecord files, file after file.

    All records are located first, by their lengths, and read later, one by one. Everything after
    a broken length is lost; that is logged, and the rest is used.

    Attributes:
        paths: The files.
        lost: One line for each file that cannot be read completely.

    Raises:
        PictureError: A file is not a TFRecord file, or there are no records.
        OSError: A file cannot be read.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)
        self._files = [Unpacked(path) for path in self.paths]
        found = [
            records_of(file.path, path) for file, path in zip(self._files, self.paths, strict=True)
        ]
        lost = [file.fault or each.lost for file, each in zip(self._files, found, strict=True)]
        self.lost = tuple(
            f"{path}: {why}" for path, why in zip(self.paths, lost, strict=True) if why
        )
        for line in self.lost:
            logger.warning("%s", line)
        self._ends = np.cumsum([len(each.offsets) for each in found])
        if not len(self):
            raise PictureError(self.lost[0] if self.lost else f"{self.paths[0]}: holds no records")
        self._offsets = np.concatenate([each.offsets for each in found])
        self._lengths = np.concatenate([each.lengths for each in found])
        self._names = _names(self.paths)
        self._last: tuple[int, Record] | None = None

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_last": None}

    def name(self, index: int) -> str:
        """``file#record``; records are counted from 0."""
        file, record = self._place(index)
        return f"{self._names[file]}#{record}"

    def label(self, index: int) -> int:
        """The record's label, 0 if it has none."""
        return self._record(index).label

    def read(self, index: int, at_least: int = 0) -> NDArray[np.uint8]:
        """One picture; see `Pictures.read`."""
        return pixels_of(self._record(index), self._full_name(index), at_least)

    def _place(self, index: int) -> tuple[int, int]:
        if not 0 <= index < len(self):
            raise IndexError(f"record {index} of {len(self)}")
        file = int(np.searchsorted(self._ends, index, side="right"))
        return file, index - int(self._ends[file - 1] if file else 0)

    def _full_name(self, index: int) -> str:
        file, record = self._place(index)
        return f"{self.paths[file]}#{record}"

    def _record(self, index: int) -> Record:
        # Picture and label are asked for one after the other; the record is read once.
        if self._last is not None and self._last[0] == index:
            return self._last[1]
        name = self._full_name(index)
        path = self._files[self._place(index)[0]].path
        data = read_record(path, int(self._offsets[index]), int(self._lengths[index]), name)
        record = from_bytes(data, name)
        self._last = index, record
        return record


def is_record_file(name: str) -> bool:
    """Whether a file has the name of a TFRecord file."""
    return SUFFIX.search(name) is not None and not name.startswith(".")


def shards_in(folder: Path) -> list[Path]:
    """The TFRecord files of a folder, by name; subfolders are ignored."""
    found = (path for path in folder.iterdir() if is_record_file(path.name) and path.is_file())
    return sorted(found)


def record_files(path: Path) -> list[Path]:
    """The TFRecord files of a path: itself, those of a folder, or those that match a pattern.

    In a folder, all numbered shards must be present; a pattern may select some of them.

    Raises:
        PictureError: There are none, or a numbered one is missing.
        OSError: The folder cannot be listed.
    """
    if path.is_dir():
        shards = shards_in(path)
        if not shards:
            raise PictureError(f"{path}: holds no .tfrecord files")
        _check_complete(shards)
        return shards
    if path.exists():
        return [path]
    if not any(sign in str(path) for sign in "*?["):
        raise PictureError(f"{path}: no such file or folder")
    root = Path(path.anchor)
    files = sorted(each for each in root.glob(str(path.relative_to(root))) if each.is_file())
    if not files:
        raise PictureError(f"{path}: no file matches")
    return files


def _check_complete(shards: Sequence[Path]) -> None:
    present = {path.name for path in shards}
    matches = [match for path in shards if (match := NUMBERED.fullmatch(path.name))]
    for before, of, after in sorted({match.group("before", "of", "after") for match in matches}):
        for number in range(int(of)):
            name = f"{before}-{number:05d}-of-{of}{after}"
            if name not in present:
                raise PictureError(f"{shards[0].with_name(name)}: this shard is missing")


def _names(paths: Sequence[Path]) -> tuple[str, ...]:
    """The files' names, with the folders that distinguish them."""
    common = os.path.commonpath([path.absolute().parent for path in paths])
    return tuple(str(path.absolute().relative_to(common)) for path in paths)
