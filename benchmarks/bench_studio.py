"""How soon the studio shows something, how often, and what it keeps afterwards.

Usage: python -m benchmarks.bench_studio [--size 512] [--steps 40]

A studio on an address, steered by Gradio's own client in this process. Measured after one painting
has been made (the bar says: after the first time):

- seconds from the order to the first picture on disk, as the page would fetch it;
- previews a second while it is painted;
- resident memory half a minute after the last job has ended.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from gradio_client import Client as Programs
from gradio_client import handle_file

from impasto.samples import samples
from impasto.studio.page.server import served
from impasto.studio.studio import Studio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rest", type=float, default=30.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder))
        with served(studio, "127.0.0.1", 0, {}) as address:
            programs = Programs(address, verbose=False)
            _painted(studio, programs, given.size, 4)
            found = _painted(studio, programs, given.size, given.steps)
            time.sleep(given.rest)
            found["memory_mb"] = round(psutil.Process().memory_info().rss / 1e6)
    found |= {"size": given.size, "steps": given.steps, "load": psutil.getloadavg()[0]}
    print(json.dumps(found, indent=2))


def _painted(studio: Studio, programs: Any, size: int, steps: int) -> dict[str, Any]:
    photo, style = handle_file(str(samples("content")[0].path)), samples("style")[0].path
    options = json.dumps({"size": size, "steps": steps})
    begun = time.perf_counter()
    job = programs.predict(photo, [handle_file(str(style))], options, api_name="/paint")["job"]
    live = studio.line.live(job)
    while live.view.preview is None:
        time.sleep(0.005)
    first = time.perf_counter() - begun
    while not live.view.steps:
        time.sleep(0.005)
    painting, version = time.perf_counter(), live.view.version
    while studio.shelf.job(job).is_open and live.view.steps[-1] < steps:
        time.sleep(0.01)
    seconds = time.perf_counter() - painting
    updates = live.view.version - version
    while studio.shelf.job(job).is_open:
        time.sleep(0.05)
    return {
        "first_picture_s": round(first, 2),
        "updates_per_s": round(updates / seconds, 2),
        "step_s": round(seconds / max(1, steps - 1), 3),
        "whole_s": round(time.perf_counter() - begun, 1),
    }


if __name__ == "__main__":
    main()
