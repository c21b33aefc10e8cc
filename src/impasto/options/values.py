"""Options as plain values, for JSON, and back.

Files of every version stay readable and keep their meaning. To change a default, or the meaning of
a value, raise ``VERSION``, add the former default to ``FORMER`` of the class, and store options of
the version before in tests/fixtures.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self, TypeAlias, TypeVar

from impasto.errors import OptionError
from impasto.options.checks import Dataclass, is_whole
from impasto.records import FieldError, check_type

VERSION: Final = 5
"""The version of options that are written now. Options of version 1 have no version field."""

Former: TypeAlias = Mapping[int, Mapping[str, Any]]
"""Earlier defaults, by the last version that had them."""

Record = TypeVar("Record", bound=Dataclass)


@dataclasses.dataclass(frozen=True)
class Options:
    """Options that are written to JSON and read from it."""

    WHOSE: ClassVar[str]
    """The name of the command or method, for errors."""

    FORMER: ClassVar[Former] = {}

    def to_json(self) -> dict[str, Any]:
        """The version, and plain values by option name, for checkpoints, manifests and logs."""
        return {"version": VERSION, **plain_values(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The options that :meth:`to_json` wrote, in this version or an earlier one.

        Raises:
            OptionError: A name is not an option, or a value is invalid.
        """
        return from_plain_values(cls, completed(values, cls.FORMER), cls.WHOSE)


def switched_on(off: str) -> bool:
    """A field that is true by default; ``off`` is the help of the switch that turns it off."""
    switch: bool = dataclasses.field(default=True, metadata={"off": off})
    return switch


def typed(arguments: Sequence[str]) -> dict[str, str]:
    """The options on a command line by name, each with the word that follows."""
    given = {}
    for argument, following in itertools.pairwise([*arguments, ""]):
        if argument.startswith("--"):
            option, equals, value = argument[2:].partition("=")
            if equals or following:
                given[option.replace("-", "_")] = value if equals else following
    return given


def typed_words(arguments: Sequence[str], option: str) -> tuple[str, ...]:
    """The words that follow an option on a command line; none if it is not there."""
    flag = f"--{option.replace('_', '-')}"
    for place, argument in enumerate(arguments, 1):
        if argument == flag:
            return tuple(itertools.takewhile(lambda word: word[:1] != "-", arguments[place:]))
        if argument.startswith(f"{flag}="):
            return (argument.partition("=")[2],)
    return ()


def completed(values: Mapping[str, Any], former: Former) -> dict[str, Any]:
    """Plain values without their version, completed by the defaults of that version."""
    version, defaults = version_of(values), dict[str, Any]()
    for last in sorted(former, reverse=True):
        if version <= last:
            defaults |= former[last]
    return defaults | {name: value for name, value in values.items() if name != "version"}


def renewed(values: Mapping[str, Any], former: Former) -> dict[str, Any]:
    """Plain values as they would be written now."""
    return {"version": VERSION, **completed(values, former)}


def version_of(values: Mapping[str, Any]) -> int:
    """The version of plain values.

    Raises:
        OptionError: It is later than this one.
    """
    version: int = values.get("version", 1)
    if not is_whole(version, 1, VERSION + 1):
        raise OptionError("version", f"1 to {VERSION}, those that this impasto reads", version)
    return version


def plain_values(options: Dataclass) -> dict[str, Any]:
    """Values by option name; tuples become lists."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in dataclasses.asdict(options).items()
    }


def from_plain_values(kind: type[Record], values: Mapping[str, Any], whose: str) -> Record:
    """The dataclass that :func:`plain_values` was given; lists become tuples again.

    Raises:
        OptionError: A name is not an option of ``whose``, or a value is invalid.
    """
    known = {each.name for each in dataclasses.fields(kind)}
    for name in values:
        if name not in known:
            raise OptionError(str(name), f"an option of {whose}", values[name])
    try:
        check_type(values, kind)
    except FieldError as fault:
        name = fault.field.partition(".")[0]
        raise OptionError(name, fault.expected or fault.reason, values.get(name)) from None
    return kind(
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
    )


def filled(
    kind: type[Record], given: Mapping[str, Any], usual: Mapping[str, Any] = MappingProxyType({})
) -> Record:
    """A dataclass of arguments from values by name, including those of the options within it.

    ``usual`` has values that replace the fields' own defaults.

    Raises:
        OptionError: A name is not an option, or a value is invalid.
    """
    left = dict(given)
    own: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        made = field.default_factory
        value = field.default if made is dataclasses.MISSING else made()
        value = usual.get(field.name, value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            inner = {each.name for each in dataclasses.fields(value)} & left.keys()
            own[field.name] = dataclasses.replace(value, **{each: left.pop(each) for each in inner})
        elif field.name in left:
            value = left.pop(field.name)
            if isinstance(value, list):
                value = tuple(value)
            elif isinstance(value, (str, os.PathLike)) and "Path" in str(field.type):
                value = Path(value)
            own[field.name] = value
        elif value is dataclasses.MISSING:
            raise OptionError(field.name, "a value, as it is required", None)
    for name, value in left.items():
        raise OptionError(name, "an option of this command (`impasto COMMAND --help`)", value)
    return kind(**own)
