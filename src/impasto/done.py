"""Whether a result exists already, by comparing its manifest with that of the new command."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from impasto.errors import ImpastoError, OptionError, PictureError, RunError

ADVICE: Final = "give another --output, or --overwrite"

Manifest = Mapping[str, Any]


def difference(before: Manifest, now: Manifest) -> str:
    """The names of the values that differ, joined by commas; "" if none differ."""
    return ", ".join(name for name in {**before, **now} if before.get(name) != now.get(name))


def is_done(
    place: Path,
    kept: Manifest | None,
    wanted: Manifest,
    decisive: Callable[[Manifest], Manifest],
    *,
    is_whole: Callable[[Manifest], bool] = lambda _: True,
    error: type[ImpastoError] = PictureError,
    advice: str = ADVICE,
    origin: Callable[[Manifest], str] = lambda _: "",
) -> bool:
    """Whether an existing result was made from the same inputs and options, and is complete.

    Args:
        place: The existing file or folder.
        kept: The manifest found there, or None.
        wanted: The manifest of the new result, with its ``command``.
        decisive: Returns the values of a manifest that determine the result, by name.
        is_whole: Whether the existing manifest is that of finished work.
        error: The class of the error.
        advice: The end of its message: what to do.
        origin: Text about a manifest to use instead of the names of differing values, if any.

    Raises:
        ImpastoError: Something else is there; the message names the values that differ.
    """
    if kept is None or kept.get("command") != wanted["command"]:
        raise error(f"{place} already exists and was not made by {wanted['command']}: {advice}")
    try:
        other = difference(decisive(_plain(kept)), decisive(_plain(wanted)))
        whole = not other and bool(is_whole(kept))
    except (RunError, OptionError, KeyError, TypeError, AttributeError):
        other, whole = "its manifest", False  # of another version, or edited by hand
    if other:
        other = origin(kept) or f"with other values of {other}"
        raise error(f"{place} already exists, {other}: {advice}")
    return whole


def _plain(manifest: Manifest) -> dict[str, Any]:
    """Values as read from files: tuples become lists."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(manifest)))
    return plain
