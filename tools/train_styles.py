"""Train the bundled style network and put it among the assets.

    python tools/train_styles.py train --data PHOTOS --paintings STYLES --run-dir runs/styles
    python tools/train_styles.py bundle runs/styles/2-middle

``train`` goes through the stages, each in a folder of its own, and goes on where it was broken
off. PHOTOS is a folder of photographs, STYLES one with the paintings below, all of them by
painters who died more than 70 years ago (one of them recolored by another hand).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from impasto.exporting import write_styles
from impasto.files import sha256, written_whole
from impasto.methods.johnson.options import TRAINING, JohnsonOptions
from impasto.methods.johnson.train import StyleImage, train_styles
from impasto.methods.johnson.trained import read_styles
from impasto.source import open_source
from impasto.step import Step
from impasto.training.options import TrainOptions

NAME: Final = "masters"
LICENCE: Final = "MIT"
ORIGIN: Final = (
    "trained for impasto on 2,743 natural photographs (BSDS500 and others) and the named paintings"
)
BEFORE: Final = (
    "The first stage began with the weights of earlier runs of the same network by Johnson's terms "
    "alone: about 5,600 updates of 8 crops of 128 with style weights 8, 10, 6 and 2.5, and 686 of "
    "4 crops of 256."
)
"""What is in the bundled network besides the stages below; a training from scratch has none."""

ASSETS: Final = Path(__file__).parent.parent / "src" / "impasto" / "assets"


@dataclass(frozen=True)
class Painting:
    """A style: its name, its file's stem, and what is said of it."""

    name: str
    file: str
    title: str
    artist: str
    year: str
    origin: str = "public domain"

    def about(self) -> dict[str, str]:
        """What the network tells of it."""
        return {
            "title": self.title,
            "artist": self.artist,
            "year": self.year,
            "origin": self.origin,
        }


PAINTINGS: Final = (
    Painting("starry-night", "starry-night-van-gogh-1889",
             "The Starry Night", "Vincent van Gogh", "1889"),
    Painting("great-wave", "great-wave-hokusai-1831",
             "The Great Wave off Kanagawa, in new colors", "after Katsushika Hokusai", "1831",
             "a recoloring of a print in the public domain"),
    Painting("the-scream", "the-scream-munch-1893", "The Scream", "Edvard Munch", "1893"),
    Painting("composition-vii", "composition-vii-kandinsky-1913",
             "Composition VII", "Wassily Kandinsky", "1913"),
    Painting("udnie", "udnie-picabia-1913", "Udnie", "Francis Picabia", "1913"),
    Painting("water-lilies", "water-lilies-monet-1919", "Water Lilies", "Claude Monet", "1919"),
    Painting("wheat-field", "wheat-field-van-gogh-1889",
             "Wheat Field with Cypresses", "Vincent van Gogh", "1889"),
    Painting("night-cafe", "cafe-terrace-van-gogh-1888",  # the file is called after another
             "The Night Café", "Vincent van Gogh", "1888"),
    Painting("woman-with-hat", "woman-with-hat-matisse-1905",
             "Woman with a Hat", "Henri Matisse", "1905"),
    Painting("portrait", "portrait-delaunay-1906",
             "Portrait of Metzinger", "Robert Delaunay", "1906"),
)  # fmt: skip

RECIPE: Final = JohnsonOptions(style_weight=2.0, total_variation_weight=5.0, style_size=512)

STAGES: Final[Mapping[str, TrainOptions]] = {
    "1-coarse": dataclasses.replace(
        TRAINING, size=128, batch=8, steps=1600, learning_rate=2e-3, sheet_every=200, workers=0
    ),
    "2-middle": dataclasses.replace(
        TRAINING, size=256, batch=4, steps=800, learning_rate=1e-3, sheet_every=100,
        checkpoint_every=50, workers=0
    ),
}
"""Small crops first: four times as many of them can be seen in the same time."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train")
    train.add_argument("--data", type=Path, required=True)
    train.add_argument("--paintings", type=Path, required=True)
    train.add_argument("--run-dir", type=Path, required=True)
    train.add_argument("--start-from", type=Path, help="a network to begin with")
    train.add_argument("--stage", choices=STAGES, help="this one alone, not all")
    commands.add_parser("bundle").add_argument("run", type=Path)
    given = parser.parse_args()
    if given.command == "bundle":
        bundle(given.run)
    else:
        train_all(given)


def train_all(given: argparse.Namespace) -> None:
    styles = [
        StyleImage(each.name, open_source(given.paintings / f"{each.file}.jpg"), each.about())
        for each in PAINTINGS
    ]
    start = given.start_from
    for name, options in STAGES.items():
        folder = given.run_dir / name
        passed_by = given.stage not in (None, name)
        if not passed_by:
            train_styles(
                styles,
                given.data,
                RECIPE,
                options,
                run_dir=folder,
                start=start,
                resume=True,
                on_step=_told(name, options),
            )
        # A stage passed by without having been trained leaves the beginning to the next.
        start = start if passed_by and not folder.exists() else folder


def _told(name: str, options: TrainOptions) -> Any:
    begun = time.monotonic()
    first: list[int] = []

    def tell(step: Step) -> None:
        first.append(step.number)
        if step.number % 50 == 0:
            rate = (step.number - first[0]) * options.batch / (time.monotonic() - begun)
            losses = ", ".join(f"{key} {value:.3f}" for key, value in step.losses.items())
            print(f"{name} {step.number}/{step.of}: {losses}, {rate:.1f} images/s", flush=True)

    return tell


def bundle(run: Path) -> None:
    trained = read_styles(run)
    styles = [{**painting.about(), "name": painting.name} for painting in PAINTINGS]
    if len(trained.styles) != len(styles):
        raise SystemExit(f"{run}: a network of {len(trained.styles)} styles, not {len(styles)}")
    trained = dataclasses.replace(trained, styles=styles, origin=ORIGIN, licence=LICENCE)
    file = ASSETS / "models" / f"{NAME}.onnx"
    done = write_styles(trained, file)
    entry = {
        "name": NAME,
        "file": file.name,
        "method": "johnson",
        "size": trained.size,
        "origin": ORIGIN,
        "licence": LICENCE,
        "styles": styles,
    }
    table = ASSETS / "models" / "MODELS.json"
    others = json.loads(table.read_text(encoding="utf-8")) if table.exists() else []
    _write(table, [entry, *(each for each in others if each["name"] != NAME)])
    _write(ASSETS / "ASSETS.json", _with_asset(file, run.name))
    print(f"{done.path.name}: {done.bytes:,} bytes, {len(done.styles)} styles")


def _with_asset(file: Path, stage: str) -> list[Any]:
    if stage not in STAGES:
        raise SystemExit(f"{stage}: not the folder of a stage ({', '.join(STAGES)})")
    passed = list(STAGES)[: list(STAGES).index(stage) + 1]
    entries = json.loads((ASSETS / "ASSETS.json").read_text(encoding="utf-8"))
    name = f"models/{file.name}"
    entry = {
        "file": name,
        "sha256": sha256(file),
        "bytes": file.stat().st_size,
        "origin": ORIGIN,
        "licence": LICENCE,
        "tool": "tools/train_styles.py",
        "parameters": {
            "recipe": RECIPE.to_json(),
            "stages": {name: STAGES[name].decisive() for name in passed},
            "before": BEFORE,
        },
    }
    return [*(each for each in entries if each["file"] != name), entry]


def _write(path: Path, entries: list[Any]) -> None:
    with written_whole(path) as temporary:
        text = json.dumps(entries, indent=2, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
