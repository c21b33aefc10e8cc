"""The inputs of a painting, fitted to the shape of the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.errors import OptionError
from impasto.nn.color import Palette, color_statistics, is_gray, mixed
from impasto.nn.resize import Resize, Size, blurred, crop_fitted, fitted_size, resized, size_of
from impasto.options.shared import LARGEST, SharedOptions

Sample: TypeAlias = tuple[Tensor, Tensor | None]
"""A style image, and the part of it to use."""


@dataclass(frozen=True)
class Style:
    """A style: an image or several, and where it goes.

    Attributes:
        image: (1, 3, h, w) sRGB in [0, 1], at any size.
        weight: Its weight relative to the other styles.
        mask: Where in the photograph it goes, from 0 to 1, or None for everywhere.
        part: The part of the image to use, (1, 1, h, w) from 0 to 1, or None for all of it.
        others: Further images of the style, each with its part.
    """

    image: Float[Tensor, "1 3 _height2 _width2"]
    weight: float = 1.0
    mask: Float[Tensor, "1 1 height width"] | None = None
    part: Float[Tensor, "1 1 _height2 _width2"] | None = None
    others: tuple[Sample, ...] = ()

    @property
    def samples(self) -> tuple[Sample, ...]:
        """All its images, which count equally."""
        return ((self.image, self.part), *self.others)

    def mapped(self, function: Callable[[Tensor, Tensor | None], Sample]) -> Style:
        """The style with a function applied to each image and its part."""
        (image, part), *others = [function(*each) for each in self.samples]
        return replace(self, image=image, part=part, others=tuple(others))


@dataclass(frozen=True)
class Subject:
    """The inputs of a painting; all except the style images have the size of the result.

    Attributes:
        content: The photograph, (1, 3, H, W) sRGB in [0, 1].
        styles: One or more.
        init: The first image if it comes from a file, otherwise None.
        alpha: Opacity of the photograph, from 0 to 1, or None if opaque.
        keep: Where the photograph stays unchanged, from 0 to 1, or None for nowhere.
        faces: Where and how much faces are preserved, from 0 to 1, or None for nowhere.
    """

    content: Float[Tensor, "1 3 height width"]
    styles: tuple[Style, ...]
    init: Float[Tensor, "1 3 height width"] | None = None
    alpha: Float[Tensor, "1 1 height width"] | None = None
    keep: Float[Tensor, "1 1 height width"] | None = None
    faces: Float[Tensor, "1 1 height width"] | None = None

    @property
    def colorless(self) -> bool:
        """Whether no style has colors."""
        samples = [each for style in self.styles for each in style.samples]
        return all(is_gray(image if part is None else image * part) for image, part in samples)

    @property
    def masks(self) -> Float[Tensor, "1 styles height width"] | None:
        """The masks of all styles; None without masks."""
        masks = [style.mask for style in self.styles if style.mask is not None]
        return torch.cat(masks, 1) if masks else None


def styles_of(
    images: Tensor | Sequence[Tensor | Style], options: SharedOptions, device: torch.device
) -> tuple[Style, ...]:
    """Styles with their weights, cropped to the result's shape if the options ask for it.

    Raises:
        OptionError: There is not one weight per style.
    """
    given = [images] if isinstance(images, Tensor) else images
    weights = options.style_weights or (1.0,) * len(given)
    if len(weights) != len(given):
        raise OptionError("style_weights", f"one for each of the {len(given)} styles", weights)

    def placed(image: Tensor, part: Tensor | None) -> Sample:
        both = image.to(device), None if part is None else part.to(device)
        if options.crop_fit is None:
            return both
        size = options.crop_fit[::-1]
        return _cut(both[0], size), None if both[1] is None else _cut(both[1], size)

    styles = [each if isinstance(each, Style) else Style(each) for each in given]
    pairs = zip(styles, weights, strict=True)
    return tuple(replace(style.mapped(placed), weight=weight) for style, weight in pairs)


def subject_of(
    content: Tensor,
    styles: Sequence[Style],
    size: Size,
    options: SharedOptions,
    *,
    init: Tensor | None,
    alpha: Tensor | None,
    masks: Sequence[Tensor] | None,
    keep: Tensor | None,
    faces: Tensor | None = None,
    resize: Resize = resized,
) -> Subject:
    """A subject from images of any size, on the device of the styles.

    Args:
        content: The photograph.
        styles: Without masks.
        size: The size of the result.
        options: The shape of the result, and whether masks are inverted and feathered.
        init: The first image.
        alpha: Opacity of the photograph.
        masks: One per style, in the same order.
        keep: Where the photograph stays unchanged.
        faces: Where faces are preserved.
        resize: Of the photograph and the first image; masks would ring at edges.

    Raises:
        OptionError: There is not one mask per style.
    """
    device = styles[0].image.device

    def fitted(image: Tensor, resize: Resize = resized) -> Tensor:
        image = image.to(device)
        if options.crop_fit is None:
            return resize(image, size).clamp(0, 1)
        return crop_fitted(image, size, resize).clamp(0, 1)

    def finished(mask: Tensor) -> Tensor:
        place = fitted(mask)
        return blurred(1 - place if options.invert_masks else place, options.feather)

    if masks is not None:
        if len(masks) != len(styles):
            raise OptionError("masks", f"one for each of the {len(styles)} styles", len(masks))
        pairs = zip(styles, masks, strict=True)
        styles = [replace(style, mask=finished(mask)) for style, mask in pairs]
    return Subject(
        fitted(content, resize),
        tuple(styles),
        None if init is None else fitted(init, resize),
        None if alpha is None else fitted(alpha),
        None if keep is None else finished(keep),
        None if faces is None else fitted(faces),
    )


def palette_of(style: Style) -> Palette:
    """Mean and covariance of the colors of all its images, within their parts."""
    return mixed([color_statistics(image, part) for image, part in style.samples])


def result_size(size: Size, options: SharedOptions) -> Size:
    """The size of a painting of a photograph of this size; ``options.size`` must be a number."""
    if options.crop_fit is not None:
        return options.crop_fit[::-1]
    if options.size == LARGEST:
        raise ValueError("the largest size that fits in memory is unknown here")
    return fitted_size(size, options.size or max(size))


def at(image: Float[Tensor, "1 c _height _width"], size: Size) -> Float[Tensor, "1 c _h2 _w2"]:
    """An image in [0, 1] at a size; the same tensor if it has that size."""
    return image if size_of(image) == size else resized(image, size).clamp_(0, 1)


def _cut(style: Tensor, size: Size) -> Tensor:
    # To the shape of the result, but never enlarged, which would blur the strokes.
    own = size_of(style)
    scale = min(1.0, own[0] / size[0], own[1] / size[1])
    smaller = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    return crop_fitted(style, smaller).clamp(0, 1)
