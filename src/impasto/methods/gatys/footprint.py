"""The memory that the parts of a painting need."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import Final

import torch

from impasto.methods.canvas import LEAN_HISTORY, is_lean
from impasto.methods.gatys.schedule import options_of
from impasto.methods.painting import Stage
from impasto.nn.resize import Size
from impasto.nn.tiles import block_of, spans_of
from impasto.nn.vgg import WIDTHS, canonical_layer, conv_names
from impasto.options.gatys import GatysOptions, Optimizer

_FIXED: Final = 850_000_000
"""Bytes of any painting: torch, the weights in two precisions, buffers of libraries, and memory
that the allocator does not return at once."""

_TEMPORARIES: Final = 1.1
"""Factor for temporary copies of the maps of an untiled picture. With it and ``_FIXED`` the
estimate is at least what was measured in bf16: 1.08 GB at 512 x 384, and 3.9 GB after three steps
at 2048 x 1536."""

_IMAGE: Final = 3 * 4
"""Bytes of a pixel of an image."""

_IMAGES: Final = 12
"""Images of the size of the picture, besides those of the optimizer."""

_IMAGES_LEAN: Final = 7
"""The same for a large picture, without needless copies: photograph, recolored photograph, picture,
gradient, last good picture, and two temporary ones."""


@dataclass(frozen=True)
class Work:
    """The options and the network of a painting.

    Attributes:
        options: The options.
        network: ``vgg16`` or ``vgg19``.
        precision: The precision of the convolutions.
    """

    options: GatysOptions
    network: str
    precision: torch.dtype

    @property
    def layers(self) -> tuple[str, ...]:
        """All layers of the losses, by canonical name, each once."""
        named = (*self.options.content_layers, *self.options.style_layers)
        return tuple(dict.fromkeys(canonical_layer(name, self.network) for name in named))

    def of(self, stage: Stage) -> Work:
        """The work of one stage."""
        return replace(self, options=options_of(stage, self.options))


def whole_bytes(size: Size, work: Work) -> int:
    """Peak bytes without tiles.

    The network's feature maps and their gradients make up nearly all: one map after each
    convolution is kept for the gradient, and the maps of the first block are there twice more
    while the gradient passes them.
    """
    itemsize = work.precision.itemsize
    first = WIDTHS[0] * 2 * itemsize
    maps = (_values(work) * itemsize + first) * _TEMPORARIES
    return _FIXED + round(math.prod(size) * maps) + picture_bytes(size, work.options)


def tiled_bytes(size: Size, work: Work, tile: int, optimizer: Optimizer | None = None) -> int:
    """Peak bytes with tiles, if only one keeps its maps.

    The images, the optimizer's history and the content's features grow with the picture.
    """
    area = math.prod(max(lengths) for lengths in _lengths(size, work, tile))
    itemsize = work.precision.itemsize
    content = {canonical_layer(name, work.network) for name in work.options.content_layers}
    targets = sum(map(_width, content)) * itemsize
    # While the gradient passes the first block, the maps, their signs and three of theirs meet.
    working = (5 * WIDTHS[0] + 2 * sum(map(_width, work.layers))) * itemsize + _values(work) / 8
    pixels = math.prod(size)
    images = picture_bytes(size, work.options, optimizer)
    return _FIXED + round(area * working) + round(pixels * targets) + images


def computed_pixels(size: Size, work: Work, tile: int) -> int:
    """Pixels of all tiles with their padding."""
    return math.prod(sum(lengths) for lengths in _lengths(size, work, tile))


def kept_bytes(work: Work) -> float:
    """Bytes that a tile keeps for each of its pixels until the second pass."""
    features = sum(map(_width, work.layers)) - ("relu1_1" in work.layers) * WIDTHS[0]
    places = 8 * _pooled(work) if work.options.pooling == "max" else 0.0
    return features * work.precision.itemsize + _values(work) / 8 + places + _IMAGE


def picture_bytes(size: Size, options: GatysOptions, optimizer: Optimizer | None = None) -> int:
    """Bytes of everything with the size of the picture, including the optimizer's history."""
    lean = is_lean(size)
    images = float(_IMAGES_LEAN if lean else _IMAGES)
    if (optimizer or options.optimizer) == "adam":
        images += 3 if lean else 2
    elif lean:
        images += 2.5 + min(options.history, LEAN_HISTORY)  # half precision, two to a pair
    else:
        images += 2 * options.history
    return round(math.prod(size) * images * _IMAGE)


def _lengths(size: Size, work: Work, tile: int) -> list[tuple[int, ...]]:
    return [_computed_lengths(length, tile, work.layers, work.network) for length in size]


@functools.lru_cache(maxsize=4096)
def _computed_lengths(
    length: int, tile: int, layers: tuple[str, ...], network: str
) -> tuple[int, ...]:
    # Kept, as the search for the largest size asks for the same axes again and again.
    return tuple(span.computed for span in spans_of(length, tile, layers, network))


def _values(work: Work) -> float:
    """Values of all feature maps for each pixel, inputs of convolutions after a pooling too."""
    return sum(map(_width, _computed(work))) + _pooled(work)


def _pooled(work: Work) -> float:
    """Values of the pooled maps for each pixel."""
    firsts = [name for name in _computed(work) if name.endswith("_1") and block_of(name)]
    return float(sum(WIDTHS[block_of(name) - 1] / 4 ** block_of(name) for name in firsts))


def _computed(work: Work) -> list[str]:
    names = [name.replace("conv", "relu") for name in conv_names(work.network)]
    return names[: 1 + max(map(names.index, work.layers))]


def _width(layer: str) -> float:
    """Values of a layer's maps for each pixel of the picture."""
    return float(WIDTHS[block_of(layer)] / 4 ** block_of(layer))
