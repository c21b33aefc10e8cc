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
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from impasto.methods.johnson.method import METHOD, StyleImage, StyleSources
from impasto.options.johnson import TRAINING, JohnsonOptions
from impasto.options.training import TrainOptions
from impasto.source import open_source
from impasto.training.model_file import write_model
from impasto.training.train import train
from impasto.training.trained import read_networks

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.bundling import LICENCE, MODELS, put_model, telling

NAME: Final = "masters"
ORIGIN: Final = (
    "trained for impasto on 2,743 natural photographs (BSDS500 and others) and the named paintings"
)
BEFORE: Final = (
    "The first stage began with the weights of earlier runs of the same network by Johnson's terms "
    "alone: about 5,600 updates of 8 crops of 128 with style weights 8, 10, 6 and 2.5, and 686 of "
    "4 crops of 256. The second was stopped after 400 of its 800 updates."
)
"""What is in the bundled network besides the stages below; a training from scratch has none."""


@dataclass(frozen=True)
class Painting:
    """A style: its name, its file's stem, and what is said of it."""

    name: str
    file: str
    title: str
    artist: str
    year: str
    origin: str = "public domain"
    size: int = 0
    """Longer side at which the last stage sees it, where its strokes at 512 px are too fine for a
    network of this size: they became lattices of dots and bricks."""

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
             "The Starry Night", "Vincent van Gogh", "1889", size=640),
    Painting("great-wave", "great-wave-hokusai-1831",
             "The Great Wave off Kanagawa, in new colors", "after Katsushika Hokusai", "1831",
             "a recoloring of a print in the public domain", size=1000),
    Painting("the-scream", "the-scream-munch-1893", "The Scream", "Edvard Munch", "1893", size=700),
    Painting("composition-vii", "composition-vii-kandinsky-1913",
             "Composition VII", "Wassily Kandinsky", "1913"),
    Painting("udnie", "udnie-picabia-1913", "Udnie", "Francis Picabia", "1913"),
    Painting("water-lilies", "water-lilies-monet-1919",
             "Water Lilies", "Claude Monet", "1919", size=800),
    Painting("wheat-field", "wheat-field-van-gogh-1889",
             "Wheat Field with Cypresses", "Vincent van Gogh", "1889"),
    Painting("night-cafe", "cafe-terrace-van-gogh-1888",  # the file is called after another
             "The Night Café", "Vincent van Gogh", "1888"),
    Painting("woman-with-hat", "woman-with-hat-matisse-1905",
             "Woman with a Hat", "Henri Matisse", "1905"),
    Painting("portrait", "portrait-delaunay-1906",
             "Portrait of Metzinger", "Robert Delaunay", "1906", size=800),
)  # fmt: skip

RECIPE: Final = JohnsonOptions(style_weight=2.0, total_variation_weight=5.0, style_size=512)

_SEEN: Final = dataclasses.replace(TRAINING, workers=0, hold_out=0.0)
"""Nothing was held out then."""

STAGES: Final[Mapping[str, TrainOptions]] = {
    "1-coarse": dataclasses.replace(
        _SEEN, size=128, batch=8, steps=1600, learning_rate=2e-3, sheet_every=200
    ),
    "2-middle": dataclasses.replace(
        _SEEN, size=256, batch=4, steps=800, learning_rate=1e-3,
        sheet_every=100, checkpoint_every=50,
    ),
    "3-strokes": dataclasses.replace(
        _SEEN, size=256, batch=4, steps=360, learning_rate=7e-4, warmup=30, ema=0.99,
        sheet_every=60, checkpoint_every=30,
    ),
    "4-wave": dataclasses.replace(
        _SEEN, size=192, batch=4, steps=110, learning_rate=8e-3, warmup=0, ema=0.9, seed=7,
        sheet_every=50, checkpoint_every=50,
    ),
}  # fmt: skip
"""Small crops first: four times as many of them can be seen in the same time. The last two stages
see each painting at its own size. The last is for the great wave alone: its foam had become a
lattice of rings in clear skies. It begins once more, as Udnie's broad strokes, and is held less to
what deep layers see."""

WAVE: Final = "great-wave"
WAVE_RECIPE: Final = dataclasses.replace(RECIPE, style_layer_weights=(0.4, 0.4, 0.15, 0.05))


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
    start = given.start_from
    for name, options in STAGES.items():
        folder = given.run_dir / name
        last = name == list(STAGES)[-1]
        passed_by = given.stage not in (None, name)
        if not passed_by:
            train(
                METHOD,
                StyleSources(
                    styles_of(name, given.paintings), given.data, only=(WAVE,) if last else ()
                ),
                WAVE_RECIPE if last else RECIPE,
                options,
                run_dir=folder,
                start=like_udnie(start, folder) if last else start,
                resume=True,
                on_step=telling(name, options.batch),
            )
        # A stage passed by without having been trained leaves the beginning to the next.
        start = start if passed_by and not folder.exists() else folder


def styles_of(stage: str, paintings: Path) -> list[StyleImage]:
    sized = stage in list(STAGES)[2:]
    return [
        StyleImage(
            each.name,
            open_source(paintings / f"{each.file}.jpg"),
            each.about(),
            each.size if sized else 0,
        )
        for each in PAINTINGS
    ]


def like_udnie(start: Path | None, folder: Path) -> Path:
    """A network in which the wave has the strokes of another style, beside the stage's folder."""
    assert start is not None
    [trained] = read_networks(start, METHOD)
    names = [each["name"] for each in trained.styles]
    with torch.no_grad():
        for name, parameter in trained.network.named_parameters():
            if name.endswith((".gamma", ".beta")):
                parameter[names.index(WAVE)] = parameter[names.index("udnie")]
    begun = folder.with_suffix(".onnx")
    write_model(trained, begun)
    return begun


def bundle(run: Path) -> None:
    [trained] = read_networks(run, METHOD)
    styles = [{**painting.about(), "name": painting.name} for painting in PAINTINGS]
    sizes = {painting.name: painting.size for painting in PAINTINGS if painting.size}
    if len(trained.styles) != len(styles):
        raise SystemExit(f"{run}: a network of {len(trained.styles)} styles, not {len(styles)}")
    known = [{**each, "size": str(sizes.get(each["name"], ""))} for each in styles]
    # All but one style were trained by this recipe, at the size of the stage before the last.
    trained = dataclasses.replace(
        trained,
        options=RECIPE,
        size=STAGES["3-strokes"].size,
        styles=known,
        origin=ORIGIN,
        licence=LICENCE,
    )
    if run.name not in STAGES:
        raise SystemExit(f"{run.name}: not the folder of a stage ({', '.join(STAGES)})")
    passed = list(STAGES)[: list(STAGES).index(run.name) + 1]
    done = write_model(trained, MODELS / f"{NAME}.onnx")
    put_model(
        NAME,
        method="johnson",
        size=trained.size,
        origin=ORIGIN,
        styles=styles,
        tool="train_styles.py",
        parameters={
            "recipe": RECIPE.to_json(),
            "recipe of the last stage": WAVE_RECIPE.to_json(),
            "stages": {name: STAGES[name].decisive() for name in passed},
            "before": BEFORE,
        },
    )
    print(f"{done.path.name}: {done.bytes:,} bytes, {len(done.styles)} styles")


if __name__ == "__main__":
    main()
