"""Losses as a drawing that follows the page's colors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

WIDTH: Final = 600
HEIGHT: Final = 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 8, 14, 22
_DEEPEST: Final = -2.0
"""Powers of ten below the largest value that are drawn; what lies deeper is on the axis."""

_LABELS: Final = {"total": "total", "content": "photo", "style": "style"}


def drawn(
    steps: Sequence[int],
    losses: Mapping[str, Sequence[float]],
    of: int,
    changes: Sequence[tuple[int, str]] = (),
) -> str:
    """An SVG of losses by step, on a log axis, each curve relative to its own largest value.

    Colors come from the page's style sheet, by the classes ``total``, ``content`` and ``style``.

    Args:
        steps: Numbers of the steps.
        losses: Values by name, one a step.
        of: Steps in the whole painting, the right end of the axis.
        changes: Steps at which something was changed, with a word each.
    """
    shown = {name: _relative(losses.get(name, ())) for name in _LABELS}
    values = [each for curve in shown.values() for each in curve if math.isfinite(each)]
    low, high = max(min(values, default=-1.0) - 0.05, _DEEPEST), 0.0
    low = min(low, -0.5)

    def place(step: int, value: float) -> str:
        x = _LEFT + (WIDTH - _LEFT - _RIGHT) * step / max(of, 1)
        y = _TOP + (HEIGHT - _TOP - _BOTTOM) * (high - max(value, low)) / (high - low)
        return f"{x:.1f},{y:.1f}"

    parts = [_mark(step, word, of) for step, word in changes]
    for name, curve in shown.items():
        points = [place(s, v) for s, v in zip(steps, curve, strict=False) if math.isfinite(v)]
        parts.append(f'<polyline class="{name}" points="{" ".join(points)}"/>')
    base = HEIGHT - _BOTTOM
    axis = f'<line class="axis" x1="{_LEFT}" y1="{base}" x2="{WIDTH - _RIGHT}" y2="{base}"/>'
    end = f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{of} steps</text>'
    legend = "".join(
        f'<span class="{name}">{label} {_last(losses.get(name, ()))}</span>'
        for name, label in _LABELS.items()
    )
    told = "Losses by step: " + ", ".join(_LABELS.values())
    return (
        f'<div class="curves"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">'
        f"{axis}{end}{''.join(parts)}</svg><p>{legend}</p></div>"
    )


def _mark(step: int, word: str, of: int) -> str:
    x = _LEFT + (WIDTH - _LEFT - _RIGHT) * step / max(of, 1)
    line = f'<line class="mark" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{HEIGHT - _BOTTOM}"/>'
    return f"{line}<title>{word}</title>"


def _relative(values: Sequence[float]) -> list[float]:
    """Powers of ten, relative to the largest value."""
    most = max((each for each in values if math.isfinite(each)), default=0.0)
    return [math.log10(each / most) if 0 < each <= most else math.nan for each in values]


def _last(values: Sequence[float]) -> str:
    return f"{values[-1]:.3g}" if values and math.isfinite(values[-1]) else ""
