"""Writes constraints-hashes.txt: the pins of constraints.txt, each with the SHA-256 of its archive.

``python tools/pin_hashes.py`` asks pip which archive it would install for each pin on this machine;
nothing is installed. ``pip install --require-hashes -r constraints-hashes.txt`` refuses any other.
"""

import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PINS = ROOT / "constraints.txt"
HASHES = ROOT / "constraints-hashes.txt"

HEAD = """\
# The pins of constraints.txt with the SHA-256 of their archives, for {python} on {system}.
# Made by tools/pin_hashes.py, compared by tools/audit_pins.py. To install what was tested:
#   pip install --require-hashes --no-deps -r constraints-hashes.txt
#   pip install --no-deps .
"""


def main() -> None:
    version = ".".join(platform.python_version_tuple()[:2])
    python = f"{platform.python_implementation()} {version}"
    told = HEAD.format(python=python, system=f"{platform.system()} {platform.machine()}")
    HASHES.write_text(told + "".join(lines_of(chosen(PINS))), encoding="utf-8")


def chosen(pins: Path) -> list[dict[str, Any]]:
    """What pip would install: its report, an entry for each pin."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        subprocess.run([*pip, "--no-deps", "--report", report, "-r", pins], check=True)
        entries: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))["install"]
    return entries


def lines_of(entries: list[dict[str, Any]]) -> list[str]:
    """A line for each, as pip reads it; torch's local part (+cpu) is left to the hash."""
    found = {}
    for entry in entries:
        name, version = (entry["metadata"][key] for key in ("name", "version"))
        digest = entry["download_info"]["archive_info"]["hashes"]["sha256"]
        found[name] = f"{name}=={version.partition('+')[0]} --hash=sha256:{digest}\n"
    return [found[name] for name in sorted(found, key=str.lower)]


if __name__ == "__main__":
    main()
