"""A large picture in tiles with exactly the same feature maps, and guides for masks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from impasto.nn.frozen import average_pool
from impasto.nn.resize import Size
from impasto.nn.vgg import canonical_layer, conv_names

Window = tuple[slice, slice]
"""Rows and columns."""


_LEAST_LEFT: Final = 0.05
"""Share of a mask's weight that erosion must leave: statistics of fewer positions say little."""


@dataclass(frozen=True)
class Span:
    """A piece of one axis.

    Attributes:
        core: The positions of this piece without padding; the cores divide the axis.
        padded: The positions that their feature maps depend on.
        length: Length of the whole axis.
        edge: What the network's pooling does with an odd last position: ``drop`` or ``keep``.
    """

    core: slice
    padded: slice
    length: int
    edge: str = "drop"

    @property
    def computed(self) -> int:
        """Its length with padding."""
        return int(self.padded.stop - self.padded.start)

    def of_whole(self, block: int) -> slice:
        """The core in the whole axis' maps in a block of the network, from 0."""
        end = self.core.stop == self.length
        stop = halved(self.length, block, self.edge) if end else self.core.stop >> block
        return slice(self.core.start >> block, stop)

    def of_padded(self, block: int) -> slice:
        """The core in the maps of the padded piece in a block of the network, from 0."""
        whole, first = self.of_whole(block), self.padded.start >> block
        return slice(whole.start - first, whole.stop - first)


@dataclass(frozen=True)
class Tile:
    """A piece of a picture: a span down and a span across."""

    down: Span
    across: Span

    @property
    def core(self) -> Window:
        """The pixels of the tile without padding."""
        return self.down.core, self.across.core

    @property
    def padded(self) -> Window:
        """The pixels of the tile with padding, which its feature maps depend on."""
        return self.down.padded, self.across.padded

    @property
    def area(self) -> int:
        """Number of pixels with padding."""
        return self.down.computed * self.across.computed

    def of_whole(self, layer: str) -> Window:
        """Its part, without padding, of the whole picture's maps."""
        block = block_of(layer)
        return self.down.of_whole(block), self.across.of_whole(block)

    def of_padded(self, layer: str) -> Window:
        """The part without padding of the maps of its padded pixels."""
        block = block_of(layer)
        return self.down.of_padded(block), self.across.of_padded(block)


def tiles_of(
    size: Size, side: int, layers: Iterable[str], network: str, edge: str = "drop"
) -> list[Tile]:
    """Divide a picture into tiles of about equal size, row by row; see :func:`spans_of`."""
    names = tuple(layers)
    down, across = (spans_of(length, side, names, network, edge) for length in size)
    return [Tile(*pair) for pair in itertools.product(down, across)]


