"""Everything a broken run needs to go on, in one file that is whole or not there."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch

from impasto.errors import RunError
from impasto.files import written_whole

_VERSION: Final = 1

_DAMAGED: Final = (
    OSError,
    RuntimeError,
    EOFError,
    ValueError,
    zipfile.BadZipFile,
    pickle.UnpicklingError,
)
"""What reading a file that is no whole archive ends in, NotImplementedError included."""


def save_checkpoint(path: Path, kind: str, contents: Mapping[str, Any]) -> None:
    """Write tensors, numbers, text and containers of them.

    Args:
        path: The file; an older one is replaced only once the new one is whole.
        kind: What the checkpoint is of; :func:`load_checkpoint` wants the same.
        contents: What is kept.
    """
    with written_whole(path) as temporary:
        torch.save({"impasto": _VERSION, "kind": kind, **contents}, temporary)


def load_checkpoint(path: Path, kind: str) -> dict[str, Any]:
    """Read what :func:`save_checkpoint` wrote, without running code from the file.

    Raises:
        RunError: No such file, a damaged one, or one of another kind or version.
    """
    try:
        _check_archive(path)
        contents = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise RunError(f"{path}: no such checkpoint") from None
    except _DAMAGED as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise RunError(f"{path}: not a whole checkpoint ({reason})") from None
    if not isinstance(contents, dict) or contents.get("kind") != kind:
        raise RunError(f"{path}: not a checkpoint of {kind}")
    if contents.get("impasto") != _VERSION:
        version = contents.get("impasto")
        raise RunError(f"{path}: checkpoint version {version}, this impasto reads {_VERSION}")
    return contents


def _check_archive(path: Path) -> None:
    # torch compares no checksums, and takes any other file for a pickle of long ago.
    with zipfile.ZipFile(path) as archive:
        if damaged := archive.testzip():
            raise zipfile.BadZipFile(f"{damaged} is damaged")
