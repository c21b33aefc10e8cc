"""Survey the contents of a TFRecord file."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from impasto.dataset.example import Record, from_bytes, pixels_of
from impasto.dataset.fast_decode import damage_named, reason_of
from impasto.dataset.framing import Unpacked, read_record, records_of
from impasto.errors import PictureError
from impasto.image.opening import opened


@dataclass(frozen=True)
class Spread:
    """Minimum, median and maximum."""

    min: int
    median: float
    max: int


@dataclass(frozen=True)
class Survey:
    """The contents of one TFRecord file.

    Attributes:
        path: The file.
        bytes: Its size.
        records: Number of records, broken ones included.
        encodings: Good records by encoding: raw, jpeg, png, ...
        width: Of the good records as stored, in pixels; None if there are none.
        height: As ``width``.
        labels: Good records by label.
        broken: First byte and fault of each broken record.
        lost: Why the rest of the file cannot be read, or "".
    """

    path: Path
    bytes: int
    records: int
    encodings: Mapping[str, int]
    width: Spread | None
    height: Spread | None
    labels: Mapping[int, int]
    broken: tuple[tuple[int, str], ...]
    lost: str


def survey(path: Path, on_record: Callable[[int, int], None]) -> Survey:
    """Read every record of a file: checksums, features, and pictures to their last byte.

    Args:
        path: The file.
        on_record: Called after each record with the number done and the total.

    Raises:
        PictureError: The file is not a TFRecord file or cannot be read.
    """
    try:
        file = Unpacked(path)
        found = records_of(file.path, path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PictureError(f"{path}: cannot be read ({reason})") from None
    tally = _Tally()
    broken: list[tuple[int, str]] = []
    places = zip(found.offsets.tolist(), found.lengths.tolist(), strict=True)
    for number, (offset, length) in enumerate(places):
        name = f"{path}#{number}"
        try:
            tally.add(from_bytes(read_record(file.path, offset, length, name), name), name)
        except PictureError as error:
            broken.append((offset, reason_of(error, name)))
        on_record(number + 1, len(found.offsets))
    return Survey(
        path=path,
        bytes=path.stat().st_size,
        records=len(found.offsets),
        encodings=dict(tally.encodings.most_common()),
        width=_spread(tally.widths),
        height=_spread(tally.heights),
        labels=dict(sorted(tally.labels.items())),
        broken=tuple(broken),
        lost=file.fault or found.lost,
    )


@dataclass
class _Tally:
    encodings: Counter[str] = field(default_factory=Counter)
    labels: Counter[int] = field(default_factory=Counter)
    widths: list[int] = field(default_factory=list)
    heights: list[int] = field(default_factory=list)

    def add(self, record: Record, name: str) -> None:
        """Count a record; a broken one raises a PictureError and is not counted."""
        pixels = pixels_of(record, name, at_least=1)
        encoding = "raw" if record.is_raw else "tiff"  # a TIFF that Pillow cannot open
        height, width = pixels.shape[:2]
        if not record.is_raw:
            with damage_named(name):
                image = opened(record.image, name)
            if image is not None:
                encoding, (width, height) = str(image.format).lower(), image.size
        self.encodings[encoding] += 1
        self.labels[record.label] += 1
        self.widths.append(width)
        self.heights.append(height)


def _spread(numbers: list[int]) -> Spread | None:
    if not numbers:
        return None
    return Spread(min(numbers), statistics.median(numbers), max(numbers))
