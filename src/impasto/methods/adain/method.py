"""Train an any-style network from photographs and paintings."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from impasto.dataset.choosing import facts_of, picture_sets
from impasto.dataset.crops import Crops, centered, collate
from impasto.errors import OptionError
from impasto.methods.adain.convolutions import VGG, slim
from impasto.methods.adain.network import AnyStyleNetwork, take_over_vgg
from impasto.methods.adain.objective import AnyStyleObjective, layers_needed
from impasto.methods.adain.onnx_model import onnx_model
from impasto.methods.adain.task import BETAS, AdainTask, Adapters
from impasto.options.adain import AdainOptions
from impasto.options.training import TrainOptions
from impasto.training.method import Method, Trained, TrainedNetwork, loss_network
from impasto.training.task import Material
from impasto.weights import load, resolve

if TYPE_CHECKING:
    from impasto.networks.network import Network
    from impasto.training.processes import Processes

TrainedAnyStyle: TypeAlias = TrainedNetwork[AnyStyleNetwork, AdainOptions]

CONTENT: Final = "content"
STYLE: Final = "style"

_VALIDATED: Final = 8
"""Training photographs and styles used for validation if none can be held out."""


def prepare(
    sources: Mapping[str, Path],
    options: AdainOptions,
    training: TrainOptions,
    processes: Processes,
) -> tuple[AdainTask, Material, dict[str, Any]]:
    """Build a network that takes the style as an image.

    Args:
        sources: Folder trees of pictures or TFRecord files: photographs as ``content``, paintings
            as ``style``, as varied as possible; optional validation pictures as
            ``content_validation`` and ``style_validation``.
        options: The network and its loss.
        training: Options of the training.
        processes: The processes that train.
    """
    names = CONTENT, STYLE
    sets = picture_sets(sources, names, training, few=_VALIDATED, tell=processes.main)
    network = built(options)
    adapters = None
    if options.encoder == "vgg":
        _take_over_vgg(network, options)
    elif options.distill_weight:
        adapters = Adapters(network.encoder.plan)
    vgg = loss_network(
        options.network,
        layers_needed(options, () if adapters is None else adapters.layers),
        processes,
        pooling=options.pooling,
        named={
            "style_layers": options.style_layers,
            "gram_layers": options.gram_layers,
            "content_layer": (options.content_layer,),
        },
    )
    contents, styles = (
        collate(centered(each.validation, training.size, each.count)).images
        for each in sets.values()
    )
    shown = [(each.float() / 255).to(processes.device) for each in (contents, styles)]
    task = AdainTask(
        network.to(processes.device),
        AnyStyleObjective(vgg, options),
        adapters,
        learning_rate=training.learning_rate,
        optimizer=training.optimizer,
        betas=training.betas(BETAS),
        shown=(shown[0], shown[1]),
    )
    photographs, paintings = (each.training for each in sets.values())
    streams = {
        CONTENT: Crops(photographs, training.size, training.seed, zoom=options.zoom),
        # Another seed: otherwise a photograph would always be paired with the same crop.
        STYLE: Crops(paintings, training.size, training.seed + 1, zoom=options.style_zoom),
    }
    pairs = min(len(contents), len(styles))
    material = Material(streams, {CONTENT: contents[:pairs], STYLE: styles[:pairs]})
    counts = {"contents": len(photographs), "styles": len(paintings)}
    return task, material, {"options": options.to_json(), **counts, **facts_of(sets)}


def built(options: AdainOptions) -> AnyStyleNetwork:
    """A new network."""
    plan = VGG if options.encoder == "vgg" else slim(options.encoder_width)
    return AnyStyleNetwork(
        plan,
        options.decoder_width,
        skips=options.skips,
        pooling=options.pooling,
        residual=options.residual,
        conditional=options.conditional,
    )


def encoder_hash(network: AnyStyleNetwork) -> str:
    """SHA-256 of everything a code depends on: networks with the same hash can share codes."""
    digest = hashlib.sha256(repr((network.layers, network.encoder.pooling)).encode())
    for name, tensor in sorted(network.encoder.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.half().contiguous().numpy().tobytes())
    return digest.hexdigest()


def halved(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights rounded to half precision, as in a model file; biases unchanged.

    Raises:
        ValueError: A weight is out of range for half precision.
    """
    rounded = {
        name: each.half().float() if each.dim() > 1 else each.float()
        for name, each in weights.items()
    }
    if not all(bool(each.isfinite().all()) for each in rounded.values()):
        raise ValueError("weights that half precision cannot hold")
    return rounded


def _take_over_vgg(network: AnyStyleNetwork, options: AdainOptions) -> None:
    weights = resolve(options.network)
    if weights.network != "vgg16":
        expected = "vgg16 weights, as encoder vgg is that network"
        raise OptionError("network", expected, options.network)
    take_over_vgg(network.encoder, *load(weights))


def _networks(trained: Trained) -> dict[str, TrainedAnyStyle]:
    options = AdainOptions.from_json(trained.recipe["options"])
    size = int(trained.recipe["training"]["size"])
    network = built(options)
    if trained.arrays is None:
        network.load_state_dict(halved(trained.weights["network"]))
    else:
        network.load_state_dict(
            {
                name: torch.from_numpy(np.array(trained.arrays[name], np.float32))
                for name, _ in network.named_parameters()
            }
        )
    known = TrainedNetwork(
        METHOD, network.eval(), options, size, origin=trained.origin, licence=trained.licence
    )
    return {"network": known}


def _shape(recipe: Mapping[str, Any]) -> dict[str, Any]:
    options = AdainOptions.from_json(recipe["options"])
    slim_only = ("encoder_width",) if options.encoder == "slim" else ()
    names = ("encoder", *slim_only, "decoder_width", "skips", "residual", "conditional")
    return {name: getattr(options, name) for name in names}


def _entries(trained: TrainedAnyStyle) -> dict[str, str]:
    recolor = "1" if trained.options.recolor else ""
    return {"encoder": encoder_hash(trained.network), "recolor": recolor}


def _compared(
    trained: TrainedAnyStyle, runner: Network, chance: np.random.Generator, size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """With the code of another image, and of the tall size halfway to it."""
    alpha = 0.5 if size[0] > size[1] else 1.0
    image, style = (chance.random((1, 3, *size), np.float32) for _ in range(2))
    code = trained.network.code(torch.from_numpy(style))
    expected = trained.network(torch.from_numpy(image), code, alpha).clamp(0, 1).numpy()
    mean, inverse = runner.encoded(style)[0].T
    given = np.stack([mean, 1 / inverse, np.full_like(mean, alpha)], axis=1)
    return runner(image, given)[0], expected


METHOD: Final = Method(
    name="adain",
    prepare=prepare,
    networks=_networks,
    started=("network",),
    shape=_shape,
    onnx_model=onnx_model,
    entries=_entries,
    compared=_compared,
)