def spans_of(
    length: int, side: int, layers: Iterable[str], network: str, edge: str = "drop"
) -> list[Span]:
    """Divide one axis of a picture into spans of about equal length.

    Every span begins at a multiple of the deepest pooling's stride, so that it is pooled like the
    whole, and is padded by the receptive field of the deepest layer. At the borders of the picture
    nothing is added: there the network pads with zeros, as for the whole.

    Args:
        length: Length of the axis in pixels.
        side: Approximate length of a span without padding.
        layers: The feature maps that must be exact.
        network: ``vgg16`` or ``vgg19``.
        edge: What its pooling does with an odd last position: ``drop`` or ``keep``.
    """
    names = {canonical_layer(name, network) for name in layers}
    stride = 1 << max(block_of(name) for name in names)
    reach = reach_of(names, network)
    units = max(1, length // stride)
    count = min(units, -(-length // max(side, stride)))
    edges = [stride * (units * number // count) for number in range(count)] + [length]
    return [
        Span(slice(start, stop), _padded(start, stop, reach, stride, length), length, edge)
        for start, stop in itertools.pairwise(edges)
    ]


def reach_of(layers: Iterable[str], network: str) -> int:
    """Pixels on each side of its own square that a value in the deepest layer depends on.

    Each 3x3 convolution reaches one position further, which in block b is 2^b pixels; average
    and maximum of a position's own 2x2 square reach no further.
    """
    names = conv_names(network)
    wanted = (canonical_layer(name, network).replace("relu", "conv") for name in layers)
    deepest = max(names.index(name) for name in wanted)
    return sum(1 << block_of(name) for name in names[: deepest + 1])


def block_of(layer: str) -> int:
    """How often the maps of a layer were halved."""
    return int(layer[4]) - 1


def pooled(place: Tensor, layer: str, edge: str) -> Tensor:
    """A map over the picture, (1, 1, H, W), at the positions of a layer, (1, 1, h, w)."""
    for _ in range(block_of(layer)):
        place = average_pool(place, edge)
    return place


def halved(length: int, times: int, edge: str = "drop") -> int:
    """The side of a network's maps: an odd side drops or keeps its last position; 1 stays 1."""
    if edge == "keep":
        return -(-length >> times)
    return max(1, length >> times) if length else 0


def _padded(start: int, stop: int, reach: int, stride: int, length: int) -> slice:
    first = max(0, (start - reach) // stride * stride)
    last = length if stop == length else min(length, -(-(stop + reach) // stride) * stride)
    return slice(first, last)


def guides(
    mask: Float[Tensor, "1 1 height width"],
    layers: Iterable[str],
    network: str,
    edge: str = "drop",
) -> dict[str, Float[Tensor, "1 1 _height _width"]]:
    """Resize a mask to each layer's maps, without units that respond to its outside.

    Gatys et al. 2017 ("Controlling perceptual factors in neural style transfer", section 4) find
    eroded guides better than ones of the mask's full extent, as the units at its edge respond to
    pixels outside. They keep the units that respond only to pixels inside, found by probing the
    network with noise, and may dilate the result by a few units; masks are black and white. Here
    masks and erosion are soft: a guide is the mask, pooled like the network's maps, minus twice its
    excess over its mean in the unit's receptive field. At a sharp edge that is 0; well inside, and
    on a gentle slope, it is the mask itself. The receptive field is the effective one, a bell curve
    (Luo et al. 2016), because the theoretical one would leave nothing of most masks in deep layers.

    A mask never vanishes: it is not eroded in layers where almost nothing would remain.

    Args:
        mask: From 0 to 1, in the size of the picture.
        layers: Names of layers, by either name.
        network: ``vgg16`` or ``vgg19``.
        edge: What its pooling does with an odd last row or column: ``drop`` or ``keep``.

    Returns:
        The guide of each layer by its name after the ReLU, in the size of its maps.

    Raises:
        ValueError: The network has no such layer.
    """
    wanted = {canonical_layer(name, network) for name in layers}
    found: dict[str, Tensor] = {}
    inside = seen = mask
    for name in conv_names(network):
        if len(found) == len(wanted):
            break
        if name.endswith("_1") and name != "conv1_1":
            inside, seen = average_pool(inside, edge), average_pool(seen, edge)
        seen = _blurred(seen)
        layer = name.replace("conv", "relu")
        if layer in wanted:
            found[layer] = _eroded(_never_gone(inside, mask), seen)
    return found


def _blurred(seen: Tensor) -> Tensor:
    # The mean over 3x3 units; positions beyond the border do not count as outside the mask.
    return F.avg_pool2d(seen, 3, stride=1, padding=1, count_include_pad=False)


def _eroded(inside: Tensor, seen: Tensor) -> Tensor:
    eroded = (inside - 2 * (inside - seen).clamp_min(0)).clamp_min(0)
    left = eroded.square().sum() / inside.square().sum().clamp_min(1e-12)
    return eroded if left >= _LEAST_LEFT else inside


def _never_gone(inside: Tensor, mask: Tensor) -> Tensor:
    # Pooling drops an odd last row or column, which may contain all of a mask.
    if inside.any() or not mask.any():
        return inside
    height, width = inside.shape[-2:]
    return F.adaptive_avg_pool2d(mask, (height, width))
