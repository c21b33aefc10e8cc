"""A folder of images becomes TFRecord files."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.dataset.example import Record, to_bytes
from impasto.dataset.fast_decode import UPRIGHT, damage_named, decoded, is_srgb, reason_of
from impasto.dataset.framing import write_record
from impasto.dataset.pictures import FolderPictures
from impasto.dataset.shards import is_record_file
from impasto.errors import ImpastoError, OptionError, PictureError
from impasto.files import write_errors, written_whole
from impasto.image.metadata import orientation_of
from impasto.image.opening import opened
from impasto.options.tfrecord import WriteOptions

MAX_RECORD: Final = 2**31 - 2**16
"""Bytes of pixels that fit into a message: protobuf ends at 2 GiB."""


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        paths: The files.
        records: Pictures in them.
        untouched: How many of those are the bytes of their JPEG file.
        size: Bytes of all files.
        skipped: Names of the broken pictures, each with what is wrong with it.
    """

    paths: tuple[Path, ...]
    records: int
    untouched: int
    size: int
    skipped: tuple[tuple[str, str], ...]


def shard_paths(out: Path, shards: int) -> tuple[Path, ...]:
    """``out`` itself, or OUT-00000-of-00004.tfrecord and so on."""
    if shards == 1:
        return (out,)
    return tuple(
        out.with_name(f"{out.stem}-{number:05d}-of-{shards:05d}{out.suffix}")
        for number in range(shards)
    )


def write_records(
    folder: Path,
    out: Path,
    options: WriteOptions,
    *,
    overwrite: bool = False,
    on_picture: Callable[[int, int], None] = lambda _done, _of: None,
) -> Written:
    """Write the images of a folder tree into TFRecord files, all of them or none.

    JPEG files that need no change go in as they are, bit by bit. The others are stored upright,
    in sRGB and RGB, as whoever reads the file may know nothing of EXIF, profiles and transparency.

    Pictures keep the order of their names and are dealt out to the shards in turn, so that each
    shard has its share of every class. Broken ones are left out.

    Args:
        folder: The folder tree; its folders at the top are the classes.
        out: The file, or what the shards' names are made from; ends in ``.tfrecord``.
        options: How to store.
        overwrite: Whether files that are there may be replaced.
        on_picture: Told, after each, how many pictures are done, and of how many.

    Raises:
        PictureError: The folder holds no pictures, or none that can be read.
        OptionError: The name or the number of shards cannot be used.
        ImpastoError: A file already exists or cannot be written.
    """
    pictures = FolderPictures(folder)
    packer = _Packer(pictures, options, on_picture)
    with write_errors(out, ImpastoError):
        paths = _checked_paths(out, options.shards, len(pictures), overwrite=overwrite)
    with ExitStack() as stack:
        temporary = [stack.enter_context(written_whole(path, ImpastoError)) for path in paths]
        for shard, path in enumerate(temporary):
            with path.open("wb") as file:
                packer.pack(file, range(shard, len(pictures), len(paths)))
        packer.check()
    size = sum(path.stat().st_size for path in paths)
    return Written(paths, packer.records, packer.untouched, size, tuple(packer.skipped))


class _Packer:
    """Puts pictures into files one after the other, and counts."""

    def __init__(
        self,
        pictures: FolderPictures,
        options: WriteOptions,
        on_picture: Callable[[int, int], None],
    ) -> None:
        self.pictures = pictures
        self.options = options
        self.on_picture = on_picture
        self.records = self.untouched = 0
        self.skipped: list[tuple[str, str]] = []

    def pack(self, file: IO[bytes], indices: Sequence[int]) -> None:
        for index in indices:
            try:
                record, untouched = _stored(self.pictures, index, self.options)
            except PictureError as error:
                name = self.pictures.name(index)
                self.skipped.append((name, reason_of(error, name)))
            else:
                write_record(file, to_bytes(record))
                self.records += 1
                self.untouched += untouched
            self.on_picture(self.records + len(self.skipped), len(self.pictures))

    def check(self) -> None:
        if not self.records:
            name, reason = self.skipped[0]
            raise PictureError(
                f"{self.pictures.root}: none of {len(self.skipped)} pictures can be read "
                f"({name}: {reason})"
            )


def _checked_paths(out: Path, shards: int, count: int, *, overwrite: bool) -> tuple[Path, ...]:
    if out.suffix.lower() not in (".tfrecord", ".tfrecords") or out.is_dir():
        raise OptionError("OUT", "the name of a file that ends in .tfrecord", str(out))
    if shards > count:
        raise OptionError("shards", f"at most one a picture, {count}", shards)
    paths = shard_paths(out, shards)
    beside = _of_the_same_name(out)
    if other := sorted(set(beside) - set(paths)):
        raise ImpastoError(
            f"{other[0]}: is of another set of the same name, remove that set or take another name"
        )
    if beside and not overwrite:
        raise ImpastoError(f"{beside[0]} already exists; take another name, or --overwrite")
    return paths


def _of_the_same_name(out: Path) -> list[Path]:
    """The file itself and shards of it, of any number, that are there."""
    if not out.parent.is_dir():
        return []
    start = f"{out.stem}-"
    shards = (
        path
        for path in out.parent.iterdir()
        if path.name.startswith(start)
        and "-of-" in path.name.removeprefix(start)
        and is_record_file(path.name)
    )
    return sorted({*shards, *([out] if out.exists() else [])})


def _stored(pictures: FolderPictures, index: int, options: WriteOptions) -> tuple[Record, bool]:
    """A picture as a record, and whether that holds the bytes of its file as they are.

    Raises:
        PictureError: It is broken, or too large for one record.
    """
    label, size = pictures.label(index), options.size
    path = pictures.path(index)
    if options.encoding == "jpeg" and (found := _untouched(path, size)):
        data, shape = found
        return Record(data, label, shape), True
    pixels = _reduced(pictures.read(index, size), size)
    if options.encoding == "jpeg":
        return Record(_jpeg(pixels, options.quality), label, pixels.shape), False
    if pixels.nbytes > MAX_RECORD:
        raise PictureError(f"{path}: is too large to store raw, give a size")
    return Record(pixels.tobytes(), label, pixels.shape), False


def _untouched(path: Path, size: int) -> tuple[bytes, tuple[int, int, int]] | None:
    """The bytes of a JPEG file and its shape; None when it has to be changed, or is no JPEG."""
    try:
        data = path.read_bytes()
    except OSError:
        return None  # reading it as a picture says why
    with damage_named(str(path)):
        image = opened(data, str(path))
        if image is None or _has_to_change(image, size, str(path)):
            return None
    decoded(data, str(path), at_least=1)  # raises when it is cut off
    return data, (image.height, image.width, 3)


def _has_to_change(image: Image.Image, size: int, name: str) -> bool:
    return (
        image.format != "JPEG"
        or image.mode != "RGB"
        or 0 < size < min(image.size)
        or orientation_of(image, name) in UPRIGHT
        or not is_srgb(image.info.get("icc_profile"))
    )


def _reduced(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """With the shorter side reduced to a size, when it is longer."""
    height, width = pixels.shape[:2]
    if not 0 < size < min(height, width):
        return pixels
    scale = size / min(height, width)
    target = max(size, round(width * scale)), max(size, round(height * scale))
    return np.asarray(
        Image.fromarray(pixels).resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)
    )


def _jpeg(pixels: NDArray[np.uint8], quality: int) -> bytes:
    buffer = io.BytesIO()
    # Colors at full resolution: crops are small, and training would see the loss.
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=0, optimize=True)
    return buffer.getvalue()
