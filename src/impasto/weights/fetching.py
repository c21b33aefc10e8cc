"""The only place that touches the network, and only when asked."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from impasto.errors import OptionError, WeightsError
from impasto.weights import store
from impasto.weights.importing import Imported, checksums, import_file, is_published
from impasto.weights.table import WEIGHTS, Published

TIMEOUT: Final = 30.0  # seconds without a byte
_PIECE: Final = 1 << 20

OnBytes = Callable[[int, int], None]


def fetch(name: str = "vgg19", url: str = "", on_bytes: OnBytes | None = None) -> Imported:
    """Download a published file, check it and keep its weights.

    Args:
        name: Of the file in ``WEIGHTS``.
        url: A mirror of the same file, ``file://`` too; the checksum has to be the publisher's.
        on_bytes: Told bytes done and bytes in all (0 if unknown) as they come.

    Raises:
        WeightsError: The file cannot be had or is not the publisher's. Nothing is kept then.
        OptionError: No such name.
        MissingExtraError: The package that reads the file is not installed.
    """
    from impasto.weights import readers

    published = _published(name)
    readers.parser(published.reader)  # better to know before half a gigabyte is downloaded
    address = url or published.url
    try:
        store.folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".impasto-", dir=store.folder()) as folder:
            file = Path(folder) / (PurePosixPath(urlsplit(address).path).name or name)
            _download(address, file, on_bytes or (lambda _done, _of: None))
            _check(file, published, address)
            return import_file(file, published.convention)
    except (OSError, ValueError) as error:
        reason = " ".join(str(getattr(error, "reason", error)).split())
        raise WeightsError(
            f"{address}: cannot be fetched ({reason}); get the file another way and run "
            "`impasto weights import FILE`"
        ) from error


def _published(name: str) -> Published:
    for each in WEIGHTS:
        if each.name == name:
            return each
    raise OptionError("name", f"one of {', '.join(each.name for each in WEIGHTS)}", name)


def _download(address: str, file: Path, on_bytes: OnBytes) -> None:
    import urllib.request  # slow to import, and `impasto weights list` does without

    request = urllib.request.Request(address, headers={"User-Agent": "impasto"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer, file.open("wb") as target:
        size = int(answer.headers.get("Content-Length") or 0)
        done = 0
        while piece := answer.read(_PIECE):
            target.write(piece)
            done += len(piece)
            on_bytes(done, size)
    if done < size:
        raise OSError(f"it ended after {done} of {size} bytes")


def _check(file: Path, published: Published, address: str) -> None:
    sums = checksums(file)
    if not is_published(sums, published):
        expected = f"SHA-256 {published.sha256}" if published.sha256 else f"MD5 {published.md5}"
        raise WeightsError(
            f"{address}: not the file of {published.name}: its SHA-256 is {sums[0]}, expected "
            f"{expected}; nothing was kept"
        )
