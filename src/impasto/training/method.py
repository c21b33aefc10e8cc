"""A method that trains networks, as the engine sees it, and what it trained."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar, final

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from impasto.errors import OptionError
from impasto.nn.vgg import VGG, conv_names
from impasto.options.training import TrainOptions
from impasto.training.task import Material, Task
from impasto.weights import load, resolve

if TYPE_CHECKING:
    import numpy as np

    from impasto.networks.network import Network
    from impasto.training.processes import Processes

FORMAT: Final = "1"
"""Of the model files that impasto writes."""

_ABOUT_STYLE: Final = ("name", "title", "artist", "year", "origin", "size")


class MethodOptions(Protocol):
    """The options of a network and its loss."""

    def to_json(self) -> dict[str, Any]:
        """Plain values by option name."""
        ...


SourcesT = TypeVar("SourcesT")
OptionsT = TypeVar("OptionsT", bound=MethodOptions)
NetworkT = TypeVar("NetworkT", bound=nn.Module)


@dataclass(frozen=True)
class Trained:
    """What a run folder, a checkpoint or a model file holds.

    Attributes:
        recipe: What it was trained from: ``method``, ``options``, ``styles``, ``training``, ...
        weights: State dicts by module name, averages where they were kept; empty for a model file.
        number: Steps of the training; 0 where a model file does not say.
        path: The file.
        arrays: Arrays of a model file by name; None for a checkpoint.
        origin: What it was made from, if a model file names it.
        licence: Under which it may be passed on, likewise.
    """

    recipe: Mapping[str, Any]
    weights: Mapping[str, Mapping[str, Tensor]]
    number: int
    path: Path
    arrays: Mapping[str, NDArray[np.generic]] | None = None
    origin: str = ""
    licence: str = ""


@final
@dataclass(frozen=True)
class TrainedNetwork(Generic[NetworkT, OptionsT]):
    """A network that stylizes, and what is known of it.

    Attributes:
        method: By which it was trained.
        network: On the CPU, in evaluation mode.
        options: What it was built and trained with.
        size: Side of the crops it was trained on, in pixels.
        styles: What is known of each style, ``name`` at least, in the network's order; empty for
            a network of any style.
        steps: How many it was trained for; None leaves them out of its model file.
        origin: What it was made from.
        licence: Under which it may be passed on.
    """

    method: Method[Any, OptionsT, NetworkT]
    network: NetworkT
    options: OptionsT
    size: int
    styles: Sequence[Mapping[str, str]] = ()
    steps: int | None = None
    origin: str = ""
    licence: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What its styles are called."""
        return tuple(each["name"] for each in self.styles)

    def onnx(self) -> bytes:
        """The network as a file for onnxruntime."""
        return self.method.onnx_model(self.network, self.metadata())

    def metadata(self) -> dict[str, str]:
        """What its model file holds about it, text by key."""
        styles = [
            {name: each[name] for name in _ABOUT_STYLE if each.get(name)} for each in self.styles
        ]
        entries = {
            "format": FORMAT,
            "method": self.method.name,
            "styles": json.dumps(styles, ensure_ascii=False) if styles else "",
            "options": json.dumps(self.options.to_json()),
            "multiple": str(self.network.multiple),
            "reach": str(self.network.reach),
            **self.method.entries(self),
            "size": str(self.size),
            "steps": "" if self.steps is None else str(self.steps),
            "origin": self.origin,
            "licence": self.licence,
        }
        return {f"impasto.{name}": text for name, text in entries.items() if text}


@final
@dataclass(frozen=True)
class Method(Generic[SourcesT, OptionsT, NetworkT]):
    """What the engine and the export have to know of a method.

    Attributes:
        name: As in ``impasto train NAME``.
        prepare: Builds task and material of a training from its sources, and the facts that decide
            the weights: ``options`` and others, plain values by name. Called after the random
            generators are seeded.
        networks: Builds the networks that stylize by module name, with the weights of a training.
        started: Modules that a training takes over from the one it starts from.
        shape: From a recipe, what another training must have alike to start from it.
        onnx_model: Writes a network and its metadata as an ONNX file.
        entries: Metadata that only this method's model files have.
        compared: Runs one image of a size through a file and through torch; gives both results.
    """

    name: str
    prepare: Callable[
        [SourcesT, OptionsT, TrainOptions, Processes], tuple[Task, Material, dict[str, Any]]
    ]
    networks: Callable[[Trained], Mapping[str, TrainedNetwork[NetworkT, OptionsT]]]
    started: Sequence[str]
    shape: Callable[[Mapping[str, Any]], dict[str, Any]]
    onnx_model: Callable[[NetworkT, Mapping[str, str]], bytes]
    entries: Callable[[TrainedNetwork[NetworkT, OptionsT]], Mapping[str, str]]
    compared: Callable[
        [TrainedNetwork[NetworkT, OptionsT], Network, np.random.Generator, tuple[int, int]],
        tuple[NDArray[np.float32], NDArray[np.float32]],
    ]


def loss_network(
    name: str,
    layers: Sequence[str],
    processes: Processes,
    *,
    pooling: str = "average",
    dtype: torch.dtype | None = None,
    named: Mapping[str, Sequence[str]] | None = None,
) -> VGG:
    """The network by whose feature maps losses are measured, on the device of a training.

    Args:
        name: Of the weights.
        layers: Feature maps it gives.
        processes: Where.
        pooling: ``average`` or ``max``.
        dtype: Of the weights; the training's precision when None.
        named: Layers by the option that named them.

    Raises:
        OptionError: An option names a layer the network does not have.
        WeightsError: There are no such weights.
    """
    weights = resolve(name)
    known = conv_names(weights.network)
    for option, chosen in (named or {}).items():
        for layer in chosen:
            if layer.replace("relu", "conv") not in known:
                raise OptionError(option, f"layers of {weights.network}", layer)
    tensors, convention = load(weights)
    kept = {key: each.to(dtype or processes.dtype) for key, each in tensors.items()}
    return VGG(weights.network, kept, layers, convention, pooling).to(processes.device)
