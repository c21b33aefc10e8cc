"""JSON that anybody may have written: read with limits, and checked field by field.

What a record has to hold is said by a type (:mod:`impasto.shapes`)::

    class Entry(TypedDict):
        name: str
        sha256: NotRequired[str]

    entry = read_record(path, Entry)     such an entry, or one line that names file and field

Besides, whole numbers lie within 64 bits, other numbers are finite, text can be the name of a file
and nothing is nested deeper than ``DEEPEST``: who holds a record need not ask again.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from impasto.errors import ImpastoError, RunError
from impasto.shapes import FieldError, check_type, expect, in_each

LARGEST: Final = 16_000_000
"""Bytes of a record; that of a training lists some hundred thousand photographs."""

DEEPEST: Final = 50

Shape = TypeVar("Shape")


@dataclass(frozen=True)
class Wrong:
    """What is raised in place of a record.

    Attributes:
        error: Its class.
        told: What stands between the file's name and the fault.
    """

    error: type[ImpastoError] = RunError
    told: str = "damaged, or of another version"

    def of(self, name: str, reason: object) -> ImpastoError:
        """The error for one fault."""
        return self.error(f"{name}: {self.told} ({reason})")


def read_record(path: Path, shape: type[Shape], wrong: Wrong = Wrong()) -> Shape:
    """Read a file of JSON.

    Args:
        path: The file.
        shape: What has to be in it.
        wrong: What is raised where it is not.

    Raises:
        ImpastoError: It cannot be read, or is not such a record; one line names file and field.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise wrong.error(f"{path}: cannot be read ({reason})") from None
    return parsed_record(data, shape, str(path), wrong)


def parsed_record(
    text: str | bytes, shape: type[Shape], name: str, wrong: Wrong = Wrong()
) -> Shape:
    """The record in a text; see :func:`read_record`.

    Args:
        text: JSON.
        shape: What has to be in it.
        name: Where it was, for the error.
        wrong: What is raised where it is none.
    """
    return checked_record(_parsed(text, name, wrong), shape, name, wrong)


def checked_record(value: object, shape: type[Shape], name: str, wrong: Wrong = Wrong()) -> Shape:
    """A value that is plain already, seen to be a record; see :func:`read_record`."""
    try:
        _check_plain(value)
        check_type(value, shape)
    except FieldError as fault:
        raise wrong.of(name, fault) from None
    return value  # type: ignore[return-value]


def _parsed(text: str | bytes, name: str, wrong: Wrong) -> object:
    try:
        expect(len(text) <= LARGEST, f"at most {LARGEST // 1_000_000} MB", "more")
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return json.loads(decoded, object_pairs_hook=_named_once)
    except RecursionError:
        reason = "nested too deep"
    except UnicodeDecodeError as fault:
        reason = f"not UTF-8 at byte {fault.start}"
    except FieldError as fault:
        reason = str(fault)
    except ValueError as fault:  # a number of thousands of digits, too
        reason = f"not JSON: {fault}".partition(";")[0]
    raise wrong.of(name, reason) from None


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise FieldError("is there twice").within(twice)
    return found


def _check_plain(value: object, depth: int = 0) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, (int, float)):
        expect(-(2**63) <= value < 2**63 and math.isfinite(value), "a usual number", value)
    elif isinstance(value, (list, tuple, dict)) and value:
        expect(depth < DEEPEST, f"at most {DEEPEST} levels", value)
        in_each(value, _check_plain, depth + 1)
        for name in value if isinstance(value, dict) else ():
            expect(isinstance(name, str), "names in text", name)
            _check_text(name)


def _check_text(text: str) -> None:
    try:
        text.isascii() or text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise FieldError("holds half a character") from None
    expect("\0" not in text, "text without a zero character", text)
