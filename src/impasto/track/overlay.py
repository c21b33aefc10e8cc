"""Plot the losses of several runs over one another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from impasto.files import shown
from impasto.step import PROMINENT
from impasto.track.loss_table import read_losses
from impasto.track.plot import FAINT, INK, dress, is_spread, new_figure, number_axis, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

COLORS: Final = (
    "#1f6f8b", "#c8553d", "#7a9e57", "#9b6fa6", "#c79a2b", "#33312e", "#5b7fc7", "#a0705c",
)  # fmt: skip
"""Colors of the first label's values; neighbors differ in lightness too."""

DASHES: Final[Sequence[str | tuple[int, tuple[float, ...]]]] = (
    "-", (0, (5, 2)), (0, (1, 1.4)), (0, (6, 2, 1, 2)), (0, (3, 1, 1, 1, 1, 1)),
)  # fmt: skip
"""Line styles of the second label's values."""

PANEL: Final = (470, 460)
"""Width and height of one panel in pixels, including its axis labels."""

_LEGEND: Final = 230

_SPAN: Final = 1e5
"""Largest ratio of the losses that are shown."""

_RARE, _FEW = 0.015, 0.05
"""Shares of the largest and smallest values that may be cut off, but not the end of a run."""

Place: TypeAlias = Literal["outside right upper", "outside right lower"]


@dataclass(frozen=True)
class Curve:
    """One run: its table of losses, and what distinguishes it from the others.

    Attributes:
        table: The file that `LossTable` wrote.
        label: Determines the color.
        second: Determines the line style.
    """

    table: Path
    label: str
    second: str = ""


def plot_overlaid(
    curves: Sequence[Curve],
    png_path: Path,
    *,
    names: tuple[str, str] = ("", ""),
    losses: Sequence[str] = ("content", "style", "total"),
) -> None:
    """Plot losses of several runs: a panel per loss, a line per run.

    A loss that falls by orders of magnitude gets a log axis, where zeros leave a gap.

    Args:
        curves: At least one.
        png_path: The picture.
        names: The titles of labels and second labels in the legend.
        losses: The losses to plot.

    Raises:
        RunError: A table is missing.
    """
    tables = [read_losses(each.table) for each in curves]
    wide = PANEL[0] if len(losses) > 1 else round(1.6 * PANEL[0])
    lines = len({each.label for each in curves}) + len({each.second for each in curves})
    size = wide * len(losses) + _LEGEND, max(PANEL[1], 22 * lines + 120)
    figure = new_figure(*size, w_pad=0.12, wspace=0.03)
    panels = figure.subplots(1, len(losses), squeeze=False)[0]
    for axes, name in zip(panels, losses, strict=True):
        _draw(axes, curves, tables, name)
    _add_legends(figure, curves, names)
    save(figure, png_path)


def _draw(
    axes: Axes,
    curves: Sequence[Curve],
    tables: Sequence[Mapping[str, Sequence[float]]],
    name: str,
) -> None:
    from matplotlib.ticker import MaxNLocator

    series = [table.get(name, ()) for table in tables]
    logarithmic = is_spread(series)
    colors, dashes = _styles(curves)
    for curve, table, own in zip(curves, tables, series, strict=True):
        values = [value if value > 0 or not logarithmic else math.nan for value in own]
        marker = "o" if len(values) == 1 else None
        axes.plot(
            table["step"][: len(values)], values, color=colors[curve.label],
            linestyle=dashes[curve.second], linewidth=1.7, marker=marker, markersize=4,
        )  # fmt: skip
    last = max(value for table in tables for value in table["step"])
    axes.set_xlim(min(1, last - 1), last)
    number_axis(axes, logarithmic=logarithmic)
    if logarithmic:
        low, high = _shown_range([[value for value in each if value > 0] for each in series])
        axes.set_ylim(low / 1.3, high * 1.3)
    title = f"{name} loss" if name in PROMINENT else name
    axes.set_title(title, loc="left", color=INK, fontsize=12, fontweight="bold")
    axes.set_xlabel("step", color=INK)
    axes.set_ylabel(f"{title} (log scale)" if logarithmic else title, color=INK)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    dress(axes)


def _shown_range(series: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The range of nearly all values, including the first and last of every run.

    A single jump of L-BFGS, or a content loss near 0 where the photograph is the first image,
    would compress everything else.
    """
    import numpy as np

    values = [value for each in series for value in each]
    low = float(np.quantile(values, _FEW, method="lower"))
    high = float(np.quantile(values, 1 - _RARE, method="higher"))
    high = max(high, *(each[0] for each in series if each))
    ends = min(each[-1] for each in series if each)
    return max(min(low, ends), high / _SPAN), high


def _styles(
    curves: Sequence[Curve],
) -> tuple[dict[str, str], dict[str, str | tuple[int, tuple[float, ...]]]]:
    labels = list(dict.fromkeys(each.label for each in curves))
    seconds = list(dict.fromkeys(each.second for each in curves))
    colors = {label: COLORS[number % len(COLORS)] for number, label in enumerate(labels)}
    dashes = {second: DASHES[number % len(DASHES)] for number, second in enumerate(seconds)}
    return colors, dashes


def _add_legends(figure: Figure, curves: Sequence[Curve], names: tuple[str, str]) -> None:
    """Colors above, line styles below, each with its title."""
    colors, dashes = _styles(curves)
    _legend(figure, "outside right upper", names[0], [_line(*each, "-") for each in colors.items()])
    if len(dashes) > 1:
        lines = [_line(second, FAINT, dash) for second, dash in dashes.items()]
        _legend(figure, "outside right lower", names[1], lines)


def _legend(figure: Figure, place: Place, name: str, lines: list[Line2D]) -> None:
    look: dict[str, Any] = {"weight": "bold", "size": 10}
    options: dict[str, Any] = {"title": name or None, "title_fontproperties": look}
    figure.legend(
        handles=lines, loc=place, frameon=False, labelcolor=INK, fontsize=10,
        handlelength=2.6, alignment="left", **options,
    )  # fmt: skip


def _line(label: str, color: str, dash: Any) -> Line2D:
    from matplotlib.lines import Line2D

    # Text between two dollar signs would be read as a formula. Legends hide labels that begin with
    # an underscore, which a thin space prevents.
    text = shown(label).replace("$", r"\$")
    return Line2D([], [], color=color, linestyle=dash, linewidth=2, label=f"\u200a{text}")
