"""Plot the losses of a run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from impasto.errors import RunError
from impasto.files import written_whole
from impasto.step import PROMINENT
from impasto.track.loss_table import LEADING_COLUMNS, read_losses

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE: Final = (1200, 750)
"""Width and height of the plot in pixels."""

DPI: Final = 100

LONG_RUN: Final = 2000
"""Steps from which lines show running means, with the values faint behind them: the losses of a
training vary with every batch."""

INK: Final = "#33312e"
FAINT: Final = "#8a857d"
GRID: Final = "#e6e2db"
PAPER: Final = "#fdfcfa"

COLORS: Final = {"total": INK, "content": "#1f6f8b", "style": "#c8553d"}
"""The main losses; blue and red-orange are distinct for every kind of color vision."""

OTHER_COLORS: Final = ("#7a9e57", "#9b6fa6", "#c79a2b", "#5b7fc7", "#a0705c")

GROUP_COLORS: Final = {"style": "Oranges", "content": "Blues"}

Series = Mapping[str, Sequence[float]]
"""Losses by name; NaN for steps without a value."""


def plot_losses(
    csv_path: Path, png_path: Path, *, title: str = "", marks: Sequence[tuple[int, str]] = ()
) -> None:
    """Plot a table of losses: the main ones above, each group (style by layer) below.

    Losses that fall by orders of magnitude get a log axis, where zeros leave a gap. Lines are
    interrupted at marks; those of more than `LONG_RUN` steps show running means.

    Args:
        csv_path: The file that `LossTable` wrote.
        png_path: The picture, `SIZE` pixels large.
        title: Above the plot.
        marks: Steps at which something changed, such as the size of the picture, with a label.

    Raises:
        RunError: The table is missing, or holds no steps.
    """
    table = read_losses(csv_path)
    if not table.get("step"):
        raise RunError(f"{csv_path} holds no steps to plot")
    save(_figure(table, title, marks), png_path)


def new_figure(width: int, height: int, **spaces: Any) -> Figure:
    """A figure of a size in pixels with a constrained layout."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(h_pad=0.12, **spaces)
    return Figure((width / DPI, height / DPI), dpi=DPI, layout=layout, facecolor=PAPER)


def save(figure: Figure, png_path: Path) -> None:
    """Write a figure, whole or not at all."""
    with written_whole(png_path) as temporary:
        figure.savefig(temporary, format="png", dpi=DPI)


def is_spread(series: Iterable[Sequence[float]]) -> bool:
    """Whether to use a log axis: no negative values, and a range of a factor of 5 or more."""
    finite = [value for values in series for value in values if math.isfinite(value)]
    positive = [value for value in finite if value > 0]
    return bool(positive) and min(finite) >= 0 and max(positive) >= 5 * min(positive)


def dress(axes: Axes) -> None:
    """Apply the style of all plots: background, a light grid, two spines."""
    axes.set_facecolor(PAPER)
    axes.grid(which="major", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(which="both", colors=FAINT, labelcolor=INK, labelsize=9.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(FAINT)


def number_axis(axes: Axes, *, logarithmic: bool) -> None:
    """Make the vertical axis logarithmic or not, its numbers written as `tick` writes them."""
    from matplotlib.ticker import FuncFormatter, LogFormatter

    if not logarithmic:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
        return
    axes.set_yscale("log")
    # LogFormatter chooses which numbers fit, but would write 0.1 as 1e-01.
    chosen = LogFormatter(minor_thresholds=(1.5, 0.5))
    chosen.set_axis(axes.yaxis)
    chosen.set_locs([])
    written = FuncFormatter(lambda value, at: tick(value) if chosen(value, at) else "")
    axes.yaxis.set_major_formatter(written)
    axes.yaxis.set_minor_formatter(written)


def tick(value: float) -> str:
    """A number at an axis: 0.05, 1800, 4e7."""
    text = f"{value:.4g}" if abs(value) < 1e4 else f"{value:.3e}"
    digits, exponent, power = text.partition("e")
    if not exponent:
        return text
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}e{int(power)}"


def _figure(table: Series, title: str, marks: Sequence[tuple[int, str]]) -> Figure:
    table = _broken(table, [step for step, _ in marks])
    steps = table["step"]
    panels = _panels({name: table[name] for name in table if name not in LEADING_COLUMNS})
    figure = new_figure(*SIZE, w_pad=0.15, hspace=0.03)
    ratios = [2.2] + [1.0] * (len(panels) - 1)
    rows = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=ratios)
    for axes, (group, series) in zip(rows[:, 0], panels.items(), strict=True):
        _draw_panel(axes, steps, group, series)
        _draw_marks(axes, marks, labelled=axes is rows[0, 0])
    rows[-1, 0].set_xlabel("step", color=INK)
    first, last = min(steps), max(steps)
    rows[-1, 0].set_xlim(*((first, last) if first < last else (first - 1, last + 1)))
    rows[-1, 0].xaxis.get_major_locator().set_params(integer=True)
    if title:
        figure.suptitle(title, color=INK, fontsize=14, fontweight="bold")
    return figure


