"""Train a pair of generators from a set of photographs and a set of paintings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from impasto.dataset.choosing import facts_of, picture_sets
from impasto.dataset.crops import Crops, centered, collate
from impasto.errors import ModelError, OptionError
from impasto.methods.cyclegan.network import LEAST
from impasto.methods.cyclegan.objective import GRAM_LAYERS, PAINTING, PHOTO, PerceptualLosses
from impasto.methods.cyclegan.onnx_model import onnx_model
from impasto.methods.cyclegan.task import BETAS, AnyGenerator, CycleGANTask, built
from impasto.methods.johnson.method import begin_as_style
from impasto.methods.johnson.transformer import WORKING, StyledTransformer
from impasto.nn.metrics import LAYERS
from impasto.options.cyclegan import CycleGANOptions
from impasto.options.training import TrainOptions
from impasto.training.method import Method, Trained, TrainedNetwork, loss_network
from impasto.training.task import Material

if TYPE_CHECKING:
    from impasto.networks.network import Network
    from impasto.training.processes import Processes

Translator: TypeAlias = TrainedNetwork[AnyGenerator, CycleGANOptions]
"""One direction of a trained pair; its only style is the direction, ``photo-to-painting``."""

_VALIDATED: Final = 16
"""Training pictures of each set that are used for validation if none can be held out."""


def prepare(
    sources: Mapping[str, Path],
    options: CycleGANOptions,
    training: TrainOptions,
    processes: Processes,
) -> tuple[CycleGANTask, Material, dict[str, Any]]:
    """Build generators from photographs to paintings and back, to train on unpaired pictures.

    Args:
        sources: Folder trees of pictures or TFRecord files, as ``photo`` and ``painting``; optional
            validation pictures as ``photo_validation`` and ``painting_validation``.
        options: Networks and losses.
        training: Options of the training. An epoch is one pass over the photographs.
        processes: The processes that train.

    Raises:
        OptionError: Crops are too small for the discriminators.
    """
    if training.size < LEAST:
        raise OptionError("size", f"at least {LEAST} pixels, for the discriminators", training.size)
    names = PHOTO, PAINTING
    sets = picture_sets(sources, names, training, few=_VALIDATED, tell=processes.main)
    validation = {
        name: collate(centered(each.validation, training.size, each.count)).images
        for name, each in sets.items()
    }
    perceptual = (
        PerceptualLosses(loss_network("vgg16", GRAM_LAYERS, processes), options.gram_pool)
        if options.perceptual
        else None
    )
    task = CycleGANTask(
        options,
        learning_rate=training.learning_rate,
        optimizer=training.optimizer,
        betas=training.betas(BETAS),
        real={name: (each.float() / 255).to(processes.device) for name, each in validation.items()},
        # Always in float32, so that distances can be compared.
        seer=loss_network("vgg16", LAYERS, processes, pooling="max", dtype=torch.float32),
        perceptual=perceptual,
        # Pools of several processes have different seeds, as their pictures differ.
        seed=training.seed * processes.count + processes.index,
    )
    if options.start_style:
        assert isinstance(task.paint, StyledTransformer)
        begin_as_style(task.paint, options.start_style)
    # Different seeds: otherwise two sets of equal length would always form the same pairs.
    seeds = {PHOTO: 2 * training.seed, PAINTING: 2 * training.seed + 1}
    streams = {
        name: Crops(each.training, training.size, seeds[name], flip=options.flip, zoom=options.zoom)
        for name, each in sets.items()
    }
    counts = {"pictures": {name: len(each) for name, each in streams.items()}, **facts_of(sets)}
    return task, Material(streams, validation), {"options": options.to_json(), **counts}


def _networks(trained: Trained) -> dict[str, Translator]:
    if trained.arrays is not None:
        raise ModelError(
            f"{trained.path}: a translation model cannot be read back: give its run folder"
        )
    options = CycleGANOptions.from_json(trained.recipe["options"])
    size = int(trained.recipe["training"]["size"])
    found = {}
    for module, network, name in zip(
        ("paint", "unpaint"), built(options), options.directions, strict=True
    ):
        network.load_state_dict(trained.weights[module])
        styles = [{"name": name}]
        found[module] = TrainedNetwork(
            METHOD, network.eval(), options, size, styles, trained.number
        )
    return found


def _shape(recipe: Mapping[str, Any]) -> dict[str, Any]:
    options = CycleGANOptions.from_json(recipe["options"])
    names = "width", "blocks", "resampling", "residual", "start_style", "discriminator_width"
    return {name: getattr(options, name) for name in names}


def _entries(trained: Translator) -> dict[str, str]:
    return {"working": str(WORKING)} if isinstance(trained.network, StyledTransformer) else {}


def _compared(
    trained: Translator, runner: Network, chance: np.random.Generator, size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    image = chance.random((2, 3, *size), np.float32)
    # A residual generator may exceed [0, 1]; the file clips its results.
    expected = trained.network(torch.from_numpy(image)).clamp(0, 1).numpy()
    return runner(image, np.ones(1, np.float32))[0], expected


METHOD: Final = Method(
    name="cyclegan",
    prepare=prepare,
    networks=_networks,
    started=("paint", "unpaint", "painting_critic", "photo_critic"),
    shape=_shape,
    onnx_model=onnx_model,
    entries=_entries,
    compared=_compared,
)
