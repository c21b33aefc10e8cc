"""A subject at one size of the painting, and how the painting begins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.methods.nearest.guide import fitted_map, mask_shares, normalized_masks
from impasto.methods.nearest.palette import Palette, mixed_palette
from impasto.methods.nearest.subject import Subject
from impasto.nn.color import gray, recolored
from impasto.nn.pyramid import Size, fitted_size, resized, size_of
from impasto.options.nearest import NearestOptions

_LEAST_STYLE: Final = 16
"""Longer side below which no style image is shrunk, so that there are columns to choose from."""

Turned = Sequence[Tensor]
"""A style image, (1, 3, h, w), and its turned copies if they are to be looked at."""


@dataclass(frozen=True)
class Kept:
    """What stays photographic: the photograph, (1, 3, h, w), and where, (1, 1, h, w)."""

    content: Float[Tensor, "1 3 height width"]
    where: Float[Tensor, "1 1 height width"]


@dataclass(frozen=True)
class Scene:
    """A subject at one size.

    Attributes:
        styles: The style images, each with its turned copies.
        shares: Part of each style at every pixel, (1, styles, h, w), less what is kept, or None to
            let the features decide.
        weights: Of the styles, where ``shares`` is None.
        kept: What stays photographic, or None.
        painted: The pixels that speak for the colors, (1, 1, h, w), or None for all.
        palette: The styles' colors.
    """

    styles: Sequence[Turned]
    shares: Float[Tensor, "1 styles height width"] | None
    weights: Sequence[float]
    kept: Kept | None
    painted: Float[Tensor, "1 1 height width"] | None
    palette: Palette


def scene(subject: Subject, size: Size, options: NearestOptions) -> Scene:
    """A subject at a size that is its own or smaller."""
    styles = [_sized(style, size, subject, options) for style in subject.styles]
    turns = range(4) if options.rotations else range(1)
    shares, keep = mask_shares(subject), subject.keep
    painted = _painted(subject)
    return Scene(
        [[style.rot90(turn, (2, 3)).contiguous() for turn in turns] for style in styles],
        None if shares is None else fitted_map(shares, size),
        options.style_weights,
        None if keep is None else Kept(fitted_map(subject.content, size), fitted_map(keep, size)),
        None if painted is None else fitted_map(painted, size),
        mixed_palette(styles, _parts(subject, options)),
    )


def kept_content(
    subject: Subject, options: NearestOptions, *, colorless: bool
) -> Float[Tensor, "1 3 height width"]:
    """The photograph as it is looked at: in the colors of the styles where options say recolor.

    The authors' program looks at it as it is. Here the picture has the style's
    colors from the beginning, and so has what it is compared with.
    """
    if options.init != "recolor":
        return subject.content
    moved = torch.stack(
        [recolored(subject.content, style, subject.alpha) for style in subject.styles], 1
    )
    shares = torch.tensor(_parts(subject, options)).view(1, -1, 1, 1).to(moved)
    if subject.masks is not None:
        shares = normalized_masks(subject.masks)
    mixed = (moved * shares[:, :, None]).sum(1)
    return gray(mixed).clone() if colorless else mixed


def first_image(
    subject: Subject,
    kept: Float[Tensor, "1 3 height width"],
    size: Size,
    generator: torch.Generator,
    options: NearestOptions,
) -> Float[Tensor, "1 3 _height2 _width2"]:
    """What the painting begins from, clamped to [0, 1].

    Args:
        subject: Photograph and styles.
        kept: The photograph as :func:`kept_content` gives it.
        size: Of the first stage.
        generator: Of noise.
        options: The recipe.
    """
    if options.init == "noise" and subject.init is None:
        return torch.rand(1, 3, *size, generator=generator).to(kept.device)
    first = subject.styles[0] if options.init == "style" else kept
    return resized(first if subject.init is None else subject.init, size).clamp(0, 1)


def _sized(style: Tensor, size: Size, subject: Subject, options: NearestOptions) -> Tensor:
    # Never enlarged: that would add blur to the strokes.
    own, whole = size_of(style), max(size_of(subject.content))
    wanted = options.style_size or options.style_scale * whole
    side = max(_LEAST_STYLE, round(wanted * max(size) / whole))
    return resized(style, fitted_size(own, min(max(own), side))).clamp(0, 1)


def _parts(subject: Subject, options: NearestOptions) -> tuple[float, ...]:
    """How much of the picture each style gets; the parts sum to 1."""
    weights = options.style_weights or (1.0,) * len(subject.styles)
    if subject.masks is not None:
        weights = tuple(normalized_masks(subject.masks).mean((0, 2, 3)).tolist())
    return tuple(weight / sum(weights) for weight in weights)


def _painted(subject: Subject) -> Tensor | None:
    keep, alpha = subject.keep, subject.alpha
    seen = [each for each in (None if keep is None else 1 - keep, alpha) if each is not None]
    return math.prod(seen, start=torch.ones_like(seen[0])) if seen else None
