"""The only place that touches the network, and only when asked."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from impasto import files
from impasto.errors import OptionError, WeightsError
from impasto.weights import store
from impasto.weights.importing import Imported, import_file
from impasto.weights.published import WEIGHTS, Published

TIMEOUT: Final = 30.0  # seconds without a byte
LARGEST: Final = 600_000_000  # bytes of a download; VGG-19 with its classifier has 574,673,361
_PIECE: Final = 1 << 20

OnBytes = Callable[[int, int], None]


def fetch(
    name: str = "vgg19", url: str = "", on_bytes: OnBytes | None = None, sha256: str = ""
) -> Imported:
    """Download a published file, check it and keep its weights.

    Args:
        name: Of the file in ``WEIGHTS``.
        url: A mirror of the same file, ``file://`` too; the checksum has to be the publisher's.
        on_bytes: Called with bytes done and bytes in all (0 if unknown).
        sha256: Of the file, for those whose publisher gives none in full.

    Raises:
        WeightsError: The file cannot be had, is too large or is not the publisher's, or no SHA-256
            is known. Nothing is kept then.
        OptionError: No such name, or no SHA-256.
        MissingExtraError: The package that reads the file is not installed.
    """
    from impasto.weights import publishers as readers

    published = next((each for each in WEIGHTS if each.name == name), None)
    if published is None:
        raise OptionError("name", f"one of {', '.join(each.name for each in WEIGHTS)}", name)
    wanted = _wanted(published, sha256.lower())
    readers.parser(published.reader)  # an error before half a gigabyte is downloaded
    address = url or published.url
    try:
        store.folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".impasto-", dir=store.folder()) as folder:
            file = Path(folder) / (PurePosixPath(urlsplit(address).path).name or name)
            _download(address, file, on_bytes or (lambda _done, _of: None))
            if (found := files.sha256(file)) != wanted:
                raise WeightsError(
                    f"{address}: not the file of {name}: its SHA-256 is {found}, expected "
                    f"{wanted}; nothing was kept"
                )
            return import_file(file, published.convention)
    except (OSError, ValueError) as error:
        reason = " ".join(str(getattr(error, "reason", error)).split())
        raise WeightsError(
            f"{address}: cannot be fetched ({reason}); get the file another way and run "
            "`impasto weights import FILE`"
        ) from error


def _wanted(published: Published, given: str) -> str:
    """The SHA-256 that a file must have; no first digits, no MD5: both can be forged."""
    if given and not re.fullmatch("[0-9a-f]{64}", given):
        raise OptionError("sha256", "64 hexadecimal digits", given)
    known = published.sha256 if len(published.sha256) == 64 else ""
    if given and known and given != known:
        raise OptionError("sha256", f"{known}, which is that of {published.name}", given)
    if not (given or known):
        known = f"begins with {published.sha256}" if published.sha256 else "is not known"
        raise WeightsError(
            f"{published.name}: its full SHA-256 {known}: give one that you trust with --sha256, "
            "or get the file another way and run `impasto weights import FILE`"
        )
    return given or known


def _download(address: str, file: Path, on_bytes: OnBytes) -> None:
    import urllib.request  # slow to import, and `impasto weights list` does without

    request = urllib.request.Request(address, headers={"User-Agent": "impasto"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer, file.open("wb") as target:
        size = int(answer.headers.get("Content-Length") or 0)
        done = 0
        _check_size(size)
        while piece := answer.read(_PIECE):
            done += len(piece)
            _check_size(done)
            target.write(piece)
            on_bytes(done, size)
    if done < size:
        raise OSError(f"it ended after {done} of {size} bytes")


def _check_size(size: int) -> None:
    if size > LARGEST:
        raise OSError(f"it has more than {LARGEST / 1e6:.0f} MB, the largest published has 575")
