"""Archives from untrusted sources: checked before they are read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impasto.errors import ImpastoError

if TYPE_CHECKING:
    import numpy as np


@contextmanager
def load_errors(path: Path, whole: str, error: type[ImpastoError]) -> Iterator[None]:
    """Turn errors of contents that cannot be loaded into one line.

    Readers of damaged archives raise anything from KeyError to MemoryError, and so do networks that
    load weights of another shape.

    Args:
        path: The file.
        whole: The kind of contents, for the message: "a whole style network".
        error: The error to raise.
    """
    try:
        yield
    except ImpastoError as fault:
        if isinstance(fault, error):
            raise
        raise error(f"{path}: not {whole} ({fault})") from None
    except OSError as fault:
        raise error(f"{path}: cannot be read ({fault.strerror or fault})") from None
    except Exception as fault:
        reason = str(fault).partition("\n")[0].rstrip(".:") or type(fault).__name__
        raise error(f"{path}: not {whole} ({reason})") from None


def check_archive(file: Path | io.BytesIO) -> None:
    """Check that a zip file is intact, and no larger when unpacked.

    torch and numpy do not compress when they write, and check no checksums when they read.

    Raises:
        zipfile.BadZipFile: It is not.
    """
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        there = file.stat().st_size if isinstance(file, Path) else len(file.getbuffer())
        packed = any(each.compress_type != zipfile.ZIP_STORED for each in entries)
        if packed or sum(each.file_size for each in entries) > there:
            raise zipfile.BadZipFile("it would be larger when unpacked, unlike impasto's own files")
        if damaged := archive.testzip():
            raise zipfile.BadZipFile(f"{damaged} is damaged")


def read_arrays(file: Path | io.BytesIO) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of an ``.npz`` file; call it within :func:`load_errors`."""
    import numpy as np

    # From memory, because numpy does not close a file that is not an archive.
    data = io.BytesIO(file.read_bytes()) if isinstance(file, Path) else file
    check_archive(data)
    data.seek(0)
    with np.load(data, allow_pickle=False) as arrays:
        return dict(arrays)


def check_tensors(contents: object) -> None:
    """Raise an error if a tensor from a file is unusual, or larger than its data in the file.

    Raises:
        ValueError: One is.
    """
    import torch

    waiting, found = [contents], set[int]()  # a container may contain itself
    while waiting:
        each = waiting.pop()
        if isinstance(each, (Mapping, list, tuple)) and id(each) not in found:
            found.add(id(each))
            waiting += each.values() if isinstance(each, Mapping) else each
        if not isinstance(each, torch.Tensor):
            continue
        plain = each.layout == torch.strided and each.device.type == "cpu"
        if not plain or each.is_quantized or each.is_complex():
            raise ValueError("a tensor of an unusual kind")
        if each.numel() * each.element_size() > each.untyped_storage().nbytes():
            raise ValueError(f"a tensor of {each.numel()} numbers that are not there")
