"""``impasto train``: networks that stylize in an instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from impasto.cli import train_adain, train_cyclegan
from impasto.cli.commands import chosen, listed
from impasto.cli.parser import parse
from impasto.errors import ImpastoError
from impasto.options.johnson import TRAINING, JohnsonOptions
from impasto.options.training import TrainOptions


@dataclass(frozen=True, kw_only=True)
class JohnsonArguments:
    """Train one network that paints in the manner of one or many pictures.

    Each photograph is painted in the style whose turn it is and measured against it by VGG's
    features (Johnson, Alahi and Fei-Fei 2016; many styles in one after Dumoulin et al. 2017). The
    network is exported as RUN_DIR/model.onnx whenever the training ends or is stopped, and
    `impasto apply PHOTO --model RUN_DIR` uses it. Several processes or machines:
    `torchrun --nproc_per_node 2 -m impasto train johnson ...`, or accelerate launch likewise.
    """

    style: tuple[str, ...] = ()
    """Pictures whose manner is learned; NAME=PICTURE gives a style another name than its file."""
    add_style: tuple[str, ...] = ()
    """Pictures that are added to the styles of --base; those and its convolutions stay."""
    base: Path | None = None
    """Run folder, checkpoint, .onnx file or bundled network that --add-style adds to."""
    start_from: Path | None = None
    """Begin with the weights of this network, of the same styles: run folder or model.onnx."""
    data: Path | None = None
    """Photographs to practice on: a folder tree, a .tfrecord file, or a folder of shards."""
    run_dir: Path | None = None
    """Where the training is written down: checkpoints, losses, sheets, TensorBoard, model."""
    recipe: JohnsonOptions
    """What the network looks like and learns."""
    training: TrainOptions
    """How it is trained."""
    resume: bool = False
    """Go on from the last checkpoint in --run-dir, if any."""
    json: bool = False
    """Print the result for programs; no progress."""

    def __post_init__(self) -> None:
        if self.style and self.add_style:
            raise ImpastoError("--style begins a network, --add-style widens one: give one of them")
        if self.start_from is not None and self.base is not None:
            raise ImpastoError("--base adds styles, --start-from trains all: give one of them")
        if bool(self.add_style) != (self.base is not None):
            raise ImpastoError("--add-style and --base go together: the pictures, and the network")


METHODS: Final[Mapping[str, str]] = {
    "johnson": "one network, one or many styles, instant",
    "adain": "one network for any style, given as a picture",
    "cyclegan": "photographs into paintings and back, from two folders of unpaired pictures",
}


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_help())
        return 0
    run = chosen(arguments[0], _RUNS, "impasto train")
    return run(arguments[1:])


def _johnson(arguments: list[str]) -> int:
    default = JohnsonArguments(recipe=JohnsonOptions(), training=TRAINING)
    given = parse(JohnsonArguments, arguments, prog="impasto train johnson", default=default)
    if not (given.style or given.add_style):
        raise ImpastoError("no style: name the pictures whose manner is learned, --style PICTURE")
    for name, value in (("--data", given.data), ("--run-dir", given.run_dir)):
        if value is None:
            raise ImpastoError(f"{name} is missing (see impasto train johnson --help)")
    # Only now, so that help and mistakes do not wait for torch.
    from impasto.cli.training import train_johnson

    return train_johnson(given)


_RUNS: Final[Mapping[str, Callable[[list[str]], int]]] = {
    "johnson": _johnson,
    "adain": train_adain.main,
    "cyclegan": train_cyclegan.main,
}


def _help() -> str:
    return "\n".join(
        [
            "usage: impasto train METHOD ...",
            "",
            "Train a network that stylizes in an instant.",
            "",
            listed(METHODS),
            "",
            "impasto train METHOD --help tells the options of a method.",
        ]
    )