def _broken(table: Series, at: Sequence[int]) -> Series:
    """The table with an empty row before each of these steps, which interrupts the lines."""
    before = [row for row, step in enumerate(table["step"]) if row and step in at]
    broken = {name: list(values) for name, values in table.items()}
    for row in reversed(before):
        for name, values in broken.items():
            values.insert(row, values[row] if name == "step" else math.nan)
    return broken


def _panels(losses: Series) -> dict[str, Series]:
    """Losses by group; those without a group come first, under an empty name."""
    main = [name for name in PROMINENT if name in losses]
    main += [name for name in losses if "/" not in name and name not in main]
    panels: dict[str, dict[str, Sequence[float]]] = {"": {name: losses[name] for name in main}}
    for name in losses:
        group, slash, part = name.partition("/")
        if slash:
            panels.setdefault(group, {})[part] = losses[name]
    return {group: series for group, series in panels.items() if series}


def _draw_panel(axes: Axes, steps: Sequence[float], group: str, series: Series) -> None:
    logarithmic = is_spread(series.values())
    for color, (name, values) in zip(_colors(group, list(series)), series.items(), strict=True):
        shown = [value if value > 0 or not logarithmic else math.nan for value in values]
        width = 1.2 if group else 2.6 if name == "total" else 1.8
        if len(steps) > LONG_RUN:
            axes.plot(steps, shown, color=color, linewidth=0.6, alpha=0.2)
            shown = _running_mean(shown, len(steps) // 100)
        # A line of a single step would be invisible.
        marker = "o" if len(steps) == 1 else None
        axes.plot(steps, shown, color=color, linewidth=width, marker=marker, label=_label(name))
    number_axis(axes, logarithmic=logarithmic)
    scale = " (log scale)" if logarithmic else ""
    axes.set_ylabel(f"{_label(group)} loss{scale}".strip(), color=INK)
    dress(axes)
    axes.legend(
        loc="center left", bbox_to_anchor=(1.005, 0.5), frameon=False, labelcolor=INK, fontsize=10
    )


def _running_mean(values: Sequence[float], window: int) -> list[float]:
    """The mean of the finite values around each; NaN for values that are not finite."""
    import numpy as np

    array = np.array(values)
    finite = np.isfinite(array)
    ones = np.ones(window)
    sums = np.convolve(np.where(finite, array, 0), ones, mode="same")
    counts = np.convolve(finite, ones, mode="same")
    means: list[float] = np.where(finite, sums / np.maximum(counts, 1), np.nan).tolist()
    return means


def _draw_marks(axes: Axes, marks: Sequence[tuple[int, str]], *, labelled: bool) -> None:
    for step, text in marks:
        axes.axvline(step, color=FAINT, linewidth=1, linestyle=":", zorder=1)
        if labelled:
            axes.annotate(
                text, (step, 1), xycoords=axes.get_xaxis_transform(), xytext=(4, -4),
                textcoords="offset points", va="top", color=FAINT, fontsize=9,
            )  # fmt: skip


def _colors(group: str, names: Sequence[str]) -> list[object]:
    if not group:
        others = iter(OTHER_COLORS * len(names))
        return [COLORS.get(name) or next(others) for name in names]
    from matplotlib import colormaps

    # Layers are ordered, and so are their colors, from light to dark.
    shades = colormaps[GROUP_COLORS.get(group, "Purples")]
    return [shades(0.45 + 0.5 * rank / max(len(names) - 1, 1)) for rank in range(len(names))]


def _label(name: str) -> str:
    return name.replace("_", " ") if not name.startswith(("relu", "conv")) else name
