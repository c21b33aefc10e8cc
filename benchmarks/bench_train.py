"""How many photographs a second a style network learns from here.

Usage: python -m benchmarks.bench_train [--size 256] [--batch 4] [--updates 10] [--markdown FILE]

Median time of an update after a few of warming up, everything included: reading and cropping
photographs, both passes of VGG-16, gradients, Adam. The paper's layout at its width of 32 stands
beside the default as a measure of the network; no peer that trains installs with pip.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import statistics
import tempfile
import time
from pathlib import Path

from PIL import Image

from benchmarks.tables import MEASURED, Result, parser_of, tell
from impasto.methods.johnson.method import METHOD, StyleImage, StyleSources
from impasto.options.johnson import SCRATCH, TRAINING, JohnsonOptions
from impasto.samples import sample, samples
from impasto.source import open_source
from impasto.step import Step
from impasto.training.train import train

WARMING_UP = 3

RECIPES = {
    "default": JohnsonOptions(),
    "scratch (width 16, half resolution)": SCRATCH,
    "paper's layout (width 32)": dataclasses.replace(SCRATCH, layout="paper", width=32),
}


def images_per_second(recipe: JohnsonOptions, given: argparse.Namespace, folder: Path) -> float:
    style = StyleImage("swirl", open_source(sample("style", "night-swirl").path))
    updates = WARMING_UP + given.updates
    options = dataclasses.replace(
        TRAINING, size=given.size, batch=given.batch, steps=updates, workers=0,
        validate_every=updates + 1, sheet_every=updates + 1, checkpoint_every=updates + 1,
    )  # fmt: skip
    times: list[float] = []

    def note(_step: Step) -> None:
        times.append(time.perf_counter())

    sources = StyleSources([style], folder / "photos")
    train(METHOD, sources, recipe, options, run_dir=folder / recipe.layout, on_step=note)
    lengths = [after - before for before, after in itertools.pairwise(times)]
    # The last update is followed by validation, sheet and checkpoint before it is told of.
    return float(given.batch / statistics.median(lengths[WARMING_UP - 1 : -1]))


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--updates", type=int, default=10)
    given = parser.parse_args()
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as name:
        photos = Path(name) / "photos"
        photos.mkdir()
        for each in samples("content"):
            picture = Image.open(each.path).convert("RGB")
            picture.thumbnail((640, 640))
            picture.save(photos / f"{each.name}.jpg")
        for title, recipe in RECIPES.items():
            pace = images_per_second(recipe, given, Path(name))
            results.append((title, MEASURED, f"{pace:.2f} images/s"))
    tell("train", results, given.markdown, f"{given.size} px, batch {given.batch}")


if __name__ == "__main__":
    main()
