"""Read masks, check them and fit them to the photograph's shape."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from impasto.errors import PictureError
from impasto.image import Picture, check_mask, is_of_shape, mask_levels, spread
from impasto.methods.subject import Style
from impasto.networks.masking import style_parts
from impasto.networks.words import made_mask, made_of
from impasto.nn.resize import resized, size_of
from impasto.options.shared import SharedOptions, mask_word
from impasto.source import Inputs, Kind, Source, open_style

logger = logging.getLogger("impasto")

_LOOK: Final = 64
"""Cells along each side of the grid in which masks are checked for uncovered places."""

_NOTHING: Final = 1e-4

_NONE: Final = Picture(np.zeros((1, 1, 3), np.float32))
"""Stands for a mask that is not made yet."""


@dataclass(frozen=True)
class Mask:
    """A mask as given, (1, 1, H, W) in [0, 1], and its file name or word."""

    levels: Tensor
    name: str


def opened(inputs: Inputs[Kind], read: Callable[[Kind], Source]) -> Inputs[Source]:
    """Read the pictures of a painting; automatic masks are made for each photograph.

    A style may be a folder of pictures.
    """

    def mask(given: Kind) -> Source:
        word = mask_word(given)
        return Source(_NONE, word, word, made_of(word)) if word else read(given)

    kept = None if inputs.content_mask is None else mask(inputs.content_mask)
    styles = tuple(open_style(each, read) for each in inputs.styles)
    parts = tuple(map(mask, inputs.style_masks))
    return Inputs(styles, tuple(map(mask, inputs.masks)), kept, parts)


def read_masks(inputs: Inputs[Source], options: SharedOptions) -> Inputs[Mask]:
    """The masks of the inputs, checked, without the styles.

    Raises:
        PictureError: A mask is all black, or the content mask keeps the whole photograph.
    """
    inverted = options.invert_masks
    found = Inputs((), inputs.masks, inputs.content_mask)
    for each in inputs.style_masks:
        if not mask_word(each.path):
            check_mask(mask_levels(each.picture), _named(each), inverted=False)
    for each in inputs.masks:
        if not mask_word(each.path):
            check_mask(mask_levels(each.picture), _named(each), inverted=inverted)
    if (kept := inputs.content_mask) is not None and not mask_word(kept.path):
        check_mask(mask_levels(kept.picture), _named(kept), inverted=inverted, whole=True)
    return found.mapped(_mask)


def styles_read(inputs: Inputs[Source]) -> list[Style]:
    """The styles of the inputs, each with its mask.

    Raises:
        PictureError: A folder has a mask file, or a mask is empty.
    """
    found = []
    for style, mask in itertools.zip_longest(inputs.styles, inputs.style_masks):
        images = [each.picture.tensor() for each in style.pictures]
        parts: list[Tensor | None] = [None] * len(images)
        if mask is not None:
            levels = style_parts(mask_word(mask.path) or mask.picture, style)
            parts = [torch.from_numpy(each)[None, None] for each in levels]
        (image, part), *others = zip(images, parts, strict=True)
        found.append(Style(image, part=part, others=tuple(others)))
    return found


def shown(style: Style) -> list[Tensor]:
    """The images of a style, (1, 3, h, w) each, filled with the part under the mask."""
    return [image if part is None else _spread(image, part) for image, part in style.samples]


def _spread(image: Tensor, part: Tensor) -> Tensor:
    pixels = spread(image[0].permute(1, 2, 0).numpy(), part[0, 0].numpy())
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]


def shaped(mask: Mask, content: Source) -> Tensor:
    """The mask in the photograph's shape: stretched, with a warning, if the aspect differs.

    An automatic mask is made from the photograph.
    """
    picture = content.picture
    if word := mask_word(mask.name):
        return torch.from_numpy(made_mask(word, picture))[None, None]
    if is_of_shape(mask.levels[0, 0].numpy(), picture.width, picture.height):
        return mask.levels
    height, width = size_of(mask.levels)
    logger.warning(
        "%s: %d x %d differs in shape from %s (%d x %d) and is stretched",
        *(mask.name, width, height, content.name, picture.width, picture.height),
    )
    # Only the aspect ratio is matched, as the photograph may be much larger than its mask.
    scale = max(height, width) / max(picture.height, picture.width)
    size = max(1, round(picture.height * scale)), max(1, round(picture.width * scale))
    return resized(mask.levels, size).clamp(0, 1)


def check_covered(
    masks: Sequence[Tensor], keep: Tensor | None, alpha: Tensor | None, options: SharedOptions
) -> None:
    """Raise a PictureError if the masks together leave nothing to paint.

    Args:
        masks: One per style, or none.
        keep: Where the picture stays photographic.
        alpha: Opacity of the photograph.
        options: Weights of the styles; whether masks are inverted.
    """
    if not masks and keep is None:
        return
    weights = options.style_weights or (1.0,) * len(masks)
    place = torch.ones(_LOOK, _LOOK)
    if masks:
        parts = zip(masks, weights, strict=True)
        place = sum((_cells(mask, options) * weight for mask, weight in parts), 0 * place)
    if keep is not None:
        place = place * (1 - _cells(keep, options))
    if alpha is not None:
        place = place * _pooled(alpha)
    if float(place.max()) < _NOTHING:
        raise PictureError("masks: together they leave nothing to paint, see what they cover")


def _mask(source: Source) -> Mask:
    return Mask(torch.from_numpy(mask_levels(source.picture))[None, None], _named(source))


def _named(source: Source) -> str:
    return source.path or f"the mask ({source.name})"


def _cells(mask: Tensor, options: SharedOptions) -> Tensor:
    cells = _pooled(mask)
    return 1 - cells if options.invert_masks else cells


def _pooled(mask: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(mask, _LOOK)[0, 0]
