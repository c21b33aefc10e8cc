"""The inputs at one size of a painting, and the region of each style."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.methods.nearest.style_palette import Palette, mixed_palette
from impasto.methods.subject import Sample, Style, Subject, at, palette_of
from impasto.nn.color import gray, with_palette
from impasto.nn.resize import Size, averaged, fitted_size, size_of
from impasto.options.nearest import NearestOptions

_LEAST_STYLE: Final = 16
"""Longer side below which style images are not reduced, so that enough columns remain."""

_NOTHING: Final = 1e-3
"""Sum of all masks below which a pixel counts as outside of them."""

Turned = Sequence[Sample]
"""The images of a style, (1, 3, h, w), and their rotated copies if the options ask for them, each
with the part to use."""


@dataclass(frozen=True)
class Kept:
    """What stays photographic: the photograph, (1, 3, h, w), and where, (1, 1, h, w)."""

    content: Float[Tensor, "1 3 height width"]
    where: Float[Tensor, "1 1 height width"]


@dataclass(frozen=True)
class Scene:
    """A subject at one size.

    Attributes:
        styles: The styles, each as its images and their rotated copies.
        shares: The share of each style at every pixel, (1, styles, h, w), 0 where the photograph
            is kept; None to let the features decide.
        weights: Weights of the styles, used if ``shares`` is None.
        kept: What stays photographic, or None.
        painted: The pixels that count for the colors, (1, 1, h, w), or None for all.
        palette: The styles' colors.
    """

    styles: Sequence[Turned]
    shares: Float[Tensor, "1 styles height width"] | None
    weights: Sequence[float]
    kept: Kept | None
    painted: Float[Tensor, "1 1 height width"] | None
    palette: Palette


def scene(subject: Subject, size: Size, options: NearestOptions) -> Scene:
    """A subject at its own size or a smaller one."""
    styles = [_sized(style, size, subject, options).samples for style in subject.styles]
    turns = range(4) if options.rotations else range(1)
    shares, keep = mask_shares(subject), subject.keep
    painted = _painted(subject)
    return Scene(
        [[_turned(each, turn) for each in style for turn in turns] for style in styles],
        None if shares is None else averaged(shares, size),
        [style.weight for style in subject.styles],
        None if keep is None else Kept(averaged(subject.content, size), averaged(keep, size)),
        None if painted is None else averaged(painted, size),
        _palette(styles, _parts(subject)),
    )


def kept_content(subject: Subject, options: NearestOptions) -> Float[Tensor, "1 3 height width"]:
    """The photograph for features: in the colors of the styles if the options say recolor.

    The authors' program does not recolor it. Here the picture starts with the style's colors, so
    the photograph must have them, too.
    """
    if options.init != "recolor":
        return subject.content
    palettes = map(palette_of, subject.styles)
    moved = torch.stack(
        [with_palette(subject.content, each, subject.alpha) for each in palettes], 1
    )
    shares = torch.tensor(_parts(subject)).view(1, -1, 1, 1).to(moved)
    if subject.masks is not None:
        shares = normalized_masks(subject.masks)
    mixed = (moved * shares[:, :, None]).sum(1)
    return gray(mixed).clone() if subject.colorless else mixed


def mask_shares(subject: Subject) -> Float[Tensor, "1 styles height width"] | None:
    """The share of each style at every pixel by the masks, 0 where the photograph is kept.

    None without masks: several styles then go where they fit best, a single style everywhere.
    """
    masks, keep = subject.masks, subject.keep
    if masks is not None:
        shares = normalized_masks(masks)
        return shares if keep is None else shares * (1 - keep)
    return 1 - keep if keep is not None and len(subject.styles) == 1 else None


def normalized_masks(
    masks: Float[Tensor, "1 styles height width"],
) -> Float[Tensor, "1 styles height width"]:
    """Masks normalized to sum to 1; all styles share uncovered positions."""
    total = masks.sum(1, keepdim=True)
    return torch.where(total > _NOTHING, masks / total.clamp_min(_NOTHING), 1 / masks.shape[1])


def _sized(style: Style, size: Size, subject: Subject, options: NearestOptions) -> Style:
    # Never enlarged, which would blur the strokes.
    whole = max(size_of(subject.content))
    wanted = options.style_size or options.style_scale * whole
    side = max(_LEAST_STYLE, round(wanted * max(size) / whole))

    def sized(image: Tensor, part: Tensor | None) -> Sample:
        own = size_of(image)
        smaller = fitted_size(own, min(max(own), side))
        return at(image, smaller), None if part is None else at(part, smaller)

    return style.mapped(sized)


def _palette(styles: Sequence[Sequence[Sample]], shares: Sequence[float]) -> Palette:
    images, parts = zip(*(each for style in styles for each in style), strict=True)
    pairs = zip(styles, shares, strict=True)
    weights = [share / len(style) for style, share in pairs for _ in style]
    return mixed_palette(images, weights, parts)


def _turned(sample: Sample, turn: int) -> Sample:
    image, part = (None if each is None else each.rot90(turn, (2, 3)) for each in sample)
    assert image is not None
    return image.contiguous(), part


def _parts(subject: Subject) -> tuple[float, ...]:
    """The share of the picture of each style; the shares sum to 1."""
    weights = tuple(style.weight for style in subject.styles)
    if subject.masks is not None:
        weights = tuple(normalized_masks(subject.masks).mean((0, 2, 3)).tolist())
    return tuple(weight / sum(weights) for weight in weights)


def _painted(subject: Subject) -> Tensor | None:
    keep, alpha = subject.keep, subject.alpha
    parts = [each for each in (None if keep is None else 1 - keep, alpha) if each is not None]
    return math.prod(parts, start=torch.ones_like(parts[0])) if parts else None
