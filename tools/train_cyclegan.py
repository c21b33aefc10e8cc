"""Train the bundled pair, photographs and Van Gogh's paintings, and put it among the assets.

    python tools/train_cyclegan.py train --data DATA --run-dir runs/van-gogh
    python tools/train_cyclegan.py bundle runs/van-gogh/strokes --only photo-to-van-gogh
    python tools/train_cyclegan.py bundle runs/van-gogh/back --only van-gogh-to-photo

DATA holds ``photos`` with its INDEX.tsv (file, source and subject of each picture) and
``van-gogh``. ``train`` chooses the outdoor scenes, goes through the stages, each in a folder of
its own, and goes on where it was broken off. To train the bundled pair further, give the folder of
its last stage to ``impasto train cyclegan --start-from``; ``python tools/train_cyclegan.py
commands ...`` chooses the scenes, too, and prints all stages as such commands.

The generator back has 2.0 of the paper's 11.4 million weights and takes about a fifth of its time.
``--paper`` trains the paper's networks, 9 blocks of 256 channels at 256 px, for a GPU.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import itertools
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageFilter

from impasto.methods.cyclegan.method import METHOD, Translator
from impasto.methods.johnson.transformer import StyledTransformer
from impasto.options.cyclegan import TRAINING, CycleGANOptions
from impasto.options.training import TrainOptions
from impasto.training.model_file import write_model
from impasto.training.train import train
from impasto.training.trained import read_networks

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.bundling import LICENCE, MODELS, put_model, telling, words_of

ORIGIN: Final = (
    "trained for impasto on {photos} outdoor photographs (BSDS500, PACS, ImageNet samples) and "
    "{paintings} tiles of paintings by Vincent van Gogh (public domain), {steps} steps"
)
FROM: Final = ", from the network of ten styles and so from Magenta's (Apache-2.0)"
ABOUT: Final[Mapping[str, Mapping[str, str]]] = {
    "photo-to-van-gogh": {"title": "Photograph to Van Gogh", "artist": "Vincent van Gogh"},
    "van-gogh-to-photo": {"title": "Van Gogh to photograph"},
}

OUTDOORS: Final = """
    natural_scene house alp barn beacon bell_cote boathouse breakwater canoe castle church cliff
    cliff_dwelling dam dock dome fountain geyser gondola greenhouse harvester hay horse_cart
    lakeside lumbermill megalith monastery mosque mountain_tent obelisk oxcart palace park_bench
    patio picket_fence pier promontory rapeseed sandbar schooner seashore steel_arch_bridge
    stone_wall stupa suspension_bridge thatch tile_roof totem_pole triumphal_arch valley viaduct
    volcano water_tower worm_fence yawl yurt
"""
"""Subjects that a landscape painter might have stood before."""

TILE: Final = 0.625
"""Paintings are cut into tiles of this share of their shorter side, and each becomes a picture of
the set. So a stroke in a generated picture has the size it has in a painting of 512 pixels.
Paintings of 256 pixels seen whole teach strokes so fine that they look like a weave."""
SMALL: Final = 512
"""Paintings with a shorter side are cut into 2 x 2 tiles, enlarged to twice their size and
sharpened; others into 5 x 5."""

RECIPE: Final = CycleGANOptions(
    width=32, blocks=6, residual=True, discriminator_width=32, painting_name="van-gogh",
    start_style="wheat-field", zoom=(1.2, 2.2), identity_weight=0.0, cycle_weight=2.0,
    gram_weight=20.0, gram_pool=64, content_weight=2.0,
)  # fmt: skip
"""The generator of paintings starts from the bundled style, so it paints from the first step on;
the losses give it the colors and strokes of all the paintings."""
PAPER: Final = CycleGANOptions(painting_name="van-gogh")

QUICK: Final = dataclasses.replace(
    TRAINING, size=160, batch=1, learning_rate=4e-4, warmup=50, ema=0.995, workers=0, keep=2,
    validate_every=250, sheet_every=250, checkpoint_every=100,
)  # fmt: skip

Stages = Mapping[str, tuple[CycleGANOptions, TrainOptions]]

STAGES: Final[Stages] = {
    "strokes": (RECIPE, dataclasses.replace(QUICK, decay_from=0.5, steps=5000)),
    "back": (
        dataclasses.replace(RECIPE, cycle_weight=10.0, gram_weight=6.0, content_weight=8.0),
        dataclasses.replace(QUICK, decay_from=0.2, steps=1000, learning_rate=3e-4),
    ),
}

PAPER_STAGES: Final[Stages] = {
    "paper": (PAPER, dataclasses.replace(TRAINING, epochs=200, keep=2, sheet_every=1000)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("train", "commands"):
        train = commands.add_parser(name)
        train.add_argument("--data", type=Path, required=True)
        train.add_argument("--run-dir", type=Path, required=True)
        train.add_argument("--paper", action="store_true", help="the paper's networks, at 256 px")
        if name == "train":
            train.add_argument("--steps", type=int, help="of the first stage, to try it out")
    bundle = commands.add_parser("bundle")
    bundle.add_argument("run", type=Path)
    bundle.add_argument("--only", help="one of the two networks")
    given = parser.parse_args()
    if given.command == "bundle":
        bundle_pair(given.run, given.only)
    elif given.command == "commands":
        print_commands(given)
    else:
        train_all(given)


def train_all(given: argparse.Namespace) -> None:
    photos = chosen(given.data / "photos", given.run_dir / "photos")
    paintings = given.data / "van-gogh"
    if not given.paper:
        paintings = tiled(given.data, given.run_dir / "tiles")
    stages = PAPER_STAGES if given.paper else STAGES
    start: Path | None = None
    for name, (recipe, options) in stages.items():
        if given.steps is not None:
            options = dataclasses.replace(options, steps=given.steps, epochs=None)
        train(
            METHOD,
            {"photo": photos, "painting": paintings},
            recipe,
            options,
            run_dir=given.run_dir / name,
            start=start,
            resume=True,
            on_step=telling(name, options.batch, every=100),
        )
        start = given.run_dir / name
        if given.steps is not None:
            return


def print_commands(given: argparse.Namespace) -> None:
    photos = chosen(given.data / "photos", given.run_dir / "photos")
    paintings = given.data / "van-gogh"
    if not given.paper:
        paintings = tiled(given.data, given.run_dir / "tiles")
    start: Path | None = None
    for name, (recipe, options) in (PAPER_STAGES if given.paper else STAGES).items():
        words = [f"impasto train cyclegan --photos {photos}"]
        words += [f"--paintings {paintings} --run-dir {given.run_dir / name}"]
        words += [*words_of(recipe, CycleGANOptions()), *words_of(options, TRAINING)]
        words += [f"--start-from {start}"] if start else []
        print(" ".join([*words, "--resume"]))
        start = given.run_dir / name


def outdoors(index: Path) -> list[str]:
    """Names of the files whose subject is one of ``OUTDOORS``."""
    with index.open(encoding="utf-8", newline="") as file:
        known = set(OUTDOORS.split())
        rows = csv.DictReader(file, delimiter="\t")
        return [row["file"] for row in rows if row["subject"].replace(" ", "_") in known]


def chosen(photos: Path, folder: Path) -> Path:
    """A folder of links to the outdoor scenes, as --photos takes a folder and not a list."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in outdoors(photos / "INDEX.tsv"):
        link = folder / name
        if not link.exists():
            link.symlink_to((photos / name).resolve())
    return folder


