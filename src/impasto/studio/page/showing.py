"""A job as the easel shows it: words, progress, curves, and which buttons make sense."""

from __future__ import annotations

import html
import math
from pathlib import Path
from typing import Final

from impasto.shown import duration
from impasto.studio.curves import drawn
from impasto.studio.filming import POSTER
from impasto.studio.job import BROKEN, CANCELLED, DONE, FAILED, KEPT, PAUSED, RUNNING, WAITING, Job
from impasto.studio.live import View
from impasto.track import read_losses, snapshot_files

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
