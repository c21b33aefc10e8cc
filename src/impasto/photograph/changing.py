"""Change the options of a painting on the way."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

import torch
from torch import Tensor

from impasto.errors import OptionError
from impasto.methods.painting import Painting
from impasto.nn.resize import resized, size_of
from impasto.options.shared import SharedOptions
from impasto.photograph.painter import Painter
from impasto.photograph.settled import Settled
from impasto.pixels.kept_color import luminance_kept

CHANGEABLE: Final = (
    "strength",
    "style_weight",
    "content_weight",
    "style_weights",
    "total_variation_weight",
    "keep_color",
    "color_strength",
    "style_scale",
)
"""Options that may change during a painting; none affects its sizes or steps."""


def changed(
    painter: Painter, painting: Painting, content: Settled, options: SharedOptions
) -> tuple[Painter, Painting, Settled]:
    """Continue a painting from its current image and step with other options.

    If ``keep_color`` changes, the image keeps its luminance and gets the colors of the new options'
    first image, because optimization alone restores colors slowly. Do not use the old painting
    afterward.

    Raises:
        OptionError: An option differs that cannot be changed during a painting.
        MemoryEstimateError: It would not fit into memory.
    """
    check_changeable(painter.options, options)
    other = Painter(painter.inputs, options, painter.stylizer.weights)
    photograph = other.settle(content.source)
    begun = other.begin(photograph)
    state = painting.state_dict()
    image = state["canvas"]["image"]
    if options.keep_color != painter.options.keep_color:
        image = _in_colors_of(image, begun.stages.kept)
    begun.take_over(image, int(state["number"]))
    return other, begun, photograph


def check_changeable(before: SharedOptions, after: SharedOptions) -> None:
    """Raise an OptionError unless only options in CHANGEABLE differ, and the method is gatys."""
    if before.method != "gatys":
        raise OptionError("method", "gatys, as only its options can change", before.method)
    for field in fields(before):
        value = getattr(after, field.name, None)
        if field.name not in CHANGEABLE and value != getattr(before, field.name):
            expected = f"{getattr(before, field.name)!r}, as it cannot change during a painting"
            raise OptionError(field.name, expected, value)


def _in_colors_of(image: Tensor, other: Tensor) -> Tensor:
    result = image.detach().clamp(0, 1).cpu().clone()
    colors = resized(other.cpu(), size_of(result)).clamp(0, 1)
    with torch.no_grad():
        luminance_kept(result[0].permute(1, 2, 0).numpy(), colors[0].permute(1, 2, 0).numpy())
    return result
