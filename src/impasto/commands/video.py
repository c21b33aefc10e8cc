"""``impasto video``: stylizes a video, without flicker and with its sound."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from impasto.commands.guards import stop_wished
from impasto.commands.outputs import INTERRUPTED
from impasto.commands.progress import counted
from impasto.film import Film
from impasto.film.film import Filmed, Order, Report
from impasto.film.video import Stop, video_of
from impasto.options.video import VideoArguments
from impasto.shown import duration


def run(given: VideoArguments) -> int:
    """Stylize a video, or show it in a window; return the exit code."""
    if given.show:
        from impasto.commands.window import show_given

        return show_given(given)

    @contextmanager
    def watch(film: Film, painted: int) -> Iterator[tuple[Stop, Report]]:
        _note(given, film.notices)
        progress = counted("", "frames", before=painted, paced=True, quiet=given.json)
        with stop_wished() as stop, progress as show:
            yield stop, show

    order, result = video_of(given, watch)
    _note(given, result.repairs)
    print(_summary(order, result, given), flush=True)
    return INTERRUPTED if result.status == "stopped" else 0


def _plan(order: Order, result: Filmed, given: VideoArguments) -> str:
    film = result.film
    if given.json:
        return json.dumps({
            "status": "planned", "output": str(order.output), "size": [film.width, film.height],
            "frames": result.frames or None, "seconds": round(result.seconds, 3),
            "memory": result.memory,
        })  # fmt: skip
    time = f"about {duration(result.seconds)} for about {result.frames} frames"
    if not result.frames:
        time = f"{result.seconds:.2f} s for each frame"
    memory = f"about {max(result.memory / 1e9, 0.1):.1f} GB of memory"
    return f"{order.output}: {film.width} x {film.height}, {time}, {memory}"


def _note(given: VideoArguments, sentences: Sequence[str]) -> None:
    """Print warnings about the video on standard error."""
    for each in () if given.json else sentences:
        print(f"{Path(given.input)}: {each}", file=sys.stderr)


def _summary(order: Order, result: Filmed, given: VideoArguments) -> str:
    film = result.film
    if result.status == "skipped":
        if given.json:
            return json.dumps({"status": "skipped", "output": str(order.output)})
        return f"{order.output}: exists, skipped (--overwrite replaces it)"
    if result.status == "planned":
        return _plan(order, result, given)
    if given.json:
        return json.dumps({
            "status": result.status,
            "input": str(order.source),
            "output": str(order.output),
            "size": [film.width, film.height],
            "frames": result.frames,
            "cuts": list(result.cuts),
            "notices": [*film.notices, *result.repairs, *result.notices],
            **order.recipe,
            "timings": {"seconds": round(result.seconds, 3)},
        })  # fmt: skip
    lines = [f"{order.output}: {each}" for each in result.notices]
    cuts = f", {len(result.cuts) + 1} scenes" if result.cuts else ""
    size = f"{film.width} x {film.height}, {result.frames} frames{cuts}"
    lines.append(f"{order.output}: {size}, {duration(result.seconds)}")
    if result.status == "stopped":
        lines[-1] += "; stopped before the end: the same command with --resume continues"
    return "\n".join(lines)
