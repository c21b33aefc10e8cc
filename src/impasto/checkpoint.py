"""Checkpoints: everything that a run needs to resume, in one file that is written atomically."""

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
    """The fields of every checkpoint."""

    state: dict[str, Any]


class KeptOf(Kept):
    """A checkpoint with the recipe of its painting, as JSON."""

    recipe: str


class Head(TypedDict):
    """The fields that identify a checkpoint."""

    impasto: int
    kind: str


@contextmanager
def first_step(*, taken_up: bool) -> Iterator[None]:
    """Turn errors of the first step after a resume into a RunError about the checkpoint.

    Optimizers load any state, even tensors of a wrong shape; only a step shows whether it is valid.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as fault:
        if not taken_up or any(word in str(fault) for word in ("memory", "CUDA")):
            raise
        reason = str(fault).partition("\n")[0].rstrip(".:") or type(fault).__name__
        raise RunError(f"its checkpoint is damaged ({reason}): start again") from None


def save_checkpoint(path: Path, kind: str, contents: Mapping[str, Any]) -> None:
    """Write tensors, numbers, text and containers of them.

    Args:
        path: The file; an older one is replaced only when the new one is complete.
        kind: What the checkpoint is of; :func:`load_checkpoint` expects the same.
        contents: What to save.

    Raises:
        RunError: It cannot be written; an older one is unchanged.
    """
    # With a Python file, because torch's own does not say why it could not write.
    with written_whole(path) as temporary, temporary.open("wb") as file:
        torch.save({"impasto": _VERSION, "kind": kind, **contents}, file)


def load_checkpoint(path: Path, kind: str, shape: type[Contents]) -> Contents:
    """Read what :func:`save_checkpoint` wrote, without running code from the file.

    Args:
        path: The file.
        kind: The kind of checkpoint that is expected.
        shape: A TypedDict of the expected contents.

    Raises:
        RunError: There is no such file, it is damaged, or of another kind or version.
    """
    if not path.exists():
        raise RunError(f"{path}: no such checkpoint")
    with load_errors(path, WHOLE, RunError):
        check_archive(path)  # torch takes any other file for an old pickle
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
