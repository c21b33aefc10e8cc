"""What two trainings differ in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

_LONGEST: Final = 40
"""Characters of a value that are told; a list of files would fill the screen."""


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Name what differs in two recipes, with both values; "" when nothing does.

    Args:
        before: Plain values by name, nested as one likes: ``{"options": {"width": 16}}``.
        now: The same of the other run.

    Returns:
        Such as ``options.width (16 then, 32 now), styles (...)``.
    """
    first, second = dict(_leaves(_plain(before))), dict(_leaves(_plain(now)))
    names = [name for name in {**first, **second} if _text(first, name) != _text(second, name)]
    return ", ".join(
        f"{name} ({_short(_text(first, name))} then, {_short(_text(second, name))} now)"
        for name in names
    )


def _plain(recipe: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(dict(recipe)))  # tuples become lists, as they are in files


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict) or (name and not value):
        yield name, value
        return
    for key, each in value.items():
        yield from _leaves(each, f"{name}.{key}" if name else key)


def _text(leaves: Mapping[str, Any], name: str) -> str:
    return json.dumps(leaves[name], ensure_ascii=False) if name in leaves else "nothing"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
