"""The arguments of `impasto train`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from impasto.errors import ImpastoError, OptionError
from impasto.options import adain, cyclegan, johnson
from impasto.options.adain import AdainOptions
from impasto.options.cyclegan import CycleGANOptions
from impasto.options.johnson import JohnsonOptions
from impasto.options.training import TrainOptions
from impasto.options.values import typed, typed_words


@dataclass(frozen=True, kw_only=True)
class JohnsonArguments:
    """Train one network for one or many styles.

    --preset paper sets all options to those of Johnson et al. 2016; options you give override it.
    Photographs are stylized in each style in turn; the losses are computed from VGG features
    (Johnson, Alahi and Fei-Fei 2016; for many styles Dumoulin et al. 2017). The network is exported
    as RUN_DIR/model.onnx whenever the training ends or is stopped;
    `impasto apply PHOTO --model RUN_DIR` uses it. To train in several processes or on several
    machines, use `torchrun --nproc_per_node 2 -m impasto train johnson ...` or accelerate launch.
    """

    style: tuple[str, ...] = ()
    """Style images; NAME=PICTURE names the style, otherwise its file does."""
    add_style: tuple[str, ...] = ()
    """Style images to add to the network of --base. Its existing styles and its convolutions do not
    change."""
    base: Path | None = None
    """Run folder, checkpoint, .onnx file or bundled network that --add-style adds to."""
    start_from: Path | None = None
    """Start from the weights of a network with the same styles: a run folder or model.onnx."""
    data: Path
    """Training photographs: a folder tree, a .tfrecord file, or a folder of shards."""
    validation: Path | None = None
    """Photographs for validation, in the same forms, instead of a held-out part of --data."""
    run_dir: Path
    """Folder for checkpoints, losses, sheets, TensorBoard events and the model."""
    preset: str = "default"
    """default (starts from the any-style network; a quarter of an hour), scratch (starts from
    random weights), or paper (the paper's network, losses and training)."""
    recipe: JohnsonOptions = field(default_factory=JohnsonOptions)
    """Network and loss"""
    training: TrainOptions = johnson.TRAINING
    """Training"""
    resume: bool = False
    """Continue from the last checkpoint in --run-dir, if there is one."""
    as_: str = ""
    """Store the network under this name, like a bundled one; a single --style has this name,
    too."""
    overwrite: bool = False
    """Replace a style or network of your own that has the name."""
    dry_run: bool = False
    """Estimate time and memory from a few updates, and keep nothing."""
    json: bool = False
    """Print the result as JSON, without progress."""

    def __post_init__(self) -> None:
        if self.style and self.add_style:
            raise ImpastoError(
                "--style trains a new network, --add-style extends one: give one of them"
            )
        if self.start_from is not None and self.base is not None:
            raise ImpastoError(
                "--base is for --add-style, --start-from trains all styles: give one of them"
            )
        if bool(self.add_style) != (self.base is not None):
            raise ImpastoError("--add-style and --base go together: the pictures, and the network")
        if not (self.style or self.add_style):
            raise ImpastoError("no style image: name one or more with --style PICTURE")

    @staticmethod
    def usual(arguments: Sequence[str]) -> dict[str, Any]:
        """Defaults that depend on --preset."""
        layers = typed_words(arguments, "style_layers")
        return usual_training({**typed(arguments), "style_layers": layers})


@dataclass(frozen=True, kw_only=True)
class AdainArguments:
    """Train one network that takes any picture as its style.

    Each photograph is stylized with a painting; the losses are computed from VGG features (Huang
    and Belongie 2017). The network is exported as RUN_DIR/model.onnx whenever the training ends or
    is stopped; `impasto apply PHOTO --model RUN_DIR --style PICTURE` uses it. To train in several
    processes or on several machines, use `torchrun --nproc_per_node 2 -m impasto train adain ...`
    or accelerate launch.
    """

    contents: Path
    """Photographs: a folder tree, a .tfrecord file, or a folder of shards."""
    styles: Path
    """Paintings, in the same forms. More kinds of paintings teach it more styles."""
    validation: tuple[Path, Path] | None = None
    """Photographs and paintings for validation, instead of a held-out part of both sets."""
    run_dir: Path
    """Folder for checkpoints, losses, sheets, TensorBoard events and the model."""
    start_from: Path | None = None
    """Start from the weights of a network of the same shape: a run folder or model.onnx."""
    recipe: AdainOptions = field(default_factory=AdainOptions)
    """Network and loss"""
    training: TrainOptions = adain.TRAINING
    """Training"""
    resume: bool = False
    """Continue from the last checkpoint in --run-dir, if there is one."""
    as_: str = ""
    """Store the network under this name, like a bundled one."""
    overwrite: bool = False
    """Replace a style or network of your own that has the name."""
    dry_run: bool = False
    """Estimate time and memory from a few updates, and keep nothing."""
    json: bool = False
    """Print the result as JSON, without progress."""


@dataclass(frozen=True, kw_only=True)
class CycleGANArguments:
    """Train two networks that translate between two unpaired sets of pictures.

    One makes paintings from photographs, the other photographs from paintings. Each learns from a
    discriminator, and a picture translated there and back must come out the same (Zhu et al. 2017).
    Both are exported to RUN_DIR whenever the training ends or is stopped; `impasto apply PHOTO
    --model RUN_DIR/photo-to-painting.onnx` uses one. To train in several processes or on several
    machines, use `torchrun --nproc_per_node 2 -m impasto train cyclegan ...` or accelerate launch.
    """

    photos: Path
    """The first set: a folder tree, a .tfrecord file, or a folder of shards."""
    paintings: Path
    """The second set, in the same forms; it may be larger or smaller."""
    validation: tuple[Path, Path] | None = None
    """Pictures of both sets for validation, instead of a held-out part of both."""
    run_dir: Path
    """Folder for checkpoints, losses, sheets, TensorBoard events and the models."""
    start_from: Path | None = None
    """Start from the networks, of the same shape, of this run folder or checkpoint."""
    recipe: CycleGANOptions = field(default_factory=CycleGANOptions)
    """Networks and losses"""
    training: TrainOptions = cyclegan.TRAINING
    """Training"""
    resume: bool = False
    """Continue from the last checkpoint in --run-dir, if there is one."""
    as_: str = ""
    """Store the network under this name, like a bundled one, and the opposite direction as
    NAME-back."""
    overwrite: bool = False
    """Replace a style or network of your own that has the name."""
    dry_run: bool = False
    """Estimate time and memory from a few updates, and keep nothing."""
    json: bool = False
    """Print the result as JSON, without progress."""


def usual_training(given: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults of `impasto train johnson`, for the preset among the arguments.

    Its layer weights do not stay for other style layers.

    Raises:
        OptionError: There is no such preset.
    """
    name = given.get("preset", "default")
    if name not in johnson.PRESETS:
        raise OptionError("preset", " or ".join(johnson.PRESETS), name)
    recipe, training = johnson.PRESETS[name]
    if given.get("steps") is not None:  # instead of the preset's epochs
        training = replace(training, epochs=None)
    layers = given.get("style_layers")
    if isinstance(layers, (list, tuple)) and layers and tuple(layers) != recipe.style_layers:
        recipe = replace(recipe, style_layer_weights=())
    return {"recipe": recipe, "training": training}
