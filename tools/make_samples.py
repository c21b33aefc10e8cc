"""Make the sample pictures that impasto ships: three photographs and eight styles.

The photographs come out of an installed scikit-image; the styles are painted by
``tools/samples_*.py``, each from a seed. Run from anywhere::

    python tools/make_samples.py                 # all, into src/impasto/assets/samples
    python tools/make_samples.py --only mosaic --out /tmp/samples
    python tools/make_samples.py --check         # compare what is there with SAMPLES.json

The pixels of a style depend on its seed alone, up to rounding in NumPy, SciPy and OpenCV. The
bytes of a JPEG file also depend on libjpeg, so SAMPLES.json says which versions made each file
and another machine may get other bytes: ``--check`` verifies files, it does not repaint.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, features

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "src" / "impasto" / "assets" / "samples"
LONG_SIDE = 640
QUALITY = 92

sys.path.insert(0, str(ROOT))

from impasto.files import sha256, written_whole  # noqa: E402


@dataclass(frozen=True)
class Photograph:
    """A public-domain photograph among scikit-image's data."""

    file: str
    origin: str
    licence: str


@dataclass(frozen=True)
class Style:
    """A painter in ``tools/samples_<module>.py`` and its seed."""

    module: str
    seed: int


CONTENT = {
    "cat": Photograph(
        "chelsea.png",
        "Chelsea the cat, photograph by Stefan van der Walt; skimage.data.chelsea",
        "CC0-1.0",
    ),
    "coffee": Photograph(
        "coffee.png",
        "Coffee cup, photograph by Rachel Michetti, courtesy of Pikolo Espresso Bar; "
        "skimage.data.coffee",
        "CC0-1.0",
    ),
    "astronaut": Photograph(
        "astronaut.png",
        "Eileen Collins, NASA, NASA Great Images database; skimage.data.astronaut",
        "public domain (NASA)",
    ),
}
STYLES = {
    "night-swirl": Style("night_swirl", 1),
    "mosaic": Style("mosaic", 1),
    "woodblock": Style("woodblock", 1),
    "stained-glass": Style("stained_glass", 1),
    "watercolor": Style("watercolor", 1),
    "dots": Style("dots", 1),
    "facets": Style("facets", 1),
    "chalk": Style("chalk", 1),
}
STYLE_LICENCE = "CC0-1.0"


def main() -> int:
    """Make or check the samples; the exit code is 1 when a check fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=[*CONTENT, *STYLES], help="make this sample alone")
    parser.add_argument("--out", type=Path, default=SAMPLES, help="folder to write or check")
    parser.add_argument("--check", action="store_true", help="verify the SHA-256 of every file")
    arguments = parser.parse_args()
    if arguments.check:
        return _check(arguments.out, arguments.only)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in [arguments.only] if arguments.only else [*CONTENT, *STYLES]:
        entry = _made(name, arguments.out)
        _record(entry, arguments.out / "SAMPLES.json")
        print(f"{entry['file']}  {entry['sha256'][:12]}")
    return 0


def _made(name: str, folder: Path) -> dict[str, str]:
    """Write one sample and give its entry in the table."""
    path = folder / f"{name}.jpg"
    if name in CONTENT:
        photograph = CONTENT[name]
        picture = _photograph(photograph.file)
        kind, origin, licence = "content", photograph.origin, photograph.licence
    else:
        style = STYLES[name]
        picture = _painted(style)
        kind, licence = "style", STYLE_LICENCE
        origin = f"painted by tools/samples_{style.module}.py, seed {style.seed}"
    with written_whole(path) as temporary:
        # 4:4:4 keeps the red edges of a photograph; paint hides 4:2:0 at half the bytes.
        subsampling = "4:4:4" if kind == "content" else "4:2:0"
        picture.save(temporary, quality=QUALITY, subsampling=subsampling, optimize=True)
    return {
        "name": name,
        "kind": kind,
        "file": path.name,
        "sha256": sha256(path),
        "origin": origin,
        "licence": licence,
        "command": f"python tools/make_samples.py --only {name}",
        "made_with": _versions(kind),
    }


def _photograph(file: str) -> Image.Image:
    import skimage

    with Image.open(Path(skimage.__file__).parent / "data" / file) as image:
        picture = image.convert("RGB")
    # Only ever smaller: blown-up pixels would be learned as content.
    picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    return picture


def _painted(style: Style) -> Image.Image:
    paint = getattr(importlib.import_module(f"tools.samples_{style.module}"), style.module)
    picture = paint(style.seed)
    return Image.fromarray(np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8))


def _versions(kind: str) -> str:
    turbo = features.version("libjpeg_turbo")
    jpeg = f"libjpeg-turbo {turbo}" if turbo else f"libjpeg {features.version('jpg')}"
    pillow = f"Pillow {version('pillow')} ({jpeg})"
    if kind == "content":
        return f"scikit-image {version('scikit-image')}, {pillow}"
    numeric = f"NumPy {version('numpy')}, SciPy {version('scipy')}"
    return f"{numeric}, OpenCV {cv2.getVersionString()}, {pillow}"


def _record(entry: dict[str, str], table: Path) -> None:
    """Put an entry into the table, in the order of CONTENT and STYLES."""
    known = {e["name"]: e for e in _entries(table)} | {entry["name"]: entry}
    ordered = [known[name] for name in [*CONTENT, *STYLES] if name in known]
    with written_whole(table) as temporary:
        temporary.write_text(json.dumps(ordered, indent=2) + "\n", encoding="utf-8")


def _entries(table: Path) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = []
    if table.exists():
        entries = json.loads(table.read_text(encoding="utf-8"))
    return entries


def _check(folder: Path, only: str | None) -> int:
    names = [only] if only else [*CONTENT, *STYLES]
    known = {entry["name"]: entry for entry in _entries(folder / "SAMPLES.json")}
    wrong = 0
    for name in names:
        verdict = _verdict(folder / f"{name}.jpg", known.get(name))
        wrong += verdict != "ok"
        print(f"{name}: {verdict}")
    return 1 if wrong else 0


def _verdict(path: Path, entry: dict[str, str] | None) -> str:
    if entry is None:
        return "not in SAMPLES.json; make it with --only"
    if not path.exists():
        return f"{path.name} is missing; make it with --only"
    return "ok" if sha256(path) == entry["sha256"] else f"{path.name} is not the recorded file"


if __name__ == "__main__":
    sys.exit(main())
