"""The losses that look at pixels alone, of one tile."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from impasto.nn.tiles import Span, Tile
from impasto.options.gatys import PaintOptions


def pixel_losses(
    image: Float[Tensor, "1 3 height width"],
    photograph: Float[Tensor, "1 3 _height2 _width2"],
    tile: Tile,
    options: PaintOptions,
) -> dict[str, Float[Tensor, ""]]:
    """A tile's part in the total variation and the pixel loss, as far as they have a weight.

    Summed over the tiles they are those of the whole (:mod:`impasto.nn.losses`).

    Args:
        image: The padded pixels of the tile; its padding holds at least one more row and column.
        photograph: The whole.
        tile: Which part.
        options: The weights.
    """
    losses = {}
    rows, columns = _own(tile.down), _own(tile.across)
    if options.total_variation_weight:
        height, width = tile.down.length, tile.across.length
        right, below = _and_next(columns), _and_next(rows)
        across = image[..., rows, right].diff(dim=-1).square().sum() / max(1, height * (width - 1))
        down = image[..., below, columns].diff(dim=-2).square().sum() / max(1, (height - 1) * width)
        losses["total_variation"] = (across + down) / 3
    if options.pixel_weight:
        wanted = photograph[(..., *tile.core)]
        squares = (image[..., rows, columns] - wanted).square().sum()
        losses["pixel"] = squares / photograph.numel()
    return losses


def _own(span: Span) -> slice:
    """The core within the padded piece."""
    first = span.padded.start
    return slice(span.core.start - first, span.core.stop - first)


def _and_next(own: slice) -> slice:
    """With the next position, where there is one: differences belong to their first pixel."""
    return slice(own.start, own.stop + 1)
