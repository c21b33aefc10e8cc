"""Write a folder of images as TFRecord files."""

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

from impasto.dataset.choosing import limited
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
"""Bytes of pixels that fit into a message: protobuf's limit is 2 GiB."""


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        paths: The files.
        records: Pictures in them.
        untouched: How many of those hold the unchanged bytes of their JPEG file.
        size: Bytes of all files.
        skipped: Name and fault of each broken picture.
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

    JPEG files that need no change are stored unchanged. The others are stored upright, in RGB and
    sRGB, as readers of the file may not handle EXIF, profiles and transparency.

    Pictures keep the order of their names and are distributed over the shards in turn, so that
    each shard has its share of every class. Broken ones are skipped.

    Args:
        folder: The folder tree; its top folders are the classes.
        out: The file, or the name that the shards' names are made from; ends in ``.tfrecord``.
        options: How to store.
        overwrite: Whether existing files may be replaced.
        on_picture: Called after each picture with the number done and the total.

    Raises:
        PictureError: The folder holds no pictures, or none that can be read.
        OptionError: The name or the number of shards is invalid.
        ImpastoError: A file already exists or cannot be written.
    """
    pictures = FolderPictures(folder)
    chosen = limited(pictures, options.limit)
    packer = _Packer(pictures, options, lambda done: on_picture(done, len(chosen)))
    with write_errors(out, ImpastoError):
        paths = _checked_paths(out, options.shards, len(chosen), overwrite=overwrite)
    with ExitStack() as stack:
        temporary = [stack.enter_context(written_whole(path, ImpastoError)) for path in paths]
        for shard, path in enumerate(temporary):
            with path.open("wb") as file:
                packer.pack(file, chosen[shard :: len(paths)])
        packer.check()
    size = sum(path.stat().st_size for path in paths)
    return Written(paths, packer.records, packer.untouched, size, tuple(packer.skipped))


class _Packer:
    """Puts pictures into files one after the other, and counts."""

    def __init__(
        self,
        pictures: FolderPictures,
        options: WriteOptions,
        on_picture: Callable[[int], None],
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
            self.on_picture(self.records + len(self.skipped))

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
        raise OptionError("shards", f"at most one per picture, {count}", shards)
    paths = shard_paths(out, shards)
    beside = _of_the_same_name(out)
    if other := sorted(set(beside) - set(paths)):
        raise ImpastoError(
            f"{other[0]}: is of another set of the same name; remove that set or use another name"
        )
    if beside and not overwrite:
        raise ImpastoError(f"{beside[0]} already exists; use another name, or --overwrite")
    return paths


def _of_the_same_name(out: Path) -> list[Path]:
    """The existing ones of the file itself and its shards, of any number."""
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
    """A picture as a record, and whether that holds its file's unchanged bytes."""
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
    """The bytes and shape of a JPEG file; None if it must be changed, or is not JPEG."""
    try:
        data = path.read_bytes()
    except OSError:
        return None  # reading it as a picture says why
    with damage_named(str(path)):
        image = opened(data, str(path))
        if image is None or _has_to_change(image, size, str(path)):
            return None
    decoded(data, str(path), at_least=1)  # raises if it is truncated
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
    """Reduce the shorter side to a size, if it is longer."""
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
    # Colors at full resolution: crops are small, so the loss would show.
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=0, optimize=True)
    return buffer.getvalue()
