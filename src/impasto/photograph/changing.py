"""A painting that goes on under another recipe."""

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
    "style_weight",
    "content_weight",
    "style_weights",
    "total_variation_weight",
    "keep_color",
    "color_strength",
    "style_scale",
)
"""Options that may become others while it is painted: none of them moves a size or a step."""


def changed(
    painter: Painter, painting: Painting, content: Settled, options: SharedOptions
) -> tuple[Painter, Painting, Settled]:
    """Let a painting go on from its present picture and step under other options.

    Where colors were kept otherwise before, the picture keeps its light and dark and takes the
    colors that it would have begun with: gradients alone take long to bring colors back.

    Args:
        painter: The painting's.
        painting: Not done; it is not to be used any more.
        content: Its photograph.
        options: As they are to be from now on.

    Returns:
        The painter, the painting and the settled photograph that take their places.

    Raises:
        OptionError: One that cannot be changed on the way is another.
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
    """See that two recipes differ only in what may change on the way.

    Raises:
        OptionError: They differ elsewhere, or the method cannot change at all.
    """
    if before.method != "gatys":
        raise OptionError("method", "gatys, the one whose recipe can change", before.method)
    for field in fields(before):
        value = getattr(after, field.name, None)
        if field.name not in CHANGEABLE and value != getattr(before, field.name):
            expected = f"{getattr(before, field.name)!r}, as it cannot change while it is painted"
            raise OptionError(field.name, expected, value)


def _in_colors_of(image: Tensor, other: Tensor) -> Tensor:
    result = image.detach().clamp(0, 1).cpu().clone()
    colors = resized(other.cpu(), size_of(result)).clamp(0, 1)
    with torch.no_grad():
        luminance_kept(result[0].permute(1, 2, 0).numpy(), colors[0].permute(1, 2, 0).numpy())
    return result
