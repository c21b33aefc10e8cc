"""A pair of generators from a set of photographs and a set of paintings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch

from impasto.dataset.crops import Crops, centered, collate
from impasto.dataset.pictures import open_pictures
from impasto.errors import ModelError, OptionError
from impasto.methods.cyclegan.discriminator import LEAST
from impasto.methods.cyclegan.objective import PAINTING, PHOTO
from impasto.methods.cyclegan.perceptual import GRAM_LAYERS, PerceptualLosses
from impasto.methods.cyclegan.task import CycleGANTask
from impasto.methods.cyclegan.trained import METHOD
from impasto.nn.channels import LAYERS
from impasto.nn.vgg import VGG
from impasto.options.cyclegan import CycleGANOptions
from impasto.options.training import TrainOptions
from impasto.step import OnStep
from impasto.training.chance import seed_all
from impasto.training.processes import Processes
from impasto.training.task import Material
from impasto.training.train import TrainResult, train
from impasto.training.trained import Trained, check_method, read_trained
from impasto.weights import load, resolve

_VALIDATED: Final = 16
"""Pictures of each set by which the training is judged; the first four are on the sheets."""


def train_pair(
    photos: Path,
    paintings: Path,
    recipe: CycleGANOptions,
    options: TrainOptions,
    *,
    run_dir: Path,
    start: Path | None = None,
    resume: bool = False,
    on_step: OnStep | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> TrainResult:
    """Train generators from photographs to paintings and back, on unpaired pictures.

    Args:
        photos: A folder tree of pictures, or TFRecord files.
        paintings: Likewise.
        recipe: Networks and losses.
        options: How they are trained. An epoch goes once through the photographs.
        run_dir: Where the training is written down.
        start: Run folder or checkpoint of a pair of the same shape, whose four networks this
            training begins with: crops grow, a finished run goes on at a new rate.
        resume: Go on from the last checkpoint in ``run_dir``.
        on_step: Told of every step.
        stop: Asked before every step.

    Raises:
        ImpastoError: Pictures, options, start or run folder cannot be used.
    """
    if options.size < LEAST:
        raise OptionError("size", f"at least {LEAST} pixels, for the discriminators", options.size)
    sets = {PHOTO: open_pictures(photos), PAINTING: open_pictures(paintings)}
    begun = None if start is None else read_trained(start)
    if begun is not None:
        check_method(begun, METHOD)
    processes = Processes(options.device, options.precision)
    seed_all(options.seed)
    validation = {
        name: collate(centered(each, options.size, _VALIDATED)).images
        for name, each in sets.items()
    }
    task = CycleGANTask(
        recipe,
        learning_rate=options.learning_rate,
        optimizer=options.optimizer,
        real={name: (each.float() / 255).to(processes.device) for name, each in validation.items()},
        seer=_seer(processes, LAYERS, "max"),
        perceptual=PerceptualLosses(_seer(processes, GRAM_LAYERS)) if recipe.perceptual else None,
        # Pools of several processes draw differently, as their pictures differ.
        seed=options.seed * processes.count + processes.index,
    )
    if begun is not None:
        take_over(task, begun)
    # Different seeds: with one, two sets of equal length would always meet in the same pairs.
    seeds = {PHOTO: 2 * options.seed, PAINTING: 2 * options.seed + 1}
    streams = {
        name: Crops(each, options.size, seeds[name], flip=recipe.flip, zoom=recipe.zoom)
        for name, each in sets.items()
    }
    return train(
        task,
        Material(streams, validation),
        options,
        processes,
        run_dir=run_dir,
        recipe=_recipe({name: len(each) for name, each in sets.items()}, recipe, start),
        resume=resume,
        on_step=on_step,
        stop=stop,
    )


def take_over(task: CycleGANTask, start: Trained) -> None:
    """Begin with the networks of another training, averages in place of last weights.

    Raises:
        ModelError: They have another shape.
    """
    told = start.recipe.get("options", {})
    for name, module in task.modules.items():
        try:
            if told.get("residual", False) != task.options.residual:
                raise RuntimeError  # its weights would fit, and make something else
            module.load_state_dict(start.weights[name])
        except (KeyError, RuntimeError):
            shape = f"width {told.get('width')}, {told.get('blocks')} blocks"
            shape += ", residual" if told.get("residual") else ""
            raise ModelError(
                f"{start.path}: the pair to start from has another shape: {shape}, "
                f"{told.get('resampling')} resampling, "
                f"discriminator width {told.get('discriminator_width')}"
            ) from None


def _seer(processes: Processes, layers: Sequence[str], pooling: str = "average") -> VGG:
    weights = resolve("vgg16")
    tensors, convention = load(weights)
    # In float32, whatever the precision of the training: distances are to be comparable.
    kept = {name: each.to(torch.float32) for name, each in tensors.items()}
    return VGG(weights.network, kept, layers, convention, pooling).to(processes.device)


def _recipe(
    pictures: Mapping[str, int], recipe: CycleGANOptions, begun: Path | None
) -> dict[str, Any]:
    told = {
        "method": METHOD,
        "options": recipe.to_json(),
        "pictures": dict(pictures),
    }
    return told if begun is None else {**told, "begun_with": begun.name}
