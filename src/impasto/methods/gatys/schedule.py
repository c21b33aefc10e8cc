"""The order of a painting's stages: from coarse to fine, strokes before structure.

An enlarged picture lacks fine structure: strokes, which the first blocks of the network can paint
alone, at two fifths of the cost of a whole step. They are used first, and keep the picture close to
the result of the coarser size; the whole network then has little to correct. In large pictures it
is not needed at all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from impasto.methods.painting import COARSE_SHARE, Stage, steps_per_size
from impasto.nn.resize import Size, pyramid_sizes
from impasto.nn.tiles import block_of
from impasto.options.gatys import GatysOptions

_BLOCKS: Final = 3
_HELD: Final = "conv3_1"
"""The layer that keeps a picture close to its first image in stages of the first blocks."""
_HOLD: Final = 0.6
"""Share of the content weight there: with the whole weight fewer strokes come out."""
_COARSE_SHARE: Final = 1.35
"""Ratio of the steps at a size to those at the next finer one. It is below that of other paintings,
as most steps at the finer sizes are cheap."""


def stage_order(size: Size, options: GatysOptions) -> tuple[Stage, ...]:
    """The stages of a painting of a size, with all steps divided among them."""
    sizes = pyramid_sizes(size, options.coarsest)
    if options.init == "instant":
        sizes = sizes[-2:]  # smaller ones would lose its strokes
    can_be_shallow = bool(_shallow_layers(options))
    beyond = [bool(options.deep_size) and max(each) > options.deep_size for each in sizes]
    share = _COARSE_SHARE if can_be_shallow and options.shallow else COARSE_SHARE
    steps = steps_per_size(options.steps, len(sizes), 1 + sum(beyond) * can_be_shallow, share)
    order: list[Stage] = []
    for each, count, is_beyond in zip(
        sizes[-len(steps) :], steps, beyond[-len(steps) :], strict=True
    ):
        strokes = 0
        if order and can_be_shallow:
            strokes = count if is_beyond else min(round(count * options.shallow), count - 1)
        order += [Stage(each, strokes, shallow=True)] * (strokes > 0)
        order += [Stage(each, count - strokes)] * (count > strokes)
    return tuple(order)


def shallow_options(options: GatysOptions) -> GatysOptions:
    """The options of the stages of the first blocks."""
    layers = _shallow_layers(options)
    weights = options.style_layer_weights[: len(options.style_layers)]
    kept = [options.style_layers.index(name) for name in layers]
    return replace(
        options,
        content_layers=(_HELD,),
        content_weight=_HOLD * options.content_weight,
        style_layers=layers,
        style_layer_weights=tuple(weights[index] for index in kept) if weights else (),
        content_form="relative",
        pixel_weight=0.0,
    )


def options_of(stage: Stage, options: GatysOptions) -> GatysOptions:
    """The options of a stage."""
    return shallow_options(options) if stage.shallow else options


def _shallow_layers(options: GatysOptions) -> tuple[str, ...]:
    """The style layers in the first blocks; none if these cannot or need not be used alone."""
    named = (*options.content_layers, *options.style_layers)
    is_deeper = any(block_of(each) >= _BLOCKS for each in named)
    if not (is_deeper and options.content_weight and options.style_form == "relative"):
        return ()
    return tuple(each for each in options.style_layers if block_of(each) < _BLOCKS)
