"""Options as plain values, for JSON, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from impasto.errors import OptionError
from impasto.options.checks import Dataclass
from impasto.shapes import FieldError, check_type

Options = TypeVar("Options", bound=Dataclass)


def plain_values(options: Dataclass) -> dict[str, Any]:
    """Values by option name for checkpoints, manifests and logs; tuples become lists."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in dataclasses.asdict(options).items()
    }


def from_plain_values(options: type[Options], values: Mapping[str, Any], whose: str) -> Options:
    """The options that :func:`plain_values` gave; lists become tuples again.

    Args:
        options: Their class.
        values: By option name.
        whose: Whose options they are, for the error.

    Raises:
        OptionError: A name that is no option, or a value it cannot have.
    """
    known = {each.name for each in dataclasses.fields(options)}
    for name in values:
        if name not in known:
            raise OptionError(str(name), f"an option of {whose}", values[name])
    try:
        check_type(values, options)
    except FieldError as fault:
        name = fault.field.partition(".")[0]
        raise OptionError(name, fault.expected or fault.reason, values.get(name)) from None
    return options(
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
    )
