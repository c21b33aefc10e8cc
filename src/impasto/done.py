"""Whether a result is there already: the manifest it was made by, compared with the one wanted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from impasto.errors import ImpastoError, OptionError, PictureError, RunError

ADVICE: Final = "give another --output, or --overwrite"

Manifest = Mapping[str, Any]


def difference(before: Manifest, now: Manifest) -> str:
    """The names of the values that differ, in a row; "" when none does."""
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
) -> bool:
    """Whether what is at a place was made from the same inputs with the same options, to its end.

    Args:
        place: A file or folder that is there.
        kept: The manifest found there; None when there is none.
        wanted: The manifest that the result is to have, with the ``command`` that makes it.
        decisive: What of a manifest decides the result, by the names that the error gives.
        is_whole: Whether the manifest found is that of finished work.
        error: Its kind.
        advice: What to do about it.

    Raises:
        ImpastoError: Something else is there; the message names the values that differ.
    """
    if kept is None or kept.get("command") != wanted["command"]:
        raise error(f"{place} is there already and is no result of {wanted['command']}: {advice}")
    try:
        other = difference(decisive(_plain(kept)), decisive(_plain(wanted)))
        whole = not other and bool(is_whole(kept))
    except (RunError, OptionError, KeyError, TypeError, AttributeError):
        other, whole = "its manifest", False  # of another version, or changed by hand
    if other:
        raise error(f"{place} is there already, with other values of {other}: {advice}")
    return whole


def _plain(manifest: Manifest) -> dict[str, Any]:
    """As it is in files: tuples become lists."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(manifest)))
    return plain
