"""The arguments of `impasto train`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from impasto.errors import ImpastoError
from impasto.options import adain, cyclegan, johnson
from impasto.options.adain import AdainOptions
from impasto.options.cyclegan import CycleGANOptions
from impasto.options.johnson import JohnsonOptions
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
    data: Path
    """Photographs to practice on: a folder tree, a .tfrecord file, or a folder of shards."""
    run_dir: Path
    """Where the training is written down: checkpoints, losses, sheets, TensorBoard, model."""
    recipe: JohnsonOptions = field(default_factory=JohnsonOptions)
    """What the network looks like and learns."""
    training: TrainOptions = johnson.TRAINING
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
        if not (self.style or self.add_style):
            raise ImpastoError(
                "no style: name the pictures whose manner is learned, --style PICTURE"
            )


@dataclass(frozen=True, kw_only=True)
class AdainArguments:
    """Train one network that takes the style as a picture.

    Each photograph is painted in the style of the painting beside it and measured against it by
    VGG's features (Huang and Belongie 2017). The network is exported as RUN_DIR/model.onnx
    whenever the training ends or is stopped, and `impasto apply PHOTO --model RUN_DIR --style
    PICTURE` uses it. Several processes or machines:
    `torchrun --nproc_per_node 2 -m impasto train adain ...`, or accelerate launch likewise.
    """

    contents: Path
    """Photographs: a folder tree, a .tfrecord file, or a folder of shards."""
    styles: Path
    """Paintings, likewise: the more kinds, the more styles it can do."""
    run_dir: Path
    """Where the training is written down: checkpoints, losses, sheets, TensorBoard, model."""
    start_from: Path | None = None
    """Begin with the weights of this network, of the same shape: run folder or model.onnx."""
    recipe: AdainOptions = field(default_factory=AdainOptions)
    """What the network looks like and learns."""
    training: TrainOptions = adain.TRAINING
    """How it is trained."""
    resume: bool = False
    """Go on from the last checkpoint in --run-dir, if any."""
    json: bool = False
    """Print the result for programs; no progress."""


@dataclass(frozen=True, kw_only=True)
class CycleGANArguments:
    """Train two networks that translate between two sets of pictures which do not belong together.

    One makes paintings of photographs and the other photographs of paintings; each learns from a
    discriminator, and what went there and back has to be the picture again (Zhu et al. 2017).
    Both are exported into RUN_DIR whenever the training ends or is stopped, and
    `impasto apply PHOTO --model RUN_DIR/photo-to-painting.onnx` uses one. Several processes or
    machines: `torchrun --nproc_per_node 2 -m impasto train cyclegan ...`, or accelerate launch.
    """

    photos: Path
    """The first set: a folder tree of pictures, a .tfrecord file, or a folder of shards."""
    paintings: Path
    """The second set, likewise; the numbers may differ."""
    run_dir: Path
    """Where the training is written down: checkpoints, losses, sheets, TensorBoard, models."""
    start_from: Path | None = None
    """Begin with the networks of this run folder or checkpoint, of the same shape."""
    recipe: CycleGANOptions = field(default_factory=CycleGANOptions)
    """What the networks look like and learn."""
    training: TrainOptions = cyclegan.TRAINING
    """How they are trained."""
    resume: bool = False
    """Go on from the last checkpoint in --run-dir, if any."""
    json: bool = False
    """Print the result for programs; no progress."""
