"""Everything a broken run needs to go on, in one file that is whole or not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypedDict, TypeVar

import torch

from impasto.archive import check_archive, check_tensors, load_errors
from impasto.errors import RunError
from impasto.files import written_whole
from impasto.records import FieldError, check_type

Contents = TypeVar("Contents")

_VERSION: Final = 1
WHOLE: Final = "a whole checkpoint"


class Kept(TypedDict):
    """What every checkpoint holds."""

    state: dict[str, Any]


class KeptOf(Kept):
    """One that can be told from others by the recipe it was made with, in JSON."""

    recipe: str


class Head(TypedDict):
    """By what a checkpoint is known."""

    impasto: int
    kind: str


@contextmanager
def first_step(*, taken_up: bool) -> Iterator[None]:
    """Take the first step from a state: only it shows whether all of the state means anything.

    Optimizers take up whatever they are given, numbers of another shape too.

    Raises:
        RunError: It came out of a checkpoint and cannot be gone on with.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as fault:
        if not taken_up or any(word in str(fault) for word in ("memory", "CUDA")):
            raise
        reason = str(fault).partition("\n")[0].rstrip(".:") or type(fault).__name__
        raise RunError(f"its checkpoint is not whole ({reason}): begin again") from None


def save_checkpoint(path: Path, kind: str, contents: Mapping[str, Any]) -> None:
    """Write tensors, numbers, text and containers of them.

    Args:
        path: The file; an older one is replaced only once the new one is whole.
        kind: What the checkpoint is of; :func:`load_checkpoint` wants the same.
        contents: What is kept.

    Raises:
        RunError: It cannot be written; the older one is as it was.
    """
    # By way of a file of Python's: torch's own says nothing of why it could not write.
    with written_whole(path) as temporary, temporary.open("wb") as file:
        torch.save({"impasto": _VERSION, "kind": kind, **contents}, file)


def load_checkpoint(path: Path, kind: str, shape: type[Contents]) -> Contents:
    """Read what :func:`save_checkpoint` wrote, without running code from the file.

    Args:
        path: The file.
        kind: What it has to be a checkpoint of.
        shape: What has to be in it, a TypedDict.

    Raises:
        RunError: No such file, a damaged one, or one of another kind or version.
    """
    if not path.exists():
        raise RunError(f"{path}: no such checkpoint")
    with load_errors(path, WHOLE, RunError):
        check_archive(path)  # torch takes any other file for a pickle of long ago
        contents = torch.load(path, map_location="cpu", weights_only=True)
        check_tensors(contents)
    try:
        check_type(contents, Head)
    except FieldError:
        raise RunError(f"{path}: not a checkpoint of {kind}") from None
    if contents["kind"] != kind:
        raise RunError(f"{path}: not a checkpoint of {kind}")
    if (version := contents["impasto"]) != _VERSION:
        raise RunError(f"{path}: checkpoint version {version}, this impasto reads {_VERSION}")
    with load_errors(path, WHOLE, RunError):
        check_type(contents, shape)
    return contents  # type: ignore[no-any-return]
