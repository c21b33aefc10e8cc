"""What a course asks for: an artwork in each style, and options changed one at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from impasto.errors import ImpastoError, OptionError
from impasto.options.shared import SharedOptions
from impasto.source import Inputs
from impasto.study.grid import (
    Axis,
    Cell,
    Variant,
    axis_over,
    changed,
    check_axes,
    folder_name,
    value_text,
)
from impasto.study.ready import of_gatys, style_layers_axis

LEAST_STYLES: Final = 3
LEAST_CHANGED: Final = 2
"""Numbers of artworks and changed options that the courses ask for."""


@dataclass(frozen=True)
class Course:
    """One photograph in several styles, and in the first of them with options changed.

    Attributes:
        content: The photograph.
        styles: One for each artwork.
        base: The options of the artworks.
        axes: What is changed, one at a time; each includes the value of the artworks.

    Raises:
        ImpastoError: There are too few styles or changed options, or two styles with one name.
        OptionError: A value is invalid or repeated.
    """

    content: Path
    styles: tuple[Path, ...]
    base: SharedOptions
    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        of_gatys(self.base)
        names = [each.stem for each in self.styles]
        if len(names) < LEAST_STYLES:
            raise ImpastoError(
                f"a course asks for artworks in {LEAST_STYLES} styles: --style A B C; "
                f"{len(names)} given"
            )
        if len({each.casefold() for each in names}) < len(names):
            raise OptionError("style", "pictures of different names", " ".join(names))
        if len(self.axes) < LEAST_CHANGED:
            raise ImpastoError(
                f"a course asks for {LEAST_CHANGED} changed options: give another --vary, or none "
                "for content weight and style layers"
            )
        check_axes(self.axes)
        self.cells  # noqa: B018 - so that an invalid value is refused at once

    @cached_property
    def artworks(self) -> tuple[Cell, ...]:
        """The painting in each style."""
        return tuple(self._artwork(style) for style in self.styles)

    def changes(self, axis: Axis) -> tuple[Cell, ...]:
        """The paintings of one changed option in the order of its values, with the artwork."""
        return tuple(self._change(axis, variant) for variant in axis.variants)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every painting once."""
        every = [*self.artworks, *(each for axis in self.axes for each in self.changes(axis))]
        found: dict[str, Cell] = {}
        for each in every:  # artworks come first, so they keep the name of their style
            found.setdefault(each.name, each)
        return tuple(found.values())

    def _artwork(self, style: Path) -> Cell:
        variant = Variant(style.stem, {})
        options = changed(self.base, ())
        return Cell(folder_name(["style"], [variant]), (variant,), options, Inputs((style,)))

    def _change(self, axis: Axis, variant: Variant) -> Cell:
        options = changed(self.base, [variant])
        if options == self.base:
            return replace(self.artworks[0], variants=(variant,))
        name = folder_name([axis.name], [variant])
        return Cell(name, (variant,), options, Inputs(self.styles[:1]))


def usual_axes(shared: SharedOptions) -> tuple[Axis, ...]:
    """The options that are changed when none are named: content weight and style layers."""
    base = of_gatys(shared)
    # In the course's form the content loss is so much smaller than the style loss that ten times
    # its weight makes no visible difference.
    factors = (1.0, 1e4, 1e5) if base.content_form == "quarter-mean" else (0.1, 1.0, 10.0)
    weights = [float(f"{base.content_weight * factor:.6g}") for factor in factors]
    content = axis_over("content_weight", weights)
    every = style_layers_axis(base)
    few = dict.fromkeys([0, len(every.variants) // 2, len(every.variants) - 1])
    return content, Axis(every.name, tuple(every.variants[number] for number in few))


def with_base(axis: Axis, base: SharedOptions) -> Axis:
    """The axis, with the artworks' value in front unless it is there already."""
    if any(changed(base, [each]) == base for each in axis.variants):
        return axis
    own = {name: getattr(base, name) for name in axis.options}
    label = " ".join(value_text(value) for value in own.values())
    return Axis(axis.name, (Variant(label, own), *axis.variants))
