"""Where weights lie on this machine, and whether they are still what was put there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final, TypedDict

from impasto.errors import OptionError, WeightsError
from impasto.files import home, sha256, there, write_json
from impasto.records import Wrong, read_record
from impasto.weights import canonical
from impasto.weights.published import NETWORKS, WeightsFile

ASSETS: Final = Path(__file__).parent.parent / "assets"


class Recorded(TypedDict):
    """The record beside imported weights."""

    name: str
    network: str
    sha256: str
    source: str
    licence: str


class Asset(TypedDict):
    """A file in ``ASSETS.json``."""

    file: str
    sha256: str
    origin: str
    licence: str


def folder() -> Path:
    """Where imported weights lie."""
    return home() / "weights"


def present() -> tuple[WeightsFile, ...]:
    """All weights that are here, the bundled ones first.

    Raises:
        WeightsError: A record beside a file cannot be read.
    """
    found = (find(network) for find in (_bundled, _imported) for network in NETWORKS)
    return tuple(file for file in found if file)


def resolve(network: str) -> WeightsFile:
    """The weights for a network option, without reading them.

    Args:
        network: ``vgg16``, ``vgg19``, ``auto`` (VGG-19 if it is here, else VGG-16) or the path of
            a ``.safetensors`` file in the canonical format. Imported weights go before bundled.

    Raises:
        WeightsError: The weights are not here or the file is not in the canonical format.
        OptionError: Neither a network nor a path.
    """
    if network == "auto":
        return _found("vgg19") or resolve("vgg16")
    if network in NETWORKS:
        if found := _found(network):
            return found
        raise WeightsError(
            f"{network} is not here: run `impasto weights import FILE` with a file you have, "
            f"or `impasto weights fetch {network}` to download it"
        )
    if network.endswith(".safetensors"):
        return described(Path(network))
    raise OptionError("network", "auto, vgg16, vgg19 or the path of a .safetensors file", network)


def described(path: Path) -> WeightsFile:
    """A canonical file outside the store, with its SHA-256 as of now.

    Raises:
        WeightsError: There is no such file or it is not in the canonical format.
    """
    metadata = canonical.metadata(path)
    name, source, licence = (metadata.get(key, "unknown") for key in ("name", "source", "licence"))
    if metadata["network"] not in NETWORKS:
        raise WeightsError(f"{path}: holds {metadata['network']!r}, expected vgg16 or vgg19")
    return WeightsFile(name, metadata["network"], path, sha256(path), source, licence, "file")


def record(file: WeightsFile) -> None:
    """Write down what was imported, beside it.

    Raises:
        WeightsError: It cannot be written.
    """
    fields = {key: value for key, value in asdict(file).items() if key not in ("path", "where")}
    write_json(file.path.with_suffix(".json"), fields, WeightsError)


def faults() -> Iterator[tuple[WeightsFile, str]]:
    """Read all weights that are here; yield each with what is wrong with it, "" for nothing."""
    for file in present():
        try:
            same = sha256(file.path) == file.sha256
        except OSError as error:
            yield file, f"cannot be read ({error.strerror})"
        else:
            remedy = "run `impasto weights import FILE` or `impasto weights fetch` again"
            if file.where == "bundled":
                remedy = "install impasto again"
            yield file, "" if same else f"changed or damaged: {remedy}"


def bundled(network: str) -> WeightsFile:
    """The weights that are part of the package, whatever the user has imported.

    Raises:
        WeightsError: They are not here.
    """
    if found := _bundled(network):
        return found
    raise WeightsError(f"{ASSETS / network}.safetensors is missing: install impasto again")


def _found(network: str) -> WeightsFile | None:
    return _imported(network) or _bundled(network)


def _bundled(network: str) -> WeightsFile | None:
    path = ASSETS / f"{network}.safetensors"
    table = ASSETS / "ASSETS.json"
    damaged = Wrong(WeightsError, "damaged, install impasto again")
    for entry in read_record(table, list[Asset], damaged) if table.is_file() else []:
        if entry["file"] == path.name and path.is_file():
            facts = entry["sha256"], entry["origin"], entry["licence"]
            return WeightsFile(network, network, path, *facts, "bundled")
    return None


def _imported(network: str) -> WeightsFile | None:
    path = there(lambda: folder() / f"{network}.safetensors")
    if path is None:
        return None
    wrong = Wrong(WeightsError, f"damaged; import {network} again or delete {path.name}")
    about = path.with_suffix(".json")
    if not about.is_file():
        raise wrong.of(str(about), "missing")
    return WeightsFile(path=path, where="imported", **read_record(about, Recorded, wrong))
