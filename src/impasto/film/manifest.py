"""What a film is made from, and whether it has been made."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from impasto import done
from impasto.done import ADVICE
from impasto.errors import VideoError
from impasto.film.codecs import kind_of
from impasto.film.packets import opened
from impasto.film.picture_folder import of_pattern
from impasto.film.unpacking import frames_of
from impasto.networks.own import gone
from impasto.options.values import VERSION, renewed
from impasto.options.video import UNUSED, VideoOptions
from impasto.records import Wrong, parsed_record
from impasto.version import __version__

KEY: Final = "comment"  # names the manifest in a film's metadata

_ENDS: Final = 1 << 20
"""Bytes at each end of a film that identify it: hashing all of a long one takes minutes."""

_PARTS: Final = ("inputs", "options", "whole")
_ELSEWHERE: Final = {"apply": (), "paint": ("strength", "style_scale")}
"""Options that the recipe of each frame has."""
_FORMER: Final = {2: {"style_scale": 1.0}, 4: {"faces": 0.0}}


def recipe(
    source: Path, options: VideoOptions, codec: str, made_with: Mapping[str, Any]
) -> dict[str, Any]:
    """The part of a manifest that decides what a film becomes.

    ``made_with`` names network and styles by their hashes. VideoError: the film cannot be read.
    """
    values = dataclasses.asdict(options)
    return {
        "impasto": __version__,
        "command": "video",
        "options": {"version": VERSION} | _used(values) | {"codec": codec},
        "inputs": {"film": {"name": source.name, "sha256": fingerprint(source)}},
        **made_with,
    }


def _used(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that matter to the method."""
    method = "paint" if options.get("method") == "paint" else "apply"
    left_out = UNUSED[method] + _ELSEWHERE[method]
    return {name: value for name, value in options.items() if name not in left_out}


def renewed_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a film, by this version or an earlier one, as they are written now."""
    return _used(renewed(options, _FORMER))


def fingerprint(source: Path) -> str:
    """Identifies a film: a hash of its size and both its ends; of a folder, of its files."""
    found = hashlib.sha256()
    try:
        if not source.is_file():
            folder = source if source.is_dir() else source.parent
            for path in sorted(folder.iterdir()):
                found.update(f"{path.name} {path.stat().st_size}\n".encode())
            return found.hexdigest()
        size = source.stat().st_size
        found.update(str(size).encode())
        with source.open("rb") as file:
            found.update(file.read(_ENDS))
            file.seek(max(0, size - _ENDS))
            found.update(file.read(_ENDS))
    except OSError as error:
        raise VideoError(f"{source}: cannot be read ({(error.strerror or '').lower()})") from None
    return found.hexdigest()


def manifest_text(wanted: Mapping[str, Any], *, whole: bool) -> str:
    """What travels with a film."""
    return json.dumps({**wanted, "whole": whole})


def is_done(output: Path, wanted: Mapping[str, Any], *, resume: bool = False) -> bool:
    """Whether the film already exists, complete, from the same source, model and options.

    Args:
        output: The film.
        wanted: Its recipe.
        resume: Whether one that was stopped may be replaced.

    Raises:
        VideoError: Something else is there.
    """
    if not _is_there(output):
        return False
    manifest = manifest_of(output)
    if manifest is None and kind_of(output) != "film":
        raise VideoError(f"{output} already exists and does not say what made it: {ADVICE}")
    if done.is_done(
        output, manifest, wanted, _decisive, is_whole=lambda kept: kept["whole"], error=VideoError,
        origin=functools.partial(gone, wanted=wanted),
    ):  # fmt: skip
        return True
    if not resume:
        stopped = "stopped before its end: --resume continues, --overwrite starts again"
        raise VideoError(f"{output} already exists, {stopped}")
    return False


def _decisive(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What decides a film, by name."""
    others = {name: value for name, value in manifest.items() if name not in _PARTS}
    return {"film": manifest["inputs"]["film"], **renewed_options(manifest["options"]), **others}


def manifest_of(film: Path) -> dict[str, Any] | None:
    """The manifest in a film's metadata; None where there is none."""
    if not film.is_file() or kind_of(film) != "film":
        return None
    try:
        with opened(film) as file:
            texts = {name.lower(): text for name, text in file.metadata.items()}
        return parsed_record(texts.get(KEY, ""), dict[str, Any], str(film), Wrong(VideoError))
    except VideoError:
        return None


def _is_there(output: Path) -> bool:
    if kind_of(output) != "pictures":
        return output.exists()
    pattern = frames_of(output)
    if pattern.parent.exists() and not pattern.parent.is_dir():
        return True
    return bool(of_pattern(pattern))
