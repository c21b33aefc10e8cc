"""An any-style network from photographs and paintings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from torch import Tensor

from impasto.dataset.crops import Crops, centered, collate
from impasto.dataset.pictures import open_pictures
from impasto.errors import ModelError, OptionError
from impasto.methods.adain.distillation import Adapters
from impasto.methods.adain.network import AnyStyleNetwork, take_over_vgg
from impasto.methods.adain.objective import AnyStyleObjective, layers_needed
from impasto.methods.adain.task import AdainTask
from impasto.methods.adain.trained import METHOD, TrainedAnyStyle, built, read_anystyle
from impasto.nn.vgg import VGG, conv_names
from impasto.options.adain import AdainOptions
from impasto.options.training import TrainOptions
from impasto.step import OnStep
from impasto.training.chance import seed_all
from impasto.training.processes import Processes
from impasto.training.task import Material
from impasto.training.train import TrainResult, train
from impasto.weights import load, resolve

_VALIDATED: Final = 8
"""Photographs and styles by which the training is judged; the first few are on the sheets."""


def train_anystyle(
    contents: Path,
    styles: Path,
    recipe: AdainOptions,
    options: TrainOptions,
    *,
    run_dir: Path,
    start: Path | None = None,
    resume: bool = False,
    on_step: OnStep | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> TrainResult:
    """Train a network that takes the style as a picture.

    Args:
        contents: A folder tree of photographs, or TFRecord files.
        styles: Paintings, likewise: the more kinds, the more it can do.
        recipe: The network and its loss.
        options: How it is trained.
        run_dir: Where the training is written down.
        start: Run folder, checkpoint or model file of a network of the same shape, whose weights
            this training begins with: crops grow, a loss is tried, a rate falls again.
        resume: Go on from the last checkpoint in ``run_dir``.
        on_step: Told of every step.
        stop: Asked before every step.

    Raises:
        ImpastoError: Data, weights, start or run folder cannot be used.
    """
    photographs, paintings = open_pictures(contents), open_pictures(styles)
    processes = Processes(options.device, options.precision)
    seed_all(options.seed)
    network, adapters = _fresh(recipe)
    if start is not None:
        take_over(network, read_anystyle(start))
    shown = (
        collate(centered(photographs, options.size, _VALIDATED)).images,
        collate(centered(paintings, options.size, _VALIDATED)).images,
    )
    of_each = min(len(each) for each in shown)
    validation = {"content": shown[0][:of_each], "style": shown[1][:of_each]}
    task = AdainTask(
        network.to(processes.device),
        AnyStyleObjective(_seer(recipe, adapters, processes), recipe),
        adapters,
        learning_rate=options.learning_rate,
        optimizer=options.optimizer,
        shown=_on(shown, processes),
    )
    material = Material(
        {
            "content": Crops(photographs, options.size, options.seed, zoom=recipe.zoom),
            # Another stream of chance: else a photograph would always meet the same crop.
            "style": Crops(paintings, options.size, options.seed + 1, zoom=recipe.style_zoom),
        },
        validation,
    )
    return train(
        task,
        material,
        options,
        processes,
        run_dir=run_dir,
        recipe=_recipe(recipe, (len(photographs), len(paintings)), start),
        resume=resume,
        on_step=on_step,
        stop=stop,
    )


def take_over(network: AnyStyleNetwork, start: TrainedAnyStyle) -> None:
    """Begin with the weights of another network of the same shape.

    Raises:
        ModelError: It has another shape.
    """
    their = start.options
    try:
        if network.residual != their.residual:
            raise RuntimeError  # its weights would fit, and paint on something else
        network.load_state_dict(start.network.state_dict())
    except RuntimeError:
        told = f"encoder {their.encoder} {their.encoder_width}, decoder {their.decoder_width}"
        told += f", skips {their.skips}, {'' if their.residual else 'not '}residual"
        told += f", {'' if their.conditional else 'not '}conditional"
        raise ModelError(f"the network to start from has another shape: {told}") from None


def _fresh(recipe: AdainOptions) -> tuple[AnyStyleNetwork, Adapters | None]:
    network = built(recipe)
    if recipe.encoder == "slim":
        return network, Adapters(network.encoder.plan) if recipe.distill_weight else None
    weights = resolve(recipe.network)
    if weights.network != "vgg16":
        expected = "vgg16 weights, as encoder vgg is that network"
        raise OptionError("network", expected, recipe.network)
    tensors, convention = load(weights)
    take_over_vgg(network.encoder, tensors, convention)
    return network, None


def _seer(recipe: AdainOptions, adapters: Adapters | None, processes: Processes) -> VGG:
    weights = resolve(recipe.network)
    known = conv_names(weights.network)
    for option in ("style_layers", "gram_layers"):
        for name in getattr(recipe, option):
            if name.replace("relu", "conv") not in known:
                raise OptionError(option, f"layers of {weights.network}", name)
    if recipe.content_layer.replace("relu", "conv") not in known:
        raise OptionError("content_layer", f"a layer of {weights.network}", recipe.content_layer)
    tensors, convention = load(weights)
    kept = {name: each.to(processes.dtype) for name, each in tensors.items()}
    layers = layers_needed(recipe, () if adapters is None else adapters.layers)
    return VGG(weights.network, kept, layers, convention, recipe.pooling).to(processes.device)


def _on(shown: tuple[Tensor, Tensor], processes: Processes) -> tuple[Tensor, Tensor]:
    first, second = ((each.float() / 255).to(processes.device) for each in shown)
    return first, second


def _recipe(recipe: AdainOptions, pictures: tuple[int, int], begun: Path | None) -> dict[str, Any]:
    told = {
        "method": METHOD,
        "options": recipe.to_json(),
        "contents": pictures[0],
        "styles": pictures[1],
    }
    return told if begun is None else {**told, "begun_with": begun.name}
