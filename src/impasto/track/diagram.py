"""Draw a network and the losses on its layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from impasto.files import written_whole
from impasto.track.plot import COLORS, DPI, FAINT, GRID, INK, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE: Final = (1500, 690)
"""Width and height of the picture in pixels."""

_LEFT, _RIGHT, _MIDDLE = 250, 1180, 350
_TALL, _BAR, _STEP = 210, 22, 34
_STYLE_Y, _CONTENT_Y, _BACK_Y = 610, 118, 40
_SIDE, _WIDE, _HIGH = 1270, 190, 84
"""Left edge and size of the boxes of the losses."""

_CONTENT, _STYLE = COLORS["content"], COLORS["style"]

Point = tuple[float, float]


@dataclass(frozen=True)
class Model:
    """The network and losses to draw.

    Attributes:
        network: ``vgg16`` or ``vgg19``.
        pooling: ``average`` or ``max``.
        content: Weight of each layer in the content loss.
        style: Weight of each layer in the style loss.
        alpha: Weight of the content loss.
        beta: Weight of the style loss.
    """

    network: str
    pooling: str
    content: Mapping[str, float]
    style: Mapping[str, float]
    alpha: float
    beta: float


@dataclass(frozen=True)
class _Bar:
    """One convolution."""

    name: str
    block: int
    x: float
    height: float


def draw_model(model: Model, png_path: Path) -> None:
    """Draw the convolutions in a row, with lines from the layers of a loss to that loss."""
    from matplotlib.figure import Figure

    width, height = SIZE
    figure = Figure((width / DPI, height / DPI), dpi=DPI, facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    bars = list(_bars(model.network))
    style = {_conv(name): weight for name, weight in model.style.items()}
    content = {*map(_conv, model.content)}
    _draw_bars(axes, bars, content, {*style})
    _draw_blocks(axes, bars, model.pooling)
    for bar in bars:
        x = bar.x + _BAR / 2
        if bar.name in style:
            top = _MIDDLE + bar.height / 2 + 30
            axes.plot([x, x, _SIDE], [top, _STYLE_Y, _STYLE_Y], color=_STYLE, linewidth=1.4)
            axes.text(x + 7, _STYLE_Y - 22, f"{style[bar.name]:g}", color=_STYLE, fontsize=10)
        if bar.name in content:
            low = _MIDDLE - bar.height / 2 - 78
            axes.plot([x, x, _SIDE], [low, _CONTENT_Y, _CONTENT_Y], color=_CONTENT, linewidth=1.4)
    _draw_loss(axes, _STYLE_Y, "style loss", "Gram matrices against\nthe style's", _STYLE)
    _draw_loss(axes, _CONTENT_Y, "content loss", "maps against\nthe photograph's", _CONTENT)
    _draw_total(axes, model)
    _draw_picture(axes, bars[0])
    title = f"{model.network}: 3x3 convolutions with bias and ReLU, weights fixed"
    axes.text(50, _STYLE_Y + 28, title, color=INK, fontsize=11)
    with written_whole(png_path) as temporary:
        figure.savefig(temporary, format="png", dpi=DPI)


def _bars(network: str) -> Iterator[_Bar]:
    from impasto.nn.vgg import BLOCKS

    counts = BLOCKS[network]
    gap = (_RIGHT - _LEFT - sum(counts) * _STEP) / (len(counts) - 1)
    x: float = _LEFT
    for block, count in enumerate(counts):
        for number in range(count):
            yield _Bar(f"conv{block + 1}_{number + 1}", block, x, _TALL * 0.72**block)
            x += _STEP
        x += gap


def _draw_bars(axes: Axes, bars: list[_Bar], content: set[str], style: set[str]) -> None:
    used = content | style
    deepest = max(number for number, bar in enumerate(bars) if bar.name in used)
    for number, bar in enumerate(bars):
        colors = [_STYLE] * (bar.name in style) + [_CONTENT] * (bar.name in content) or [GRID]
        idle = number > deepest
        for half, color in enumerate(colors):
            part = bar.height / len(colors)
            corner = bar.x, _MIDDLE + bar.height / 2 - (half + 1) * part
            _box(axes, corner, (_BAR, part), PAPER if idle else color, idle=idle)
        axes.text(
            bar.x + _BAR / 2, _MIDDLE - bar.height / 2 - 8, bar.name, rotation=90, ha="center",
            va="top", fontsize=9.5, color=FAINT if idle else INK,
            fontweight="bold" if bar.name in used else "normal",
        )  # fmt: skip
    if deepest < len(bars) - 1:
        last = bars[-1]
        axes.text(
            last.x + _BAR, _MIDDLE - last.height / 2 - 92, "not computed",
            ha="right", color=FAINT, fontsize=9.5, fontstyle="italic",
        )  # fmt: skip


def _draw_blocks(axes: Axes, bars: list[_Bar], pooling: str) -> None:
    from impasto.nn.vgg import WIDTHS

    look: dict[str, Any] = {"ha": "center", "va": "bottom", "color": FAINT}
    blocks = [[bar for bar in bars if bar.block == block] for block in range(len(WIDTHS))]
    for block, (own, channels) in enumerate(zip(blocks, WIDTHS, strict=True)):
        middle, above = (own[0].x + own[-1].x + _BAR) / 2, _MIDDLE + own[0].height / 2 + 10
        size = f"1/{2**block}" if block else "full size"
        axes.text(middle, above, f"{channels} maps, {size}", fontsize=9.5, **look)
        if block + 1 < len(blocks):
            start, end = own[-1].x + _BAR + 4, blocks[block + 1][0].x - 4
            _arrow(axes, (start, _MIDDLE), (end, _MIDDLE), FAINT)
            middle = (start + end) / 2
            axes.text(middle, _MIDDLE + 8, f"{pooling}\npooling", fontsize=8.5, **look)


def _draw_loss(axes: Axes, y: float, name: str, compared: str, color: str) -> None:
    x = _SIDE + _WIDE / 2
    _box(axes, (_SIDE, y - _HIGH / 2), (_WIDE, _HIGH), PAPER, edge=color)
    look: dict[str, Any] = {"ha": "center", "va": "center"}
    axes.text(x, y + 22, name, color=color, fontsize=12, fontweight="bold", **look)
    axes.text(x, y - 14, compared, color=INK, fontsize=9.5, linespacing=1.35, **look)


def _draw_total(axes: Axes, model: Model) -> None:
    x, middle = _SIDE + _WIDE / 2, (_STYLE_Y + _CONTENT_Y) / 2
    _box(axes, (_SIDE, middle - _HIGH / 2), (_WIDE, _HIGH), PAPER, edge=INK)
    look: dict[str, Any] = {"ha": "center", "va": "center", "color": INK}
    axes.text(x, middle + 12, "total loss", fontsize=12, fontweight="bold", **look)
    axes.text(x, middle - 16, r"$\alpha$ content + $\beta$ style", fontsize=11, **look)
    for y, sign, color, factor in (
        (_STYLE_Y, -1, _STYLE, rf"$\beta$ = {model.beta:g}"),
        (_CONTENT_Y, 1, _CONTENT, rf"$\alpha$ = {model.alpha:g}"),
    ):
        start, end = y + sign * 44, middle - sign * 46
        _arrow(axes, (x, start), (x, end), color)
        axes.text(x + 10, (start + end) / 2, factor, va="center", color=color, fontsize=11)


def _draw_picture(axes: Axes, first: _Bar) -> None:
    """The painted picture: the input of the network, which the gradient changes."""
    left, side, high = 50, 120, 150
    x, right, middle = left + side / 2, _SIDE + 208, (_STYLE_Y + _CONTENT_Y) / 2
    _box(axes, (left, _MIDDLE - high / 2), (side, high), PAPER, edge=INK)
    axes.text(
        x, _MIDDLE, "the picture\n(variable)", ha="center", va="center", color=INK, fontsize=11.5,
        fontweight="bold", linespacing=1.5,
    )  # fmt: skip
    _arrow(axes, (left + side + 4, _MIDDLE), (first.x - 4, _MIDDLE), INK)
    axes.plot(
        [_SIDE + _WIDE, right, right, x], [middle, middle, _BACK_Y, _BACK_Y], color=FAINT,
        linewidth=1.3, linestyle=(0, (5, 3)),
    )  # fmt: skip
    _arrow(axes, (x, _BACK_Y), (x, _MIDDLE - high / 2 - 4), FAINT, dashed=True)
    text = "gradient: it changes the picture, the network stays as it is"
    axes.text(x + 14, _BACK_Y + 9, text, color=FAINT, fontsize=10)


def _box(
    axes: Axes, corner: Point, size: Point, fill: str, *, edge: str = "none", idle: bool = False
) -> None:
    """A rectangle from its lower left corner; an idle one has a dashed outline."""
    from matplotlib.patches import Rectangle

    line = (0, (2, 2)) if idle else "-"
    edge = FAINT if idle else edge
    axes.add_patch(
        Rectangle(corner, *size, facecolor=fill, edgecolor=edge, linewidth=1.3, linestyle=line)
    )


def _arrow(axes: Axes, start: Point, end: Point, color: str, *, dashed: bool = False) -> None:
    from matplotlib.patches import FancyArrowPatch

    drawn = FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=11, shrinkA=0, shrinkB=0)
    look: dict[str, Any] = {"linestyle": (0, (5, 3)) if dashed else "-"}
    drawn.set(color=color, linewidth=1.3, **look)
    axes.add_patch(drawn)


def _conv(name: str) -> str:
    return name.replace("relu", "conv")
