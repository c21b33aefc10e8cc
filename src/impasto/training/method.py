"""The interface between the engine and a method that trains networks; trained networks."""

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
from impasto.weights import feature_network, resolve

if TYPE_CHECKING:
    import numpy as np

    from impasto.networks.network import Network
    from impasto.training.processes import Processes

FORMAT: Final = "1"
"""The format of the model files that impasto writes."""

_ABOUT_STYLE: Final = ("name", "title", "artist", "year", "origin", "size", "own")


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
    """The contents of a run folder, checkpoint or model file.

    Attributes:
        recipe: What it was trained from: ``method``, ``options``, ``styles``, ``training``, ...
        weights: State dicts by module name, averages if they were kept; empty for a model file.
        number: Steps of the training; 0 if a model file does not say.
        path: The file.
        arrays: Arrays of a model file by name; None for a checkpoint.
        origin: What it was made from, if a model file says.
        licence: Its licence, if a model file says.
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
    """A network that stylizes, and what is known about it.

    Attributes:
        method: The method that trained it.
        network: On the CPU, in evaluation mode.
        options: The options it was built and trained with.
        size: Side of its training crops, in pixels.
        styles: Facts about each style, at least ``name``, in the network's order; empty for an
            any-style network.
        steps: Steps of its training; None leaves them out of its model file.
        origin: What it was made from.
        licence: Its licence.
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
        """The names of its styles."""
        return tuple(each["name"] for each in self.styles)

    def onnx(self) -> bytes:
        """The network as a file for onnxruntime."""
        return self.method.onnx_model(self.network, self.metadata())

    def metadata(self) -> dict[str, str]:
        """The metadata of its model file, text by key."""
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
    """What the engine and the export need to know about a method.

    Attributes:
        name: As in ``impasto train NAME``.
        prepare: Builds a training's task and material from its sources, and the facts that
            determine the weights: ``options`` and others, plain values by name. Called after the
            random generators are seeded.
        networks: Builds the stylizing networks of a training, by module name.
        started: Modules that a training takes over from the one it starts from.
        shape: The part of a recipe that must be equal for one training to start from another.
        onnx_model: Writes a network and its metadata as an ONNX file.
        entries: Metadata that only this method's model files have.
        compared: Runs one image of a size through a file and through torch; returns both results.
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
    """The VGG network whose feature maps the losses use, on the device of a training.

    Args:
        name: The name of the weights.
        layers: The feature maps it returns.
        processes: Where it runs.
        pooling: ``average`` or ``max``.
        dtype: Of the weights; by default the training's precision.
        named: Layers by the option that named them.

    Raises:
        OptionError: An option names a layer that the network does not have.
        WeightsError: There are no such weights.
    """
    weights = resolve(name)
    known = conv_names(weights.network)
    for option, chosen in (named or {}).items():
        for layer in chosen:
            if layer.replace("relu", "conv") not in known:
                raise OptionError(option, f"layers of {weights.network}", layer)
    precision = dtype or processes.dtype
    return feature_network(weights, layers, precision, processes.device, pooling=pooling)
