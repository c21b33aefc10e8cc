"""A style network from style images and photographs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from impasto.dataset.crops import Crops, centered, collate
from impasto.dataset.pictures import open_pictures
from impasto.errors import ImpastoError, ModelError, OptionError
from impasto.methods.johnson.network import StyleNetwork
from impasto.methods.johnson.objective import StyleObjective, layers_needed
from impasto.methods.johnson.task import JohnsonTask
from impasto.methods.johnson.trained import METHOD, TrainedStyles, built, read_styles
from impasto.nn.pyramid import fitted_size, resized, size_of
from impasto.nn.vgg import VGG, conv_names
from impasto.options.johnson import JohnsonOptions
from impasto.options.training import TrainOptions
from impasto.source import Source
from impasto.step import OnStep
from impasto.training.chance import seed_all
from impasto.training.processes import Processes
from impasto.training.task import Material
from impasto.training.train import TrainResult, train
from impasto.weights import load, resolve

_VALIDATED: Final = 8
"""Photographs by which the training is judged; the first three are on the sheets."""


@dataclass(frozen=True)
class StyleImage:
    """A style to learn.

    Attributes:
        name: What it is asked for by; without colons and commas, which part blends.
        source: The picture.
        about: ``title``, ``artist``, ``year``, ``origin``: whatever is known.
        size: Longer side at which it is seen, in pixels, where it is not that of the recipe: one
            network may learn fine strokes of one picture and broad ones of another.
    """

    name: str
    source: Source
    about: Mapping[str, str] = field(default_factory=dict)
    size: int = 0

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[^:,\s][^:,]*", self.name):
            raise OptionError("style", "a name without colons and commas", self.name)

    def entry(self) -> dict[str, str]:
        """What the network will know of it."""
        seen = {"size": str(self.size)} if self.size else {}
        return {"name": self.name, "sha256": self.source.sha256, **self.about, **seen}


def train_styles(
    styles: Sequence[StyleImage],
    data: Path,
    recipe: JohnsonOptions,
    options: TrainOptions,
    *,
    run_dir: Path,
    base: Path | None = None,
    start: Path | None = None,
    only: Sequence[str] = (),
    resume: bool = False,
    on_step: OnStep | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> TrainResult:
    """Train a network for some styles, or add them to a network that has others.

    Args:
        styles: What to learn.
        data: A folder tree of photographs, or TFRecord files.
        recipe: The network and its loss; shape and grain are the base's where there is one.
        options: How it is trained.
        run_dir: Where the training is written down.
        base: Run folder, checkpoint or model file of a network to add to. Its convolutions and
            its own styles stay as they are.
        start: Run folder, checkpoint or model file of a network with the same styles, whose
            weights this training begins with: crops grow, a loss is tried, a rate falls again.
        only: Names of styles whose normalization alone is trained, in a network to start from; all
            else in it stays as it is.
        resume: Go on from the last checkpoint in ``run_dir``.
        on_step: Told of every step.
        stop: Asked before every step.

    Raises:
        ImpastoError: Data, weights, base or run folder cannot be used, or two styles have one name.
    """
    grown = None if base is None else read_styles(base)
    recipe = recipe if grown is None else _shaped(recipe, grown.options)
    entries = [*(grown.styles if grown else []), *(each.entry() for each in styles)]
    _check_names([each["name"] for each in entries])
    pictures = open_pictures(data)
    processes = Processes(options.device, options.precision)
    seed_all(options.seed)
    network = built(recipe, len(entries))
    if grown is not None:
        widen(network, grown)
    elif start is not None:
        take_over(network, read_styles(start), entries)
    images = [
        _scaled(each.source.picture.tensor(), each.size or recipe.style_size) for each in styles
    ]
    old = 0 if grown is None else len(grown.styles)
    learned = _numbers(only, entries) if only else None
    objective = StyleObjective(_seer(recipe, processes), _on(images, processes), recipe, old)
    validation = collate(centered(pictures, options.size, _VALIDATED)).images
    task = JohnsonTask(
        network.to(processes.device),
        objective,
        learning_rate=options.learning_rate,
        optimizer=options.optimizer,
        shown=(validation.float() / 255).to(processes.device),
        learned=learned if grown is None else range(old, old + len(styles)),
    )
    material = Material({"content": Crops(pictures, options.size, options.seed)},
                        {"content": validation})  # fmt: skip
    return train(
        task,
        material,
        options,
        processes,
        run_dir=run_dir,
        recipe=_recipe(entries, recipe, len(pictures), base or start) | _alone(only),
        resume=resume,
        on_step=on_step,
        stop=stop,
    )


def widen(network: StyleNetwork, base: TrainedStyles) -> None:
    """Take over a network that knows fewer styles.

    New styles begin as the mean of the old ones; the photograph's own slot stays the last.
    """
    old = len(base.styles)
    parameters = dict(base.network.named_parameters())
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            known = parameters[name]
            if not name.endswith((".gamma", ".beta")):
                parameter.copy_(known)
                continue
            parameter.copy_(known[:old].mean(0).expand_as(parameter))
            parameter[:old] = known[:old]
            if base.options.identity:
                parameter[-1] = known[-1]


def take_over(
    network: StyleNetwork, start: TrainedStyles, styles: Sequence[Mapping[str, str]]
) -> None:
    """Begin with the weights of another network of the same shape and styles.

    Raises:
        ModelError: It has other styles or another shape.
    """
    theirs, ours = ([each["name"] for each in some] for some in (start.styles, styles))
    if theirs != ours:
        raise ModelError(f"the network to start from has the styles {', '.join(theirs)}")
    try:
        network.load_state_dict(start.network.state_dict())
    except RuntimeError:
        told = f"width {start.options.width}, {start.options.blocks} blocks"
        raise ModelError(
            f"the network to start from has another shape: {told}, layout {start.options.layout}"
        ) from None


def _numbers(only: Sequence[str], styles: Sequence[Mapping[str, str]]) -> list[int]:
    names = [each["name"] for each in styles]
    for name in only:
        if name not in names:
            raise OptionError("only", f"styles of the network ({', '.join(names)})", name)
    return [names.index(name) for name in only]


def _seer(recipe: JohnsonOptions, processes: Processes) -> VGG:
    weights = resolve(recipe.network)
    known = conv_names(weights.network)
    for option in ("content_layers", "style_layers"):
        for name in getattr(recipe, option):
            if name.replace("relu", "conv") not in known:
                raise OptionError(option, f"layers of {weights.network}", name)
    tensors, convention = load(weights)
    kept = {name: each.to(processes.dtype) for name, each in tensors.items()}
    network = VGG(weights.network, kept, layers_needed(recipe), convention, recipe.pooling)
    return network.to(processes.device)


def _shaped(recipe: JohnsonOptions, base: JohnsonOptions) -> JohnsonOptions:
    # The grain too: it belongs to the file, and the base's styles were trained with the base's.
    names = ("width", "blocks", "layout", "identity", "grain")
    return replace(recipe, **{name: getattr(base, name) for name in names})


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ImpastoError(
                f"two styles are called {name}: give one of them another name, --style NAME=PICTURE"
            )


def _scaled(style: Tensor, side: int) -> Tensor:
    smaller = fitted_size(size_of(style), min(side, max(size_of(style))))
    return resized(style, smaller).clamp(0, 1)


def _on(images: Sequence[Tensor], processes: Processes) -> list[Tensor]:
    return [each.to(processes.device) for each in images]


def _alone(only: Sequence[str]) -> dict[str, Any]:
    return {"only": list(only)} if only else {}


def _recipe(
    entries: Sequence[Mapping[str, str]],
    recipe: JohnsonOptions,
    pictures: int,
    begun: Path | None,
) -> dict[str, Any]:
    told = {
        "method": METHOD,
        "options": recipe.to_json(),
        "styles": list(entries),
        "pictures": pictures,
    }
    return told if begun is None else {**told, "begun_with": begun.name}
