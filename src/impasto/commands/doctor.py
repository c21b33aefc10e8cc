"""``impasto doctor``: what is installed, what works, and what is missing.

Nothing here imports what it examines, because it may be broken.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from impasto import weights
from impasto.errors import ImpastoError
from impasto.networks.bundled import bundled
from impasto.networks.own import own
from impasto.options.examine import DoctorArguments
from impasto.version import __version__

PACKAGES: Final = (
    "torch", "numpy", "pillow", "opencv-python-headless", "safetensors", "onnxruntime", "onnx",
    "av", "accelerate", "matplotlib", "tensorboard", "tifffile", "rich",
)  # fmt: skip
"""The packages to show, by their names on the package index."""

TESTS: Final = ("paint", "apply")
"""The tests; :mod:`impasto.commands.selftest` runs each in its own process."""

PATIENCE: Final = 300.0
"""Seconds that a test may take."""


def run(given: DoctorArguments) -> int:
    """Print the findings; return the exit code."""
    found = examined()
    print(json.dumps(found, indent=2) if given.json else "\n".join(_lines(found)), flush=True)
    if ill := [each for each in found["tests"] if not each["works"]]:
        raise ImpastoError(
            "; ".join(f"{each['name']} does not work here: {each['told']}" for each in ill)
        )
    return 0


def _lines(found: dict[str, Any]) -> list[str]:
    sections = {
        "Versions": [(each["name"], each["version"] or "missing") for each in found["versions"]],
        "Machine": [(each["name"], each["told"]) for each in found["machine"]],
        "Weights": [
            (each["name"], f"{each['network']}, {each['where']}, {each['source']}")
            for each in found["weights"]
        ],
        "Trained networks": [
            (each["name"], f"{each['method']}, {_styles(each['styles'])}, {each['where']}")
            for each in found["networks"]
        ],
        "Features": [
            (each["name"], "yes" if each["here"] else f"no: {each['how']}")
            for each in found["features"]
        ],
        "Tests": [
            (each["name"], f"works, {each['seconds']:.1f} s including start" if each["works"]
             else f"fails: {each['told']}")
            for each in found["tests"]
        ],
    }  # fmt: skip
    width = max(len(name) for rows in sections.values() for name, _ in rows)
    lines: list[str] = []
    for title, rows in sections.items():
        lines += ["", title] if lines else [title]
        lines += [f"  {name:<{width}}  {text}" for name, text in rows or [("none", "")]]
    return [line.rstrip() for line in lines]


def _styles(count: int) -> str:
    """The number of styles of a network; 0 stands for any."""
    return f"{count} style{'s'[: count > 1]}" if count else "any style"


def examined() -> dict[str, Any]:
    """All findings, as plain values."""
    tests = [_tested(name) for name in TESTS]
    return {
        "versions": _versions(),
        "machine": _machine(tests[0]),
        "weights": _weights(),
        "networks": _networks(),
        "features": [
            {"name": each.name, "here": each.here(), "how": each.how} for each in FEATURES
        ],
        "tests": [
            {key: each[key] for key in ("name", "works", "seconds", "told")} for each in tests
        ],
    }


def _versions() -> list[dict[str, str | None]]:
    own = [("impasto", __version__), ("Python", platform.python_version())]
    found = [(name, version_of(name)) for name in PACKAGES]
    return [{"name": name, "version": text} for name, text in [*own, *found]]


def _machine(paint: dict[str, Any]) -> list[dict[str, str]]:
    machine = paint["machine"]
    cores = f"{_usable_cores()} of {os.cpu_count()} usable"
    rows = [("system", f"{platform.system()} {platform.release()}, {platform.machine()}")]
    if machine:
        rows += [
            ("device", _device(machine)),
            ("precision", f"{machine['precision']}: {machine['why']}"),
            ("memory", f"{machine['free'] / 1e9:.1f} GB free of {machine['memory'] / 1e9:.1f} GB"),
        ]
        cores += f", {machine['threads']} threads"
    else:
        rows.append(("device", f"unknown, as torch does not work: {paint['told']}"))
    rows.append(("cores", cores))
    return [{"name": name, "told": text} for name, text in rows]


def _device(machine: dict[str, Any]) -> str:
    """The chosen device, and the others."""
    chosen = machine["device"]
    others = [each for each in machine["devices"] if each.partition(":")[0] != chosen]
    return f"{chosen} (also {', '.join(others)})" if others else str(chosen)


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _weights() -> list[dict[str, str]]:
    try:
        return [
            {
                "name": file.name,
                "network": file.network,
                "where": file.where,
                "source": file.source,
            }
            for file in weights.present()
        ]
    except ImpastoError as error:
        return [{"name": "damaged", "network": "", "where": "", "source": str(error)}]


def _networks() -> list[dict[str, Any]]:
    try:
        found = [
            (each, "bundled" if each.path.is_file() else "its file is missing")
            for each in bundled()
        ]
        found += [(each, each.fault or "your own") for each in own()]
        return [
            {"name": each.name, "method": each.method, "styles": len(each.styles), "where": where}
            for each, where in found
        ]
    except ImpastoError as error:
        return [{"name": "damaged", "method": str(error), "styles": 0, "where": ""}]


def _tested(name: str) -> dict[str, Any]:
    """Run a test in its own process, which may crash."""
    begun = time.perf_counter()
    command = [sys.executable, "-W", "ignore", "-m", "impasto.commands.selftest", name]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
        code, out, err = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        code, out, err = 1, "", f"not finished after {PATIENCE:.0f} seconds"
    return {
        "name": name,
        "works": code == 0,
        "seconds": round(time.perf_counter() - begun, 2),
        "told": "" if code == 0 else _reason(code, err),
        "machine": _last_object(out),
    }


def _reason(code: int, err: str) -> str:
    """The reason of a failure: the last line of its traceback, or the signal."""
    if code < 0:
        return f"the process was ended by signal {-code}"
    lines = [line.strip() for line in err.splitlines() if line.strip()]
    return lines[-1].removeprefix("impasto.errors.") if lines else f"the process ended with {code}"


def _last_object(out: str) -> dict[str, Any]:
    for line in reversed(out.splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}


def version_of(package: str) -> str | None:
    """The version of an installed package, without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@dataclass(frozen=True)
class Feature:
    """A feature that the base installation does not include.

    Attributes:
        name: The feature.
        here: Returns whether it can be used.
        how: The command that installs it.
    """

    name: str
    here: Callable[[], bool]
    how: str


def _module(name: str) -> Callable[[], bool]:
    def here() -> bool:
        try:
            return importlib.util.find_spec(name) is not None
        except (ImportError, ValueError):
            return False

    return here


def _vgg19() -> bool:
    try:
        return any(file.network == "vgg19" for file in weights.present())
    except ImpastoError:
        return False


FEATURES: Final = (
    Feature("HEIC pictures", _module("pillow_heif"), "pip install 'impasto[heic]'"),
    Feature("TIFF of 12 bits", _module("imagecodecs"), "pip install 'impasto[tiff]'"),
    Feature("apply --engine ray", _module("ray"), "pip install 'impasto[ray]'"),
    Feature("impasto studio", _module("starlette"), "pip install 'impasto[studio]'"),
    Feature("weights import .mat", _module("scipy"), "pip install 'impasto[weights]'"),
    Feature("weights import .h5", _module("h5py"), "pip install 'impasto[weights]'"),
    Feature(
        "VGG-19", _vgg19,
        "impasto weights import FILE, or impasto weights fetch vgg19",
    ),
)  # fmt: skip
