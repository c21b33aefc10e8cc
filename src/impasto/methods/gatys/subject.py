"""What a painting is made from, and where in it each style goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.nn.color import gray, is_gray, recolored
from impasto.nn.pyramid import Size, fitted_size, resized, size_of
from impasto.options.gatys import PaintOptions


@dataclass(frozen=True)
class Style:
    """One of the pictures whose manner is taken.

    Attributes:
        image: (1, 3, h, w) sRGB in [0, 1], at its own size.
        weight: How much of it there is to be; only its proportion to the others' matters.
        mask: Where in the photograph it goes, from 0 to 1, or None for everywhere.
    """

    image: Float[Tensor, "1 3 _height2 _width2"]
    weight: float = 1.0
    mask: Float[Tensor, "1 1 height width"] | None = None


@dataclass(frozen=True)
class Subject:
    """What a painting is made from, all but the styles' images at the size of the result.

    Attributes:
        content: The photograph, (1, 3, H, W) sRGB in [0, 1].
        styles: One or more.
        init: The first image where it comes from a file, else None.
        alpha: Which pixels of the photograph are there, from 0 to 1, or None for all.
        keep: Where the photograph stays as it is, from 0 to 1, or None for nowhere.
    """

    content: Float[Tensor, "1 3 height width"]
    styles: tuple[Style, ...]
    init: Float[Tensor, "1 3 height width"] | None = None
    alpha: Float[Tensor, "1 1 height width"] | None = None
    keep: Float[Tensor, "1 1 height width"] | None = None

    @property
    def colorless(self) -> bool:
        """Whether no style has colors."""
        return all(is_gray(style.image) for style in self.styles)


def place_of(style: Style, subject: Subject) -> Float[Tensor, "1 1 height width"] | None:
    """Where a style is measured: in its mask, where the photograph is there and is not kept.

    None is everywhere.
    """
    kept = None if subject.keep is None else 1 - subject.keep
    given = [each for each in (style.mask, subject.alpha, kept) if each is not None]
    if not given:
        return None
    place = given[0]
    for each in given[1:]:
        place = place * each
    return None if float(place.min()) >= 1 else place


def blended(
    images: Sequence[Float[Tensor, "1 3 height width"]], subject: Subject
) -> Float[Tensor, "1 3 height width"]:
    """Put one image for each style together: each where its style goes, the photograph elsewhere.

    Where styles overlap their weights decide.
    """
    if len(images) == 1 and subject.styles[0].mask is None and subject.keep is None:
        return images[0]
    total = torch.zeros_like(subject.content)
    shares, masks = torch.zeros_like(total[:, :1]), torch.zeros_like(total[:, :1])
    for style, image in zip(subject.styles, images, strict=True):
        mask = torch.ones_like(masks) if style.mask is None else style.mask
        total.addcmul_(image, mask, value=style.weight)
        shares.add_(mask, alpha=style.weight)
        masks += mask
    total /= shares.clamp_min(1e-12)
    covered = masks.clamp_(max=1).mul_(shares > 0)
    if subject.keep is not None:
        covered *= 1 - subject.keep
    return subject.content.lerp(total, covered)


def kept_content(subject: Subject, options: PaintOptions) -> Float[Tensor, "1 3 height width"]:
    """The photograph as it is to be kept: with ``recolor`` in the colors of the styles.

    Each style recolors the photograph by what it sees of it; see
    :func:`impasto.nn.color.recolored`.
    """
    if options.init != "recolor":
        return subject.content
    images = [
        recolored(subject.content, style.image, place_of(style, subject))
        for style in subject.styles
    ]
    moved = blended(images, subject)
    return gray(moved).clone() if subject.colorless else moved


def subject_at(subject: Subject, size: Size, share: float, options: PaintOptions) -> Subject:
    """A subject at another size; its content may already be of that size.

    Args:
        subject: At the size of the result.
        size: Height and width wanted.
        share: The longer side relative to that of the result.
        options: How large the styles' images are to be.
    """
    styles = tuple(
        Style(_style_image(style.image, size, share, options), style.weight, _at(style.mask, size))
        for style in subject.styles
    )
    return replace(
        subject,
        content=at(subject.content, size),
        styles=styles,
        init=None,
        alpha=_at(subject.alpha, size),
        keep=_at(subject.keep, size),
    )


def at(image: Float[Tensor, "1 c _height _width"], size: Size) -> Float[Tensor, "1 c _h2 _w2"]:
    """An image in [0, 1] at a size; itself, not a copy, when it has it already."""
    return image if size_of(image) == size else resized(image, size).clamp_(0, 1)


def _at(mask: Tensor | None, size: Size) -> Tensor | None:
    return None if mask is None else at(mask, size)


def _style_image(image: Tensor, size: Size, share: float, options: PaintOptions) -> Tensor:
    # Never enlarged: that would add blur to the strokes, and the statistics are means, so that a
    # small style image serves a large picture.
    wanted = max(size) * options.style_scale
    if options.style_size:
        wanted = options.style_size * share
    own = size_of(image)
    return at(image, fitted_size(own, max(1, min(max(own), round(wanted)))))
