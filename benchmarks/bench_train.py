"""How many photographs a second a style network learns from here.

Usage: python benchmarks/bench_train.py [--size 256] [--batch 4] [--updates 10] [--markdown FILE]

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

import psutil
from PIL import Image

from impasto.methods.johnson.options import TRAINING, JohnsonOptions
from impasto.methods.johnson.train import StyleImage, train_styles
from impasto.samples import sample, samples
from impasto.source import open_source
from impasto.step import Step

WARMING_UP = 3

RECIPES = {
    "default (width 16, half resolution)": JohnsonOptions(),
    "paper's layout (width 32)": JohnsonOptions(layout="paper", width=32),
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

    train_styles(
        [style], folder / "photos", recipe, options, run_dir=folder / recipe.layout, on_step=note
    )
    lengths = [after - before for before, after in itertools.pairwise(times)]
    # The last update is followed by validation, sheet and checkpoint before it is told of.
    return float(given.batch / statistics.median(lengths[WARMING_UP - 1 : -1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--updates", type=int, default=10)
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    psutil.cpu_times_percent()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        photos = Path(name) / "photos"
        photos.mkdir()
        for each in samples("content"):
            picture = Image.open(each.path).convert("RGB")
            picture.thumbnail((640, 640))
            picture.save(photos / f"{each.name}.jpg")
        for title, recipe in RECIPES.items():
            rows.append((title, f"{images_per_second(recipe, given, Path(name)):.2f} images/s"))
    steal = getattr(psutil.cpu_times_percent(), "steal", 0.0)
    rows.append(("kept by the host for others (steal)", f"{steal:.0f}%"))
    head = f"| training, {given.size} px, batch {given.batch}, VGG-16 | measured |\n|---|---|\n"
    table = head + "\n".join(f"| {what} | {value} |" for what, value in rows)
    print(table)
    if given.markdown:
        given.markdown.write_text(table + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
