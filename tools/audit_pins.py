"""Compares what is pinned, what is asked for, and what is installed, without the network.

``python tools/audit_pins.py`` prints a line for each thing that is wrong, and ends with 1 then.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]

FLOORS = {
    "brotli": ("1.2.1", "CVE-2026-111497"),
    "certifi": ("2026.10.18", "a certificate authority that was broken into in October 2026"),
    "filelock": ("3.20.3", "CVE-2025-68146, CVE-2026-22701: links followed while a lock is made"),
    "h11": ("0.16.0", "CVE-2025-43859"),
    "idna": ("3.15", "CVE-2026-45409"),
    "jinja2": ("3.1.6", "CVE-2025-27516"),
    "onnx": ("1.21.0", "CVE-2026-27489, CVE-2026-34445: external data leaves its folder"),
    "opencv-python-headless": ("4.12", "CVE-2025-53644: a JPEG writes where it must not"),
    "pillow": ("12.3.0", "CVE-2026-59199, CVE-2026-59205 and others: memory is written"),
    "pillow-heif": ("1.3.0", "CVE-2026-28231"),
    "protobuf": ("6.33.5", "CVE-2025-4565, CVE-2026-0994: nested messages end the process"),
    "python-multipart": ("0.0.22", "CVE-2026-24486"),
    "ray": ("2.56.0", "CVE-2025-62593 and others: a page in a browser gives it work"),
    "requests": ("2.33.0", "CVE-2024-47081, CVE-2026-25645"),
    "starlette": ("0.49.1", "CVE-2025-62727"),
    "torch": ("2.10.0", "CVE-2025-32434, CVE-2026-24747: code in a file of weights"),
    "tornado": ("6.5", "CVE-2025-47287"),
    "urllib3": ("2.6.3", "CVE-2025-66471, CVE-2026-21441: a small answer fills the memory"),
    "werkzeug": ("3.1.6", "CVE-2025-66221, CVE-2026-27199"),
}
"""The first release without the faults that are known to us, and which those are."""

PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;]+)(?: --hash=sha256:([0-9a-f]{64}))?")


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = requirements(project)
    pins, faults = read(ROOT / "constraints.txt", hashed=False)
    hashes, more = read(ROOT / "constraints-hashes.txt", hashed=True)
    faults += [*more, *differing(pins, hashes), *refused(asked, pins), *low(asked, pins)]
    faults += [*installed(asked, pins)]
    print("\n".join(faults) or f"{len(pins)} pins: nothing is wrong")
    return bool(faults)


def requirements(project: Mapping[str, Any]) -> list[Requirement]:
    """All that pyproject.toml asks for: dependencies, extras and groups."""
    extras = project["project"]["optional-dependencies"].values()
    groups = project["dependency-groups"].values()
    lists = [project["project"]["dependencies"], *extras, *groups]
    told = [Requirement(each) for some in lists for each in some if isinstance(each, str)]
    return [each for each in told if each.name != project["project"]["name"]]


def read(path: Path, *, hashed: bool) -> tuple[dict[str, Version], list[str]]:
    """The pins of a file by name, and the lines that are none."""
    pins: dict[str, Version] = {}
    faults = []
    for line in path.read_text(encoding="utf-8").splitlines():
        match = PIN.fullmatch(line)
        if line.startswith("#"):
            continue
        if match is None or bool(match[3]) != hashed or canonicalize_name(match[1]) in pins:
            wanted = "NAME==VERSION --hash=sha256:..." if hashed else "NAME==VERSION"
            faults.append(f"{path.name}: expected {wanted} once for each name, got {line!r}")
            continue
        pins[canonicalize_name(match[1])] = Version(match[2])
    return pins, faults


def differing(pins: Mapping[str, Version], hashes: Mapping[str, Version]) -> Iterator[str]:
    """Pins that the file of hashes has not, or has otherwise."""
    for name in sorted({*pins, *hashes}):
        if pins.get(name) != hashes.get(name):
            told = f"{name}: pinned to {pins.get(name)}, with a hash {hashes.get(name)}"
            yield f"{told}: run tools/pin_hashes.py"


def refused(asked: Iterable[Requirement], pins: Mapping[str, Version]) -> Iterator[str]:
    """What pyproject.toml asks for and no pin is, or another than it admits."""
    for each in asked:
        pin = pins.get(canonicalize_name(each.name))
        if pin is None:
            yield f"{each.name}: is asked for and not pinned"
        elif pin not in each.specifier:
            yield f"{each.name}: pyproject.toml asks for {each.specifier}, pinned is {pin}"


def low(asked: Iterable[Requirement], pins: Mapping[str, Version]) -> Iterator[str]:
    """Floors and pins below the first release without known faults."""
    floors = [(each.name, floor_of(each), "the floor") for each in asked]
    for name, version, which in [*floors, *((*each, "the pin") for each in pins.items())]:
        least, why = FLOORS.get(canonicalize_name(name), ("0", ""))
        if version < Version(least):
            yield f"{name}: {which} is {version}, below {least} it has {why}"


def floor_of(requirement: Requirement) -> Version:
    found = [
        Version(each.version) for each in requirement.specifier if each.operator in (">=", "==")
    ]
    return max(found, default=Version("0"))


def installed(asked: Iterable[Requirement], pins: Mapping[str, Version]) -> Iterator[str]:
    """Packages that are needed here, and not pinned or there in another version."""
    waiting = [_key(each) for each in asked]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            yield f"{name}: is not installed"
            continue
        pin, version = pins.get(name), Version(found.version)
        if pin is None:
            yield f"{name} {version}: is needed and not pinned"
        elif pin.public != version.public:
            yield f"{name}: pinned to {pin}, installed is {version}"
        needed = map(Requirement, found.requires or ())
        waiting += [_key(each) for each in needed if _applies(each, extras)]


def _key(requirement: Requirement) -> tuple[str, frozenset[str]]:
    return canonicalize_name(requirement.name), frozenset(requirement.extras)


def _applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": each}) for each in ("", *extras))


if __name__ == "__main__":
    sys.exit(main())
