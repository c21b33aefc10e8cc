"""``impasto tfrecord``: pictures to TFRecord files, and what is in such files."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from impasto.commands.guards import stop_wished
from impasto.commands.outputs import FAILED, complain
from impasto.commands.progress import counted
from impasto.dataset.shards import record_files
from impasto.dataset.survey import Spread, Survey, survey
from impasto.dataset.writing import Written, write_records
from impasto.errors import ImpastoError, PictureError
from impasto.options.tfrecord import InspectArguments, WriteArguments

LABELS_SHOWN: Final = 20
"""Labels that are listed for people; ImageNet has a thousand."""


def write(given: WriteArguments) -> int:
    """Write TFRecord files, with a bar; name what was left out on standard error."""
    out = given.out
    with stop_wished() as stop, counted(out.name, "pictures", quiet=given.json) as show:

        def on_picture(done: int, of: int) -> None:
            show(done, of)
            if stop():
                raise KeyboardInterrupt  # and no file is left behind

        written = write_records(
            given.folder, out, given.recipe, overwrite=given.overwrite, on_picture=on_picture
        )
    for name, reason in written.skipped:
        print(f"skipped {name}: {reason}", file=sys.stderr)
    print(json.dumps(_written_for_programs(written)) if given.json else _sentence(out, written))
    return 0


def inspect(given: InspectArguments) -> int:
    """Print what is in TFRecord files; a file that is none is reported, and the others are read."""
    code = 0
    for each in given.files:
        try:
            for path in _files(each):
                with counted(path.name, "records", quiet=given.json) as show:
                    found = survey(path, show)
                print(
                    json.dumps(_for_programs(found)) if given.json else _report(found), flush=True
                )
        except ImpastoError as error:
            complain(error)
            code = FAILED
    return code


def _files(given: Path) -> list[Path]:
    try:
        return record_files(given)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PictureError(f"{given}: cannot be read ({reason})") from None


def _sentence(out: Path, written: Written) -> str:
    files = str(out) if len(written.paths) == 1 else f"{out}, {len(written.paths)} shards"
    parts = [f"{files}: {written.records:,} pictures", _size(written.size)]
    if written.untouched:
        parts.append(f"{written.untouched:,} JPEG files as they were")
    if written.skipped:
        parts.append(f"{len(written.skipped):,} broken ones skipped")
    return ", ".join(parts)


def _written_for_programs(written: Written) -> dict[str, Any]:
    return {
        "files": [str(path) for path in written.paths],
        "records": written.records,
        "untouched": written.untouched,
        "bytes": written.size,
        "skipped": [{"name": name, "reason": reason} for name, reason in written.skipped],
    }


def _for_programs(found: Survey) -> dict[str, Any]:
    broken = [{"offset": offset, "reason": reason} for offset, reason in found.broken]
    return {**asdict(found), "path": str(found.path), "broken": broken}


def _report(found: Survey) -> str:
    lines = [f"{found.path}: {found.records:,} records, {_size(found.bytes)}"]
    if found.encodings:
        lines += [
            f"  encoding  {_counts(found.encodings)}",
            f"  width     {_spread(found.width)}",
            f"  height    {_spread(found.height)}",
            f"  label     {_counts(found.labels)}",
        ]
    if found.broken:
        lines.append(f"  broken    {len(found.broken):,}")
        lines += [f"    at byte {offset}: {reason}" for offset, reason in found.broken]
    if found.lost:
        lines.append(f"  lost      {found.lost}")
    return "\n".join(lines)


def _counts(counts: Mapping[Any, int]) -> str:
    shown = [f"{key}: {count:,}" for key, count in counts.items()]
    more = f", and {len(shown) - LABELS_SHOWN} more" if len(shown) > LABELS_SHOWN else ""
    return ", ".join(shown[:LABELS_SHOWN]) + more


def _spread(spread: Spread | None) -> str:
    return "" if spread is None else f"{spread.min} to {spread.max}, median {spread.median:g}"


def _size(count: int) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} bytes"
