"""``impasto train adain``: one network for any style, given as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from impasto.cli.parser import parse
from impasto.errors import ImpastoError
from impasto.options.adain import TRAINING, AdainOptions
from impasto.options.training import TrainOptions

PROG: Final = "impasto train adain"


@dataclass(frozen=True, kw_only=True)
class AdainArguments:
    """Train one network that takes the style as a picture.

    Each photograph is painted in the style of the painting beside it and measured against it by
    VGG's features (Huang and Belongie 2017). The network is exported as RUN_DIR/model.onnx
    whenever the training ends or is stopped, and `impasto apply PHOTO --model RUN_DIR --style
    PICTURE` uses it. Several processes or machines:
    `torchrun --nproc_per_node 2 -m impasto train adain ...`, or accelerate launch likewise.
    """

    contents: Path | None = None
    """Photographs: a folder tree, a .tfrecord file, or a folder of shards."""
    styles: Path | None = None
    """Paintings, likewise: the more kinds, the more styles it can do."""
    run_dir: Path | None = None
    """Where the training is written down: checkpoints, losses, sheets, TensorBoard, model."""
    start_from: Path | None = None
    """Begin with the weights of this network, of the same shape: run folder or model.onnx."""
    recipe: AdainOptions
    """What the network looks like and learns."""
    training: TrainOptions
    """How it is trained."""
    resume: bool = False
    """Go on from the last checkpoint in --run-dir, if any."""
    json: bool = False
    """Print the result for programs; no progress."""


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code."""
    default = AdainArguments(recipe=AdainOptions(), training=TRAINING)
    given = parse(AdainArguments, arguments, prog=PROG, default=default)
    for name in ("contents", "styles", "run_dir"):
        if getattr(given, name) is None:
            option = name.replace("_", "-")
            raise ImpastoError(f"--{option} is missing (see {PROG} --help)")
    # Only now, so that help and mistakes do not wait for torch.
    from impasto.cli.training import train_adain

    return train_adain(given)