def tiled(data: Path, folder: Path) -> Path:
    """A folder with overlapping tiles of all paintings by Van Gogh."""
    folder.mkdir(parents=True, exist_ok=True)
    large = (data / "styles").glob("*-van-gogh-*.jpg")
    for path in sorted([*(data / "van-gogh").glob("*.jpg"), *large]):
        picture = Image.open(path).convert("RGB")
        small = min(picture.size) < SMALL
        count, side = 2 if small else 5, round(TILE * min(picture.size))
        for row, column in itertools.product(range(count), repeat=2):
            left, top = (
                round(place * (whole - side) / (count - 1))
                for place, whole in zip((column, row), picture.size, strict=True)
            )
            tile = picture.crop((left, top, left + side, top + side))
            if small:
                tile = tile.resize((2 * side, 2 * side), Image.Resampling.LANCZOS)
                tile = tile.filter(ImageFilter.UnsharpMask(radius=2, percent=60, threshold=0))
            tile.save(folder / f"{path.stem}-{row}{column}.png")
    return folder


def bundle_pair(run: Path, only: str | None) -> None:
    """Put the networks of a run folder, or one of them, among the assets."""
    recipe = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["recipe"]
    counts = recipe["pictures"]
    for each in read_networks(run, METHOD):
        origin = ORIGIN.format(
            photos=counts["photo"], paintings=counts["painting"], steps=steps_of(run)
        )
        name = each.names[0]
        if only not in (None, name):
            continue
        licence = LICENCE
        if isinstance(each.network, StyledTransformer):
            origin, licence = origin + FROM, f"{LICENCE} AND Apache-2.0"
        styles = [{"name": name, **ABOUT[name]}]
        known = dataclasses.replace(each, origin=origin, licence=licence, styles=styles)
        _bundled(name, known, recipe, _stages_to(run.name))


def steps_of(run: Path) -> int:
    """Steps of a stage and of those before it."""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    before = manifest["recipe"].get("begun_with")
    return int(manifest["result"]["steps"]) + (steps_of(run.parent / before) if before else 0)


def _stages_to(last: str) -> Stages:
    names = list(STAGES)
    return {name: STAGES[name] for name in names[: names.index(last) + 1]}


def _bundled(name: str, each: Translator, recipe: Mapping[str, Any], stages: Stages) -> None:
    done = write_model(each, MODELS / f"{name}.onnx")
    put_model(
        name,
        method="cyclegan",
        size=each.size,
        origin=each.origin,
        styles=each.styles,
        tool="train_cyclegan.py",
        licence=each.licence,
        parameters={
            "recipe": dict(recipe),
            "stages": {
                stage: {
                    "recipe": " ".join(words_of(changed, RECIPE)),
                    **options.decisive(),
                    "steps": options.steps,
                }
                for stage, (changed, options) in stages.items()
            },
        },
    )
    print(f"{done.path.name}: {done.bytes:,} bytes")


if __name__ == "__main__":
    main()
