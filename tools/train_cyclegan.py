"""Train the bundled pair, photographs and Van Gogh's paintings, and put it among the assets.

    python tools/train_cyclegan.py train paint --data DATA --run-dir runs/van-gogh
    python tools/train_cyclegan.py bundle paint runs/van-gogh/strokes

DATA holds ``photos`` with its INDEX.tsv (file, source and subject of each picture), ``van-gogh``
and ``styles``. ``train`` chooses the outdoor scenes, goes through the stages, each in a folder of
its own, and goes on where it was broken off. ``commands`` in place of ``train`` chooses them, too,
and prints all stages as commands of ``impasto train cyclegan``.

The two bundled networks come out of two trainings: ``paint`` makes photo-to-van-gogh, and ``back``,
an earlier one, van-gogh-to-photo, as the way back of ``paint`` adds yellow spots. ``paper`` trains
the paper's networks, 9 blocks of 256 channels at 256 px, for a GPU.
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
from impasto.options.cyclegan import TRAINING, CycleGANOptions
from impasto.options.training import TrainOptions
from impasto.training.model_file import write_model
from impasto.training.train import train
from impasto.training.trained import read_networks

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.bundling import LICENCE, MODELS, put_model, telling, words_of

ORIGIN: Final = (
    "trained for impasto on {photos} outdoor photographs (BSDS500, PACS, ImageNet samples) and "
    "{paintings} by Vincent van Gogh (public domain), {steps} steps"
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
the set. With the zoom of the crops, a stroke in a generated picture has the size it has in a
painting of 300 to 560 pixels. Tiles of a painting overlap, also held-out ones with others."""
SMALL: Final = 512
"""Paintings with a shorter side are cut into 2 x 2 tiles, enlarged to twice their size and
sharpened; others into 5 x 5."""

PAINT: Final = CycleGANOptions(
    width=32, blocks=6, residual=True, discriminator_width=32, painting_name="van-gogh",
    start_style="wheat-field", zoom=(1.2, 2.2), identity_weight=0.0, cycle_weight=2.0,
    gram_weight=20.0, gram_pool=64, content_weight=2.0,
)  # fmt: skip
"""The generator of paintings starts from the bundled style, so it paints from the first step on;
the losses give it the colors and strokes of all the paintings."""
LONG: Final = dataclasses.replace(
    TRAINING, size=160, batch=1, learning_rate=4e-4, warmup=50, ema=0.995, workers=0, keep=2,
    validate_every=250, sheet_every=250, checkpoint_every=100,
)  # fmt: skip

SLIM: Final = CycleGANOptions(
    width=32, blocks=6, residual=True, discriminator_width=32, painting_name="van-gogh",
    zoom=(1.3, 3.0), identity_weight=0.0, cycle_weight=2.0, gram_weight=30.0, content_weight=4.0,
)  # fmt: skip
"""Of the earlier training. Strokes come from the Gram matrices; the content loss
keeps blots away. Without an identity loss a step takes two thirds of the time."""

QUICK: Final = dataclasses.replace(
    TRAINING, size=96, batch=2, optimizer="muon", warmup=20, ema=0.98, workers=0, keep=2,
    hold_out=0.0, validate_every=200, sheet_every=50, checkpoint_every=50,
)  # fmt: skip

PAPER: Final = CycleGANOptions(painting_name="van-gogh")

Stages = Mapping[str, tuple[CycleGANOptions, TrainOptions]]

