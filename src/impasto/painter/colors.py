"""The photograph's colors kept: brought into what is painted, or into what has been painted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from impasto.methods import Painting
from impasto.nn.kept_color import (
    PALETTES,
    color_kept,
    faded,
    luminance_kept,
    luminance_matched,
)
from impasto.nn.pyramid import Size, crop_fitted, resized, size_of
from impasto.options.shared import SharedOptions
from impasto.step import Step
from impasto.success import Failures

FloatArray = NDArray[np.float32]


def colors_brought_in(
    styles: list[Tensor], content: Tensor, alpha: Tensor | None, options: SharedOptions
) -> tuple[list[Tensor], Tensor]:
    """Styles and photograph as they are painted where its colors are kept before painting.

    With a palette the styles get the photograph's. In luminance all become gray, the styles with
    the photograph's light and dark; with less than full strength they fade towards that.
    """
    how, strength = options.keep_color, options.color_strength
    if how == "none" or options.color_stage == "after" or strength == 0:
        return styles, content
    styles = [each.clone() for each in styles]
    photograph, opacity = _pixels(content), None if alpha is None else alpha[0, 0].numpy()
    for style in styles:
        if how == "luminance":
            luminance_matched(_pixels(style), photograph, strength, opacity)
        else:
            PALETTES[how](_pixels(style), photograph, strength, None, opacity)
    if how == "luminance":
        content = content.clone()
        faded(_pixels(content), strength)
    return styles, content


def colored(
    painting: Painting, content: Tensor, alpha: Tensor | None, options: SharedOptions
) -> Painting:
    """The painting itself, or one whose pictures are given the photograph's colors."""
    before = options.color_stage == "before" and options.keep_color != "luminance"
    if options.keep_color == "none" or options.color_strength == 0 or before:
        return painting
    return ColoredPainting(painting, content, alpha, options)


@dataclass(frozen=True, eq=False)
class ColoredPainting:
    """A painting whose pictures are given the photograph's colors as they are looked at.

    What is optimized does not know of it, nor does a checkpoint.

    Attributes:
        painting: The painting.
        content: The photograph, (1, 3, H, W), of its own size and on the processor.
        alpha: Its opacity.
        recipe: How colors are kept, and the shape of the result.
    """

    painting: Painting
    content: Tensor
    alpha: Tensor | None
    recipe: SharedOptions

    @property
    def number(self) -> int:
        """Steps taken."""
        return self.painting.number

    @property
    def done(self) -> bool:
        """Whether every step has been taken."""
        return self.painting.done

    @property
    def failures(self) -> Failures:
        """Of the painting."""
        return self.painting.failures

    @property
    def options(self) -> Any:
        """The recipe of the painting."""
        return self.painting.options

    @property
    def network(self) -> Any:
        """The feature extractor."""
        return self.painting.network

    @property
    def subject(self) -> Any:
        """What it is made from."""
        return self.painting.subject

    @property
    def image(self) -> Tensor:
        """The picture so far, in its colors."""
        return self._with_colors(self.painting.image)

    def advance(self) -> Step:
        """Take one step."""
        step = self.painting.advance()
        return replace(step, image=lambda: self._with_colors(step.image()))

    def run(self, on_step: Callable[[Step], None] | None = None) -> Tensor:
        """Advance until done; give the finished picture."""
        while not self.done:
            step = self.advance()
            if on_step is not None:
                on_step(step)
        return self.image

    def marks(self) -> list[tuple[int, str]]:
        """The step at which each size begins."""
        return self.painting.marks()

    def state_dict(self) -> dict[str, Any]:
        """The painting's."""
        return self.painting.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up a state of the painting."""
        self.painting.load_state_dict(state)

    def _with_colors(self, image: Tensor) -> Tensor:
        result = image.cpu()
        photograph = self._fitted(self.content, size_of(image))
        if self.recipe.color_stage == "before":
            # All of its color came from styles that have faded; at full strength none is meant.
            own = 0.0 if self.recipe.color_strength == 1 else 1.0
            luminance_kept(_pixels(result), _pixels(photograph), self.recipe.color_strength, own)
            return result
        self._give_colors(result, photograph)
        return result

    def _give_colors(self, result: Tensor, photograph: Tensor) -> None:
        size = size_of(result)
        alpha = None if self.alpha is None else self._fitted(self.alpha, size)[0, 0].numpy()
        how, strength = self.recipe.keep_color, self.recipe.color_strength
        color_kept(_pixels(result), _pixels(photograph), how, strength, alpha)
        if (keep := self.subject.keep) is not None:
            # Its palette is the whole picture's now; what stays photographic has its own.
            share = resized(keep.cpu(), size).clamp(0, 1)
            result += share * (photograph - result)

    def _fitted(self, image: Tensor, size: Size) -> Tensor:
        fit = resized if self.recipe.crop_fit is None else crop_fitted
        return fit(image, size).clamp(0, 1)


def _pixels(image: Tensor) -> FloatArray:
    """An image on the processor as (H, W, 3), in the same memory."""
    pixels: FloatArray = image[0].permute(1, 2, 0).numpy()
    return pixels
