"""The convolution layers of VGG-16 and VGG-19 as a frozen feature extractor."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from impasto.nn.frozen import FrozenConv, average_pool, window

BLOCKS: Final[Mapping[str, tuple[int, ...]]] = {
    "vgg16": (2, 2, 3, 3, 3),
    "vgg19": (2, 2, 4, 4, 4),
}
"""Convolutions in each block, after Simonyan and Zisserman 2015, table 1, columns D and E."""

WIDTHS: Final = (64, 128, 256, 512, 512)
"""Filters of the convolutions in each block."""

POOLINGS: Final = ("average", "max")
EDGES: Final = ("drop", "keep")


@dataclass(frozen=True, slots=True)
class InputConvention:
    """The pixel values a set of weights was trained on.

    An image in sRGB [0, 1] is converted by reversing the channels for ``BGR``, then
    ``(image * scale - mean) / std`` with mean and std in the order of ``channels``.
    """

    channels: str = "RGB"
    scale: float = 1.0
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


def conv_names(network: str) -> tuple[str, ...]:
    """The names of a network's convolutions in order: conv1_1, conv1_2, conv2_1, ..."""
    return tuple(
        f"conv{block}_{number}"
        for block, count in enumerate(BLOCKS[network], 1)
        for number in range(1, count + 1)
    )


def canonical_layer(name: str, network: str) -> str:
    """The name of a feature map after its ReLU: both conv4_2 and relu4_2 give relu4_2.

    Raises:
        ValueError: The network has no such layer.
    """
    match = re.fullmatch(r"(?:conv|relu)([1-5])_([1-4])", name)
    if not match or f"conv{match[1]}_{match[2]}" not in conv_names(network):
        known = ", ".join(each.replace("conv", "relu") for each in conv_names(network))
        raise ValueError(f"{network} has no layer {name!r}; it has {known}")
    return f"relu{match[1]}_{match[2]}"


class VGG(nn.Module):
    """Returns the feature maps of an image after the given ReLUs.

    The weights are frozen, and nothing after the deepest requested layer is computed. Internally
    the image is channels_last and has the dtype of the weights, and so do the features.

    Args:
        network: ``vgg16`` or ``vgg19``.
        weights: ``conv1_1.weight`` (O, I, 3, 3), ``conv1_1.bias`` (O,), ...; those of deeper
            layers than ``layers`` may be missing.
        layers: Feature maps to return, by either name.
        convention: How the weights expect pixel values.
        pooling: ``average`` (Gatys et al. 2016, section 2: smoother gradients) or ``max`` (as
            the networks were trained).
        pooling_edge: ``drop`` ignores an odd last row or column, ``keep`` pools what is there, as
            TensorFlow's SAME and Caffe do.

    Raises:
        ValueError: An unknown network, layer, pooling or edge.
    """

    def __init__(
        self,
        network: str,
        weights: Mapping[str, Tensor],
        layers: Iterable[str],
        convention: InputConvention | None = None,
        pooling: str = "average",
        pooling_edge: str = "drop",
    ) -> None:
        super().__init__()
        if network not in BLOCKS:
            raise ValueError(f"network: expected one of {', '.join(BLOCKS)}, got {network!r}")
        _check_pooling(pooling, pooling_edge)
        self.name = network
        self.layers = frozenset(canonical_layer(name, network) for name in layers)
        self.convention = convention or InputConvention()
        self.pooling = pooling
        self.pooling_edge = pooling_edge
        self.convs = nn.ModuleDict(
            {
                name: FrozenConv(weights[f"{name}.weight"], weights[f"{name}.bias"])
                for name in _needed(network, self.layers)
            }
        )
        self.mean = nn.Buffer(torch.tensor(self.convention.mean).view(1, 3, 1, 1))
        self.std = nn.Buffer(torch.tensor(self.convention.std).view(1, 3, 1, 1))

    def only(self, layers: Iterable[str], *, pooling: str = "", pooling_edge: str = "") -> VGG:
        """The same network for some of its layers; nothing deeper is computed.

        Args:
            layers: Feature maps to return, by either name.
            pooling: Another pooling; by default the network's own.
            pooling_edge: Another edge; by default the network's own.

        Raises:
            ValueError: An unknown layer, pooling or edge.
        """
        view = copy.copy(self)
        view.pooling, view.pooling_edge = pooling or self.pooling, pooling_edge or self.pooling_edge
        _check_pooling(view.pooling, view.pooling_edge)
        view._modules = dict(self._modules)
        view.layers = frozenset(canonical_layer(name, self.name) for name in layers)
        view.convs = nn.ModuleDict(
            {each: self.convs[each] for each in _needed(self.name, view.layers)}
        )
        return view

    @property
    def neutral_color(self) -> Float[Tensor, "1 3 1 1"]:
        """The sRGB color that the network sees as zero."""
        color = self.mean / self.convention.scale
        return color.flip(1) if self.convention.channels == "BGR" else color

    @property
    def unit(self) -> float:
        """Ratio of features of pixels of 0 to 255 to these features.

        VGG is positively homogeneous, so features of pixels divided by 255 x std are smaller by
        this factor; multiplied by it they balance content and style as in the papers.
        """
        return 255 / self.convention.scale * sum(self.convention.std) / 3

    def forward(
        self, image: Float[Tensor, "batch 3 height width"], layers: Iterable[str] | None = None
    ) -> dict[str, Float[Tensor, "batch _channels _height _width"]]:
        """Compute the features of an image, sRGB in [0, 1], by the name of their layer.

        Args:
            image: Of any size.
            layers: Some of the network's layers, by canonical name; nothing deeper is computed. All
                of them if None.
        """
        wanted = self.layers if layers is None else frozenset(layers)
        maps = self.normalized(image)
        features: dict[str, Tensor] = {}
        for name, conv in self.convs.items():
            if len(features) == len(wanted):
                break
            if name.endswith("_1") and name != "conv1_1":
                maps = self.pooled(maps)
            maps = conv(maps)
            layer = name.replace("conv", "relu")
            if layer in wanted:
                features[layer] = maps
        return features

    def normalized(self, image: Tensor) -> Tensor:
        """An image as the weights expect it, channels_last and of their dtype."""
        if self.convention.channels == "BGR":
            image = image.flip(1)
        normalized = (image * self.convention.scale - self.mean) / self.std
        dtype = next(self.parameters()).dtype
        return normalized.to(dtype).contiguous(memory_format=torch.channels_last)

    def pooled(self, maps: Tensor) -> Tensor:
        """Feature maps of half the size: the pooling between two blocks."""
        if self.pooling == "average":
            return average_pool(maps, self.pooling_edge)
        # A side of one pixel is not halved, so that tiny pictures pass all blocks.
        kernel, stride, padding, ceil_mode = window(maps, self.pooling_edge)
        return F.max_pool2d(maps, kernel, stride, padding, ceil_mode=ceil_mode)


def _check_pooling(pooling: str, edge: str) -> None:
    if pooling not in POOLINGS:
        raise ValueError(f"pooling: expected one of {', '.join(POOLINGS)}, got {pooling!r}")
    if edge not in EDGES:
        raise ValueError(f"pooling_edge: expected {' or '.join(EDGES)}, got {edge!r}")


def _needed(network: str, layers: Iterable[str]) -> tuple[str, ...]:
    names = conv_names(network)
    deepest = max(names.index(layer.replace("relu", "conv")) for layer in layers)
    return names[: deepest + 1]
