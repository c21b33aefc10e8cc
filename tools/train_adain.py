"""Train the bundled any-style network and put it among the assets.

    python tools/train_adain.py train --contents ../shared/data/photos \
        --styles ../shared/data/paintings --run-dir runs/any-style
    python tools/train_adain.py bundle runs/any-style/8-fine

``train`` goes through the stages, each in a folder of its own, and goes on where it was broken
off. ``commands`` prints the same stages as commands of impasto, for machines where a stage is run
by hand (``--device cuda --precision bf16``). ``bundle`` keeps the networks of styles that are
bundled already.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from impasto.methods.adain.method import METHOD
from impasto.options.adain import TRAINING, AdainOptions
from impasto.options.apply import ANY_STYLE
from impasto.options.training import TrainOptions
from impasto.training.model_file import write_model
from impasto.training.train import train
from impasto.training.trained import read_networks

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.bundling import LICENCE, MODELS, put_model, telling, words_of

ORIGIN: Final = (
    "trained for impasto on 2,743 natural photographs (BSDS500 and others) and 2,048 paintings "
    "and drawings; losses by VGG-16 (torchvision, IMAGENET1K_V1)"
)

RECIPE: Final = AdainOptions(
    zoom=(1.0, 2.0), style_zoom=(1.0, 3.0), content_weight=0.5, gram_weight=30.0, tone_weight=0.5,
    total_variation_weight=20.0,
)  # fmt: skip
"""The zoom shows photographs of 227 px as they are, not only made smaller, and of paintings their
strokes. Gram matrices are weighed more than means and deviations: those tell colors and how loud
textures are, these what comes beside what."""

PLAIN: Final[Mapping[str, Any]] = {
    "skips": 0, "residual": False, "conditional": False, "gram_weight": 0.0,
}  # fmt: skip
"""What makes it the paper's, but for the encoder's size and the colors."""

QUICK: Final = dataclasses.replace(
    TRAINING, optimizer="muon", schedule="linear", decay_from=0.4, warmup=50, ema=0.99,
    sheet_every=100, checkpoint_every=50, workers=0, hold_out=0.0,
)  # fmt: skip

_FIRST: Final[Mapping[str, Any]] = {"style_zoom": (1.2, 2.5), "content_weight": 1.0}

STAGES: Final[Mapping[str, tuple[Mapping[str, Any], TrainOptions]]] = {
    "1-small": (
        {
            **_FIRST, "style_zoom": (1.0, 2.0), "gram_weight": 2.0, "tone_weight": 20.0,
            "total_variation_weight": 0.0,
        },
        dataclasses.replace(QUICK, size=64, batch=12, steps=2300, learning_rate=0.02),
    ),
    "2-coarse": (
        {**_FIRST, "gram_weight": 20.0, "tone_weight": 2.0, "total_variation_weight": 0.0},
        dataclasses.replace(QUICK, size=128, batch=6, steps=350, learning_rate=0.015),
    ),
    "3-smooth": (
        {**_FIRST, "gram_weight": 20.0, "tone_weight": 2.0, "total_variation_weight": 30.0},
        dataclasses.replace(QUICK, size=128, batch=6, steps=700, learning_rate=0.012),
    ),
    "4-fine": (
        {**_FIRST, "gram_weight": 20.0, "tone_weight": 2.0, "total_variation_weight": 60.0},
        dataclasses.replace(QUICK, size=256, batch=3, steps=150, learning_rate=0.006),
    ),
    "5-free": (
        {"style_zoom": (1.2, 3.0), "tone_weight": 0.2},
        dataclasses.replace(
            QUICK, size=128, batch=6, steps=580, learning_rate=0.014, schedule="constant"
        ),
    ),
    "6-brush": (
        {},
        dataclasses.replace(
            QUICK, size=96, batch=8, steps=349, learning_rate=0.018, schedule="constant"
        ),
    ),
    "7-brush": (
        {},
        dataclasses.replace(
            QUICK, size=96, batch=8, steps=1400, learning_rate=0.014, decay_from=0.0
        ),
    ),
    "8-fine": (
        {"style_zoom": (1.0, 2.5), "total_variation_weight": 50.0},
        dataclasses.replace(
            QUICK, size=256, batch=3, steps=150, learning_rate=0.006, decay_from=0.0
        ),
    ),
}  # fmt: skip
"""Small crops first: many more of them can be seen in the same time. What differs from ``RECIPE``
is beside the options of the training. The bundled network was trained so over two sessions, 5 and
6 stopped by hand; its conditioning came with 6, here it is there from the beginning."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("train", "commands"):
        train = commands.add_parser(name)
        train.add_argument("--contents", type=Path, required=True)
        train.add_argument("--styles", type=Path, required=True)
        train.add_argument("--run-dir", type=Path, required=True)
        train.add_argument("--stage", choices=STAGES, help="this one alone, not all")
        train.add_argument("--plain", action="store_true", help="the paper's loss and decoder")
        train.add_argument("--device", default="auto")
        train.add_argument("--scale", type=float, default=1.0, help="of the numbers of steps")
    commands.add_parser("bundle").add_argument("run", type=Path)
    given = parser.parse_args()
    {"train": train_all, "commands": print_commands, "bundle": bundle}[given.command](given)


def train_all(given: argparse.Namespace) -> None:
    start = None
    for name, (recipe, options) in _stages(given).items():
        folder = given.run_dir / name
        if given.stage in (None, name):
            train(
                METHOD,
                {"content": given.contents, "style": given.styles},
                recipe,
                options,
                run_dir=folder,
                start=start,
                resume=True,
                on_step=telling(name, options.batch),
            )
        start = folder


def print_commands(given: argparse.Namespace) -> None:
    start = None
    for name, (recipe, options) in _stages(given).items():
        words = ["impasto train adain", f"--contents {given.contents}", f"--styles {given.styles}"]
        words += [f"--run-dir {given.run_dir / name}", *words_of(recipe, AdainOptions())]
        words += words_of(options, TRAINING)
        words += [f"--start-from {start}"] if start else []
        if given.stage in (None, name):
            print(" ".join([*words, "--resume"]))
        start = given.run_dir / name


def _stages(given: argparse.Namespace) -> dict[str, tuple[AdainOptions, TrainOptions]]:
    plain = PLAIN if given.plain else {}
    return {
        name: (
            dataclasses.replace(RECIPE, **{**changes, **plain}),
            dataclasses.replace(
                options,
                device=given.device,
                steps=max(1, round((options.steps or 0) * given.scale)),
            ),
        )
        for name, (changes, options) in STAGES.items()
    }


def bundle(given: argparse.Namespace) -> None:
    [read] = read_networks(given.run, METHOD)
    trained = dataclasses.replace(read, origin=ORIGIN, licence=LICENCE)
    done = write_model(trained, MODELS / f"{ANY_STYLE}.onnx")
    put_model(
        ANY_STYLE,
        method="adain",
        size=trained.size,
        origin=ORIGIN,
        styles=(),
        tool="train_adain.py",
        parameters={
            "recipe": trained.options.to_json(),
            "stages": {
                stage: {"recipe": dict(changes), **options.decisive(), "steps": options.steps}
                for stage, (changes, options) in STAGES.items()
            },
        },
    )
    print(f"{done.path.name}: {done.bytes:,} bytes, within {max(done.differences):.1e} of torch")


if __name__ == "__main__":
    main()
