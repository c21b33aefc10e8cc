"""Everything a broken run needs to go on, in one file that is whole or not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypedDict, TypeVar

import torch

from impasto.archive import check_archive, damage_told
from impasto.errors import RunError
from impasto.files import written_whole
from impasto.shapes import check_type

Contents = TypeVar("Contents")

_VERSION: Final = 1
WHOLE: Final = "a whole checkpoint"


class Kept(TypedDict):
    """What every checkpoint holds."""

    state: dict[str, Any]


class KeptOf(Kept):
    """One that can be told from others by the recipe it was made with, in JSON."""

    recipe: str


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
    with damage_told(path, WHOLE, RunError):
        check_archive(path)  # torch takes any other file for a pickle of long ago
        contents = torch.load(path, map_location="cpu", weights_only=True)
        check_tensors(contents)
    if not isinstance(contents, dict) or contents.get("kind") != kind:
        raise RunError(f"{path}: not a checkpoint of {kind}")
    if contents.get("impasto") != _VERSION:
        version = contents.get("impasto")
        raise RunError(f"{path}: checkpoint version {version}, this impasto reads {_VERSION}")
    with damage_told(path, WHOLE, RunError):
        check_type(contents, shape)
    return contents  # type: ignore[return-value]


def check_tensors(contents: object) -> None:
    """See that tensors out of a file are plain ones, none larger than its numbers in the file.

    Raises:
        ValueError: One is not.
    """
    for each in _tensors(contents):
        plain = each.layout == torch.strided and each.device.type == "cpu"
        if not plain or each.is_quantized or each.is_complex():
            raise ValueError("a tensor of an unusual kind")
        if each.numel() * each.element_size() > each.untyped_storage().nbytes():
            raise ValueError(f"a tensor of {each.numel()} numbers that are not there")


def _tensors(contents: object) -> Iterator[torch.Tensor]:
    waiting, seen = [contents], set[int]()  # a container may hold itself
    while waiting:
        each = waiting.pop()
        if isinstance(each, torch.Tensor):
            yield each
        elif isinstance(each, (Mapping, list, tuple)) and id(each) not in seen:
            seen.add(id(each))
            waiting += each.values() if isinstance(each, Mapping) else each
