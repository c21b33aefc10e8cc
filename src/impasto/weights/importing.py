"""A publisher's file becomes a canonical one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from impasto import files
from impasto.errors import OptionError, WeightsError
from impasto.weights import canonical, store
from impasto.weights.published import (
    CONVENTIONS,
    FINGERPRINTS,
    WEIGHTS,
    Convention,
    Published,
    WeightsFile,
)

if TYPE_CHECKING:
    import numpy as np

# The convention of formats that only one publisher uses.
_USUAL: Final[Mapping[str, Convention]] = {"keras": "caffe", "matconvnet": "matconvnet"}


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import.

    Attributes:
        file: The canonical file.
        known_by: ``checksum`` (the very file somebody publishes), ``values`` (its first layer is
            that of a published network, though the file is another) or an empty text.
    """

    file: WeightsFile
    known_by: Literal["checksum", "values", ""]


def import_file(
    path: Path, convention: Convention | None = None, destination: Path | None = None
) -> Imported:
    """Convert a publisher's file of VGG-16 or VGG-19 weights and keep it.

    Args:
        path: A PyTorch .pth, safetensors, MatConvNet .mat or Keras .h5 file, with or without the
            classifier. The content counts, not the suffix.
        convention: The pixel values the weights expect, where the file does not show them.
        destination: A .safetensors file to write instead of the user's own store.

    Raises:
        WeightsError: The file is damaged, of another kind or network, or its convention is
            unknown.
        OptionError: The destination has another suffix.
        MissingExtraError: The package that reads the format is not installed.
    """
    import numpy as np

    from impasto.weights import publishers as readers
    from impasto.weights.apart import APART, read_apart

    if destination and destination.suffix != ".safetensors":
        raise OptionError("out", "the path of a .safetensors file", str(destination))
    kind = readers.kind_of(path)
    arrays = (read_apart if kind in APART else readers.read)(path, kind)
    network = canonical.checked(path, {name: each.shape for name, each in arrays.items()})
    for name, each in arrays.items():
        if not np.isfinite(each).all():
            raise WeightsError(
                f"{path}: {name} holds values that are not finite; the file is damaged"
            )
    sums = checksums(path)
    known, known_by = _recognized(sums, network, arrays)
    metadata = {
        "format": canonical.FORMAT,
        "network": network,
        "name": known.name if known else path.name,
        "source": known.source if known else f"imported from {path.name}",
        "source_sha256": sums[0],
        "licence": known.licence if known else "unknown",
        **_own(path, kind),
        **_convention(path, kind, convention, known),
    }
    target = destination or store.folder() / f"{network}.safetensors"
    canonical.save(target, arrays, metadata)
    file = store.described(target)
    if destination is None:
        file = replace(file, where="imported")
        store.record(file)
    return Imported(file, known_by)


def _recognized(
    sums: tuple[str, str], network: str, arrays: Mapping[str, np.ndarray]
) -> tuple[Published | None, Literal["checksum", "values", ""]]:
    for each in WEIGHTS:
        if is_published(sums, each):
            return each, "checksum"
    corner = arrays["conv1_1.weight"][0, :, 0, 0]
    for each in WEIGHTS:
        expected = FINGERPRINTS[each.network, each.convention]
        # Half precision, in which some files are kept, is off by 0.0003 at most.
        if each.network == network and abs(corner - expected).max() < 5e-4:
            return each, "values"
    return None, ""


def checksums(path: Path) -> tuple[str, str]:
    """The SHA-256 and the MD5 of a file."""
    with path.open("rb") as file:
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return files.sha256(path), md5.hexdigest()


def is_published(sums: tuple[str, str], published: Published) -> bool:
    """Whether a file with these checksums is the one published, by the strongest that is known."""
    sha256, md5 = sums
    return sha256.startswith(published.sha256) if published.sha256 else md5 == published.md5


def _own(path: Path, kind: str) -> dict[str, str]:
    """The metadata of a file that is canonical already."""
    if kind != "safetensors":
        return {}
    found = canonical.header(path).get("__metadata__", {})
    return dict(found) if found.get("format") == canonical.FORMAT else {}


def _convention(
    path: Path, kind: str, asked: Convention | None, known: Published | None
) -> Mapping[str, str]:
    if asked:
        return CONVENTIONS[asked]
    if own := _own(path, kind):
        return own
    if known:
        return CONVENTIONS[known.convention]
    if kind in _USUAL:
        return CONVENTIONS[_USUAL[kind]]
    raise WeightsError(
        f"{path}: its weights are none of the published ones, so the pixel values they expect are "
        "not known: add --convention torchvision (RGB, normalized), caffe (BGR, 0 to 255) or "
        "matconvnet (RGB, 0 to 255)"
    )
