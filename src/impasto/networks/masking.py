"""Masks: where styles go, and where a picture stays photographic."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from impasto.errors import OptionError, PictureError
from impasto.image import (
    Picture,
    blurred_mask,
    check_mask,
    is_of_shape,
    mask_levels,
    read_picture,
    resampled,
)
from impasto.networks.pieces import FloatArray
from impasto.networks.words import made_mask
from impasto.options.apply import ApplyOptions
from impasto.options.shared import MASK_WORDS, mask_word
from impasto.pixels.palette import bands
from impasto.source import PictureLike, Source

logger = logging.getLogger("impasto")

_NOTHING: Final = 1e-4  # share of the visible pixels below which nothing counts as painted


@dataclass(frozen=True, eq=False)
class Places:
    """The weight, (H, W), of each of several results in every pixel; the rest is the photograph."""

    parts: tuple[FloatArray, ...]

    def composed(self, photograph: FloatArray, results: Iterable[FloatArray]) -> FloatArray:
        """Blend results over the photograph, (H, W, 3) each, one at a time to save memory."""
        canvas = np.empty_like(photograph)
        for rows in bands(len(canvas)):
            rest = 1 - np.sum([part[rows] for part in self.parts], axis=0)
            np.multiply(photograph[rows], rest[..., None], out=canvas[rows])
        for part, result in zip(self.parts, results, strict=True):
            for rows in bands(len(canvas)):
                canvas[rows] += part[rows, :, None] * result[rows]
        return canvas


def placed(options: ApplyOptions, photograph: Picture, shares: Sequence[float]) -> Places:
    """Read or make the masks of a photograph, and divide it among styles.

    Where masks overlap, the styles' weights decide, in the order of the masks; outside all masks
    the photograph stays.

    Raises:
        OptionError: There is not one mask for each style.
        PictureError: A mask cannot be read or has no effect, or all leave nothing to paint.
    """
    _check_count(options, len(shares))
    masks = [fitted(each, options, photograph) for each in options.masks]
    keep = None
    if options.content_mask is not None:
        keep = fitted(options.content_mask, options, photograph, whole=True)
    places, painted = divided(masks, keep, shares, photograph)
    if painted < _NOTHING * photograph.height * photograph.width:
        raise PictureError("masks: together they leave nothing to paint, see what they cover")
    return places


def divided(
    masks: list[FloatArray], keep: FloatArray | None, shares: Sequence[float], photograph: Picture
) -> tuple[Places, float]:
    """Divide a photograph among styles, and count its visible pixels that are painted.

    Args:
        masks: Of the photograph's size, one for each style, which become its places; or none.
        keep: White where the photograph stays.
        shares: Of the styles, where masks overlap.
        photograph: At the size of the result.
    """
    if not masks:
        masks, shares = [np.ones((photograph.height, photograph.width), np.float32)], [1.0]
    painted = 0.0
    for rows in bands(photograph.height):
        free = 1 if keep is None else 1 - keep[rows]
        _divide([mask[rows] for mask in masks], shares, free)
        opacity = 1 if photograph.alpha is None else photograph.alpha[rows]
        painted += float((np.sum([mask[rows] for mask in masks], axis=0) * opacity).sum())
    return Places(tuple(masks)), painted


def check_masks(options: ApplyOptions, styles: int) -> None:
    """Raise the errors of :func:`placed` that do not depend on the photograph."""
    _check_count(options, styles)
    for mask in options.masks:
        if not mask_word(mask):
            _levels(mask, options)
    if options.content_mask is not None and not mask_word(options.content_mask):
        _levels(options.content_mask, options, whole=True)


def _check_count(options: ApplyOptions, styles: int) -> None:
    if options.masks and len(options.masks) != styles:
        each = "one, as there is one style" if styles == 1 else f"one for each of {styles} styles"
        raise OptionError("masks", each, len(options.masks))


def _levels(
    mask: PictureLike, options: ApplyOptions, *, whole: bool = False
) -> tuple[FloatArray, str]:
    """A mask's values from its file, and its name for errors."""
    levels = mask_levels(read_picture(mask))
    name = str(mask) if hasattr(mask, "__fspath__") or isinstance(mask, str) else "the mask"
    check_mask(levels, name, inverted=options.invert_masks, whole=whole)
    return levels, name


def fitted(
    mask: PictureLike, options: ApplyOptions, photograph: Picture, *, whole: bool = False
) -> FloatArray:
    """A mask of a photograph, (H, W), read from its file or made automatically."""
    if word := mask_word(mask):
        return _finished(made_mask(word, photograph), options)
    levels, name = _levels(mask, options, whole=whole)
    width, height = photograph.width, photograph.height
    if not is_of_shape(levels, width, height):
        own = f"{levels.shape[1]} x {levels.shape[0]}"
        warning = "%s: %s differs in shape from the picture (%d x %d) and is stretched"
        logger.warning(warning, name, own, width, height)
    return _finished(resampled(levels, width, height), options)


def style_parts(mask: PictureLike, style: Source) -> list[FloatArray]:
    """The part of each picture of a style to use, (H, W) in [0, 1], by a mask file or a word.

    Raises:
        PictureError: The mask cannot be read or has no effect, or it is a file for a folder.
    """
    if style.parts and not mask_word(mask):
        words = ", ".join(MASK_WORDS[:-1]) + f" or {MASK_WORDS[-1]}"
        raise PictureError(f"{style.path}: is a folder, whose part is a word: {words}")
    return [fitted(mask, ApplyOptions(), each.picture) for each in style.pictures]


def _finished(mask: FloatArray, options: ApplyOptions) -> FloatArray:
    if options.invert_masks:
        np.subtract(1, mask, out=mask)
    return blurred_mask(mask, options.feather)


def _divide(masks: Sequence[FloatArray], shares: Sequence[float], free: FloatArray | int) -> None:
    """Turn masks, in place, into weights that sum to their joint coverage."""
    weighed = [mask * np.float32(share) for mask, share in zip(masks, shares, strict=True)]
    total = np.maximum(np.sum(weighed, axis=0), 1e-6)
    covered = np.minimum(np.sum(masks, axis=0), 1) * free
    for mask, weight in zip(masks, weighed, strict=True):
        mask[...] = weight * covered / total
