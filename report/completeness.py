"""What the report is typeset from may have no gaps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from impasto.errors import RunError

DATA: Final = "data.json"


def check(data: Mapping[str, Any]) -> None:
    """Refuse data in which a number is missing.

    Raises:
        RunError: The first place where there is none, by name.
    """
    for place, value in _values(data, ""):
        if isinstance(value, float) and not math.isfinite(value):
            raise RunError(f"{DATA}: {place} is {value}; run report/make_runs.py again")
        if value is None and not place.endswith(".picture"):
            raise RunError(f"{DATA}: {place} is missing; run report/make_runs.py again")


def _values(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _values(each, f"{place}.{name}".lstrip("."))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _values(each, f"{place}.{number}")
    else:
        yield place, value
