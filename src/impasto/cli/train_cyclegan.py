"""``impasto train cyclegan``: photographs into paintings and back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from impasto.cli.parser import parse
from impasto.errors import ImpastoError
from impasto.options.cyclegan import TRAINING, CycleGANOptions
from impasto.options.training import TrainOptions

PROG = "impasto train cyclegan"


@dataclass(frozen=True, kw_only=True)
class CycleGANArguments:
    """Train two networks that translate between two sets of pictures which do not belong together.

    One makes paintings of photographs and the other photographs of paintings; each learns from a
    discriminator, and what went there and back has to be the picture again (Zhu et al. 2017).
    Both are exported into RUN_DIR whenever the training ends or is stopped, and
    `impasto apply PHOTO --model RUN_DIR/photo-to-painting.onnx` uses one. Several processes or
    machines: `torchrun --nproc_per_node 2 -m impasto train cyclegan ...`, or accelerate launch.
    """

    photos: Path | None = None
    """The first set: a folder tree of pictures, a .tfrecord file, or a folder of shards."""
    paintings: Path | None = None
    """The second set, likewise; the numbers may differ."""
    run_dir: Path | None = None
    """Where the training is written down: checkpoints, losses, sheets, TensorBoard, models."""
    start_from: Path | None = None
    """Begin with the networks of this run folder or checkpoint, of the same shape."""
    recipe: CycleGANOptions
    """What the networks look like and learn."""
    training: TrainOptions
    """How they are trained."""
    resume: bool = False
    """Go on from the last checkpoint in --run-dir, if any."""
    json: bool = False
    """Print the result for programs; no progress."""


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code."""
    default = CycleGANArguments(recipe=CycleGANOptions(), training=TRAINING)
    given = parse(CycleGANArguments, arguments, prog=PROG, default=default)
    for name in ("photos", "paintings", "run_dir"):
        if getattr(given, name) is None:
            option = name.replace("_", "-")
            raise ImpastoError(f"--{option} is missing (see {PROG} --help)")
    # Only now, so that help and mistakes do not wait for torch.
    from impasto.cli.training import train_cyclegan

    return train_cyclegan(given)
