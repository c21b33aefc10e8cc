"""Publishers' files read in a process of their own, which may die of what is in them.

A few bytes can make scipy's reader of MATLAB files crash, and HDF5 takes what memory a file asks
for. The process has limits of memory and time, and gives back nothing but arrays.
``python -m impasto.weights.apart KIND FILE`` is that process: an ``.npz`` on standard output, or a
line on standard error.
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Final

import numpy as np

from impasto.archive import read_arrays
from impasto.errors import ImpastoError, WeightsError
from impasto.weights import publishers as readers

APART: Final = ("matconvnet", "keras")  # formats that are read in that process
_ROOM: Final = 1_000_000_000  # bytes of memory beside three times the file's own
_LARGEST: Final = 200_000_000  # bytes of arrays given back; the convolutions of VGG-19 have 80 MB
_PATIENCE: Final = 60.0  # seconds for a small file; ten for each 100 MB more
_REFUSED: Final = 2


def read_apart(path: Path, kind: str) -> readers.Arrays:
    """Read a file of a known format; see :func:`impasto.weights.publishers.read`.

    Raises:
        WeightsError: It is damaged, not the format's way to keep a VGG, or its reader crashed.
        MissingExtraError: The package that reads the format is not installed.
    """
    readers.parser(kind)
    command = [sys.executable, "-P", "-m", "impasto.weights.apart", kind, str(path)]
    seconds = _PATIENCE + path.stat().st_size / 10_000_000
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise _broken(path, kind, f"not read after {seconds:.0f} seconds") from None
    if done.returncode == _REFUSED:
        raise WeightsError(done.stderr.decode(errors="replace").strip())
    if done.returncode:
        raise _broken(path, kind, f"its reader ended with {done.returncode}")
    return read_arrays(io.BytesIO(done.stdout))


def _broken(path: Path, kind: str, reason: str) -> WeightsError:
    return WeightsError(f"{path}: damaged, or not {readers.NAMES[kind]} weights ({reason})")


def main(kind: str, path: Path) -> int:
    """Read a file and write its arrays on standard output; 2 when it is refused."""
    _limit(_ROOM + 3 * path.stat().st_size)
    try:
        arrays = readers.read(path, kind)
        if sum(each.nbytes for each in arrays.values()) > _LARGEST:
            raise WeightsError(f"{path}: larger than any VGG")
    except ImpastoError as error:
        sys.stderr.write(f"{error}\n")
        return _REFUSED
    np.savez(sys.stdout.buffer, **arrays)  # type: ignore[arg-type]
    return 0


def _limit(most: int) -> None:
    """Limit the memory of this process, in bytes."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for kind, limit in ((resource.RLIMIT_DATA, most), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit if hard < 0 else min(limit, hard), hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
