"""Keep the photograph's colors: recolor the inputs before painting, or the result afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from impasto.methods.subject import Sample, Style
from impasto.nn.resize import Size, crop_fitted, resized, size_of
from impasto.options.shared import SharedOptions
from impasto.pixels.kept_color import (
    PALETTES,
    color_kept,
    faded,
    luminance_kept,
    luminance_matched,
)

FloatArray = NDArray[np.float32]


def colors_brought_in(
    styles: list[Style], content: Tensor, alpha: Tensor | None, options: SharedOptions
) -> tuple[list[Style], Tensor]:
    """Style images and photograph, recolored if ``options`` keep colors before painting.

    The palette methods give each style image the photograph's palette. ``luminance`` makes all of
    them gray and matches the styles to the photograph's luminance, in part if the strength is below
    1.
    """
    how, strength = options.keep_color, options.color_strength
    if how == "none" or options.color_stage == "after" or strength == 0:
        return styles, content
    photograph, opacity = _pixels(content), None if alpha is None else alpha[0, 0].numpy()

    def matched(image: Tensor, part: Tensor | None) -> Sample:
        image, weights = image.clone(), None if part is None else part[0, 0].numpy()
        if how == "luminance":
            luminance_matched(_pixels(image), photograph, strength, weights, opacity)
        else:
            PALETTES[how](_pixels(image), photograph, strength, weights, opacity)
        return image, part

    styles = [each.mapped(matched) for each in styles]
    if how == "luminance":
        content = content.clone()
        faded(_pixels(content), strength)
    return styles, content


@dataclass(frozen=True, eq=False)
class ColorsGiven:
    """Gives a painted image (1, 3, h, w) the photograph's colors, in place, on the CPU.

    Attributes:
        content: The photograph, (1, 3, H, W), at full size, on the CPU.
        alpha: Its opacity.
        keep: Where the picture stays photographic.
        options: The way colors are kept, and the shape of the result.
    """

    content: Tensor
    alpha: Tensor | None
    keep: Tensor | None
    options: SharedOptions

    def __call__(self, image: Tensor) -> Tensor:
        """The recolored image, on the CPU."""
        result, options, size = image.cpu(), self.options, size_of(image)
        photograph = self._fitted(self.content, size)
        strength = options.color_strength
        if options.color_stage == "before":
            # At full strength it should have no colors of its own.
            own = 0.0 if strength == 1 else 1.0
            luminance_kept(_pixels(result), _pixels(photograph), strength, own)
            return result
        alpha = None if self.alpha is None else self._fitted(self.alpha, size)[0, 0].numpy()
        color_kept(_pixels(result), _pixels(photograph), options.keep_color, strength, alpha)
        if self.keep is not None:
            # The palette was matched over the whole picture; photographic parts keep their colors.
            share = resized(self.keep.cpu(), size).clamp(0, 1)
            result += share * (photograph - result)
        return result

    def _fitted(self, image: Tensor, size: Size) -> Tensor:
        fit = resized if self.options.crop_fit is None else crop_fitted
        return fit(image, size).clamp(0, 1)


def colors_after(
    content: Tensor, alpha: Tensor | None, keep: Tensor | None, options: SharedOptions
) -> ColorsGiven | None:
    """The function that gives a painted picture the photograph's colors; None if not asked for."""
    before = options.color_stage == "before" and options.keep_color != "luminance"
    if options.keep_color == "none" or options.color_strength == 0 or before:
        return None
    return ColorsGiven(content, alpha, keep, options)


def _pixels(image: Tensor) -> FloatArray:
    """A view of a CPU image as (H, W, 3)."""
    pixels: FloatArray = image[0].permute(1, 2, 0).numpy()
    return pixels
