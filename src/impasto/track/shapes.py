"""Boxes and arrows of a diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impasto.track.plot import FAINT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def box(
    axes: Axes,
    corner: tuple[float, float],
    size: tuple[float, float],
    fill: str,
    *,
    edge: str = "none",
    idle: bool = False,
) -> None:
    """A rectangle; one that is idle is only outlined, in dashes.

    Args:
        axes: In pixels.
        corner: Lower left.
        size: Width and height.
        fill: Color.
        edge: Color of the outline.
        idle: Whether it takes no part.
    """
    from matplotlib.patches import Rectangle

    line = (0, (2, 2)) if idle else "-"
    edge = FAINT if idle else edge
    axes.add_patch(
        Rectangle(corner, *size, facecolor=fill, edgecolor=edge, linewidth=1.3, linestyle=line)
    )


def arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    color: str,
    *,
    dashed: bool = False,
) -> None:
    """A straight arrow from one point to another."""
    from matplotlib.patches import FancyArrowPatch

    line = (0, (5, 3)) if dashed else "-"
    look: dict[str, Any] = {"color": color, "linewidth": 1.3, "linestyle": line}
    drawn = FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=11, shrinkA=0, shrinkB=0)
    drawn.set(**look)
    axes.add_patch(drawn)
