"""A job in words, progress and curves, and which buttons make sense."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from impasto.shown import duration
from impasto.studio.film_job import POSTER
from impasto.studio.job import BROKEN, CANCELLED, DONE, FAILED, KEPT, PAUSED, RUNNING, WAITING, Job
from impasto.studio.live import View
from impasto.track import read_losses, snapshot_files

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


EMPTY: Final = (
    '<div class="status"><p class="line">Drop a photograph and a style, and press Paint.</p></div>'
)

WORDS: Final = {
    WAITING: "Waiting",
    RUNNING: "Painting",
    PAUSED: "Paused",
    BROKEN: "Broken off when the studio was closed",
    DONE: "Finished",
    KEPT: "Stopped and kept",
    CANCELLED: "Cancelled",
    FAILED: "It did not work",
}

BUTTONS: Final = {
    WAITING: ("cancel",),
    RUNNING: ("pause", "keep", "cancel"),
    PAUSED: ("go_on", "cancel"),
    BROKEN: ("go_on", "cancel"),
    KEPT: ("go_on",),
    FAILED: ("go_on", "cancel"),
}
"""What can be asked of a job, by its state."""

_CHANGED: Final = {
    "strength": "strength",
    "strokes": "stroke size",
    "colors": "colors",
    "style_weights": "weights",
}


def status(job: Job, view: View, place: int) -> str:
    """State, progress and time left, as HTML; everything a client said is escaped."""
    share = 100 * job.number / job.of if job.of else 0
    told = job.told or (view.note if job.state == RUNNING else "")
    unit = "step" if job.kind == "paint" else "frame"
    count = f"{unit} {job.number} of {job.of}" if job.of else ""
    parts = [WORDS[job.state] if place != 1 or job.state != WAITING else "Next in line", count]
    if job.state == WAITING and place > 1:
        parts[0] = f"Waiting, {place - 1} before you"
    if job.state == RUNNING:
        parts.append(_left(job, view))
    if job.state in (DONE, KEPT) and job.seconds >= 1:
        parts.append(f"in {duration(job.seconds)}")
    line = " · ".join(html.escape(each) for each in parts if each)
    note = f'<p class="note">{html.escape(told)}</p>' if told else ""
    bar = f'<div class="bar"><i style="width:{share:.1f}%"></i></div>'
    return (
        f'<div class="status {job.state}"><p class="title">{html.escape(job.title)}</p>'
        f'{bar}<p class="line">{line}</p>{note}</div>'
    )


def curves(job: Job, view: View, folder: Path) -> str:
    """The losses of a painting, those of an earlier run of the studio from their file; else ""."""
    if job.kind != "paint":
        return ""
    steps, losses = view.steps, view.losses
    if not steps and (table := folder / "losses.csv").exists():
        found = read_losses(table)
        steps = tuple(map(int, found.get("step", ())))
        losses = {name: tuple(values) for name, values in found.items()}
    if not steps or losses is None:
        return ""
    changes = [(int(each["step"]), _words(each["asked"])) for each in job.changes]
    return drawn(steps, losses, job.of or len(steps), changes)


def picture_of(job: Job, folder: Path, view: View) -> Path | None:
    """The file that shows a job best: its result, its newest preview, or what it last kept."""
    if job.kind == "film":
        poster = folder / POSTER
        return poster if poster.exists() else None
    if job.result.endswith(".png"):
        return folder / job.result
    if view.preview is not None:
        return view.preview
    snapshots = folder / "snapshots"
    if snapshots.is_dir() and (files := snapshot_files(snapshots)):
        return files[-1]
    photo = folder / "photo.png"
    return photo if photo.exists() else None


def _words(asked: dict[str, object]) -> str:
    return ", ".join(html.escape(_CHANGED.get(name, name)) for name in asked)


def _left(job: Job, view: View) -> str:
    if not job.of or math.isnan(view.pace):
        return ""
    return f"about {duration(view.pace * (job.of - job.number))} left"