BACK_STAGES: Final[Stages] = {
    "1-strokes": (
        dataclasses.replace(
            SLIM, zoom=(1.3, 2.6), cycle_weight=5.0, gram_weight=20.0, content_weight=0.0
        ),
        dataclasses.replace(QUICK, schedule="constant", steps=290, learning_rate=0.005),
    ),
    "2-loose": (
        dataclasses.replace(SLIM, cycle_weight=3.0, content_weight=0.0),
        dataclasses.replace(QUICK, schedule="constant", steps=526, learning_rate=0.006),
    ),
    "3-shapes": (
        SLIM,
        dataclasses.replace(QUICK, decay_from=0.4, steps=1500, learning_rate=0.005),
    ),
    "4-strong": (
        dataclasses.replace(SLIM, zoom=(1.3, 2.6), gram_weight=45.0, content_weight=3.0),
        dataclasses.replace(
            QUICK, size=128, batch=1, decay_from=0.1, steps=520, learning_rate=0.004
        ),
    ),
    "5-clean": (
        dataclasses.replace(
            SLIM, zoom=(1.3, 2.6), cycle_weight=3.0, gram_weight=40.0, content_weight=5.0
        ),
        dataclasses.replace(
            QUICK, size=128, batch=1, decay_from=0.0, steps=360, learning_rate=0.003, warmup=10
        ),
    ),
}  # fmt: skip
"""An hour and a half on one core; 1 and 2 were stopped by hand."""

STAGES: Final[Mapping[str, Stages]] = {
    "paint": {"strokes": (PAINT, dataclasses.replace(LONG, decay_from=0.5, steps=5000))},
    "back": BACK_STAGES,
    "paper": {
        "paper": (PAPER, dataclasses.replace(TRAINING, epochs=200, keep=2, sheet_every=1000))
    },
}
BUNDLED: Final = {"paint": "photo-to-van-gogh", "back": "van-gogh-to-photo"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("train", "commands"):
        train = commands.add_parser(name)
        train.add_argument("which", choices=STAGES)
        train.add_argument("--data", type=Path, required=True)
        train.add_argument("--run-dir", type=Path, required=True)
        if name == "train":
            train.add_argument("--steps", type=int, help="of the first stage, to try it out")
    bundle = commands.add_parser("bundle")
    bundle.add_argument("which", choices=BUNDLED)
    bundle.add_argument("run", type=Path, help="folder of the last stage")
    given = parser.parse_args()
    if given.command == "bundle":
        bundle_network(given.run, given.which)
    elif given.command == "commands":
        print_commands(given)
    else:
        train_all(given)


def train_all(given: argparse.Namespace) -> None:
    photos, paintings = sets_of(given)
    start: Path | None = None
    for name, (recipe, options) in STAGES[given.which].items():
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
    photos, paintings = sets_of(given)
    start: Path | None = None
    for name, (recipe, options) in STAGES[given.which].items():
        words = [f"impasto train cyclegan --photos {photos}"]
        words += [f"--paintings {paintings} --run-dir {given.run_dir / name}"]
        words += [*words_of(recipe, CycleGANOptions()), *words_of(options, TRAINING)]
        words += [f"--start-from {start}"] if start else []
        print(" ".join([*words, "--resume"]))
        start = given.run_dir / name


def sets_of(given: argparse.Namespace) -> tuple[Path, Path]:
    """The folders of photographs and paintings."""
    photos = chosen(given.data / "photos", given.run_dir / "photos")
    if given.which == "paint":
        return photos, tiled(given.data, given.run_dir / "tiles")
    return photos, given.data / "van-gogh"


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


def bundle_network(run: Path, which: str) -> None:
    """Put the network of a training that is bundled among the assets."""
    recipe = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["recipe"]
    counts, kind = recipe["pictures"], "tiles of paintings" if which == "paint" else "paintings"
    origin = ORIGIN.format(
        photos=counts["photo"], paintings=f"{counts['painting']} {kind}", steps=steps_of(run)
    )
    licence = LICENCE
    if which == "paint":
        origin, licence = origin + FROM, f"{LICENCE} AND Apache-2.0"
    [each] = [each for each in read_networks(run, METHOD) if each.names[0] == BUNDLED[which]]
    styles = [{"name": BUNDLED[which], **ABOUT[BUNDLED[which]]}]
    known = dataclasses.replace(each, origin=origin, licence=licence, styles=styles)
    _bundled(BUNDLED[which], known, recipe, STAGES[which])


def steps_of(run: Path) -> int:
    """Steps of a stage and of those before it."""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    before = manifest["recipe"].get("begun_with")
    return int(manifest["result"]["steps"]) + (steps_of(run.parent / before) if before else 0)


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
                    "recipe": " ".join(words_of(changed, CycleGANOptions())),
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
