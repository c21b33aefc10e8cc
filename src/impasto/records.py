"""JSON from untrusted sources: read with limits, and checked field by field.

A type describes a record::

    class Entry(TypedDict):
        name: str
        sha256: NotRequired[str]

    entry = read_record(path, Entry)     such an entry, or one line that names file and field

A TypedDict names required fields and ignores others; a dataclass allows no others. Fields may be
text, numbers, lists, tuples, mappings, literals, unions and records.

In every record, whole numbers fit in 64 bits, other numbers are finite, text can be a file name,
and nothing is nested deeper than ``DEEPEST``.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Any,
    Final,
    Literal,
    NotRequired,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from impasto.errors import ImpastoError, RunError

# Bytes of a record; that of a training may list a hundred thousand photographs.
LARGEST: Final = 16_000_000
DEEPEST: Final = 50

Shape = TypeVar("Shape")


@dataclass(frozen=True)
class Wrong:
    """The error for an invalid record.

    Attributes:
        error: Its class.
        text: The text between the file's name and the fault.
    """

    error: type[ImpastoError] = RunError
    text: str = "damaged, or of another version"

    def of(self, name: str, reason: object) -> ImpastoError:
        """The error for one fault."""
        return self.error(f"{name}: {self.text} ({reason})")


def read_record(path: Path, shape: type[Shape], wrong: Wrong = Wrong()) -> Shape:
    """Read a file of JSON.

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
    """The record in a text of JSON, with its name for errors; see :func:`read_record`."""
    return checked_record(_parsed(text, name, wrong), shape, name, wrong)


def checked_record(value: object, shape: type[Shape], name: str, wrong: Wrong = Wrong()) -> Shape:
    """A plain value, checked as a record; see :func:`read_record`."""
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
    except ValueError as fault:  # also a number of thousands of digits
        reason = f"not JSON: {fault}".partition(";")[0]
    raise wrong.of(name, reason) from None


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise FieldError("appears twice").within(twice)
    return found


def _check_plain(value: object, depth: int = 0) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, (int, float)):
        expect(-(2**63) <= value < 2**63 and math.isfinite(value), "a finite number", value)
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
        raise FieldError("has an incomplete character") from None
    expect("\0" not in text, "text without a zero character", text)


_LISTS: Final = (list, tuple, Sequence)
_MAPPINGS: Final = (dict, Mapping)
_WORDS: Final[Mapping[Any, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    NoneType: "nothing",
    **dict.fromkeys(_LISTS, "a list"),
    **dict.fromkeys(_MAPPINGS, "an object"),
}
_LONGEST: Final = 60  # characters of a value or field name in an error
Check: TypeAlias = Callable[..., None]


class FieldError(ValueError):
    """A value is invalid.

    Attributes:
        expected: A description; "" for a fault of another kind.
        field: Where it is, such as ``inputs.content.sha256``; "" for the whole.
    """

    def __init__(self, reason: str, expected: str = "", field: str = "") -> None:
        super().__init__(f"{field[:_LONGEST]}: {reason}" if field else reason)
        self.reason, self.expected, self.field = reason, expected, field

    def within(self, name: object) -> FieldError:
        """The same fault, seen from one level up."""
        field = f"{short(name)}.{self.field}" if self.field else short(name)
        return FieldError(self.reason, self.expected, field)


def check_type(value: object, shape: Any) -> None:
    """Check a plain value against a type.

    Raises:
        FieldError: It is not of that type; the error names the field.
    """
    kind = get_origin(shape) or shape
    if kind in (Union, UnionType):
        _check_any(value, get_args(shape))
    elif kind is Literal:
        expect(value in get_args(shape), " or ".join(map(str, get_args(shape))), value)
    elif is_typeddict(kind) or dataclasses.is_dataclass(kind):
        expect(isinstance(value, Mapping), _WORDS[dict], value)
        _check_fields(value, kind)
    elif kind not in (Any, object):
        _check_kind(value, kind)
        _check_items(value, kind, get_args(shape))


def expect(right: bool, expected: str, got: object) -> None:
    """Raise a FieldError unless a value is valid."""
    if not right:
        raise FieldError(f"expected {expected}, got {short(got)}", expected)


def in_each(value: Any, check: Check, *more: object) -> None:
    """Check each field of a list or mapping; a fault names the field."""
    for name, each in _named(value):
        _inside(name, check, each, *more)


def short(value: object) -> str:
    """A value as an error shows it."""
    if isinstance(value, (list, tuple, dict)):
        return _WORDS[type(value)]
    text = ascii(value)
    return text[:_LONGEST] if not isinstance(value, str) else text[1:-1][:_LONGEST] or "''"


def _inside(name: object, check: Check, *given: object) -> None:
    try:
        check(*given)
    except FieldError as fault:
        raise fault.within(name) from None


def _check_any(value: object, shapes: tuple[Any, ...]) -> None:
    faults = []
    for shape in shapes:
        try:
            return check_type(value, shape)
        except FieldError as fault:
            faults.append(fault)
    if deep := [fault for fault in faults if fault.field]:
        raise deep[0]
    return expect(False, " or ".join(fault.expected for fault in faults), value)


def _check_fields(value: Any, kind: type) -> None:
    shapes, needed = _fields(kind)
    for name in needed:
        if name not in value:
            raise FieldError("is missing", field=name)
    for name, each in value.items():
        if name in shapes:
            _inside(name, check_type, each, shapes[name])
        elif not is_typeddict(kind):
            raise FieldError("is unknown").within(name)


def _check_kind(value: object, kind: Any) -> None:
    right = isinstance(value, _LISTS[:2] if kind in _LISTS else kind)
    right |= kind is float and isinstance(value, int)
    right &= isinstance(value, bool) <= (kind is bool)
    expect(right, _WORDS.get(kind) or f"a {kind.__name__.lower()}", value)


def _check_items(value: Any, kind: Any, shapes: tuple[Any, ...]) -> None:
    if kind is tuple and shapes and shapes[-1] is not Ellipsis:
        expect(len(value) == len(shapes), f"{len(shapes)} values", value)
        for (name, each), shape in zip(_named(value), shapes, strict=True):
            _inside(name, check_type, each, shape)
    elif shapes:
        in_each(value, check_type, shapes[0] if kind in _LISTS else shapes[-1])


@cache
def _fields(kind: type) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The types of a record's fields by name, and the names of required fields."""
    hints = get_type_hints(kind, include_extras=True)
    if is_typeddict(kind):
        optional = {name for name, hint in hints.items() if get_origin(hint) is NotRequired}
        shapes = {name: get_args(hint)[0] for name, hint in hints.items() if name in optional}
        return hints | shapes, tuple(name for name in hints if name not in optional)
    own = [each for each in dataclasses.fields(kind) if each.init]
    missing = dataclasses.MISSING
    needed = [each.name for each in own if (each.default, each.default_factory) == (missing,) * 2]
    return {each.name: hints[each.name] for each in own}, tuple(needed)


def _named(value: Any) -> Iterable[tuple[object, object]]:
    return value.items() if isinstance(value, Mapping) else enumerate(value)
