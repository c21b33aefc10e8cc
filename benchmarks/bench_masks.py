"""Masks that words stand for: how well they meet outlines drawn by hand, and their time.

Usage: python -m benchmarks.bench_masks [--data FOLDER]

``outlines.json`` holds an outline for each photograph, in pixels at a longer side of 512. They were
drawn before the network was run for the first time. The photographs that are no part of the project
lie in the folder, with the names that the outlines give; without it the bundled ones are measured.
The table has the part that mask and outline have in common, of what either covers (IoU).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.tables import MEASURED, Result, median_seconds, parser_of, tell
from impasto.image import Picture, read_picture, scaled
from impasto.networks.finders import found_subject
from impasto.networks.words import made_mask
from impasto.samples import sample

OUTLINES = Path(__file__).parent / "outlines.json"
SIDE = 512
FINER = 4  # times as many pixels along each side, so that borders are halved fairly


def drawn(outline: list[list[int]], width: int, height: int) -> np.ndarray:
    """What an outline encloses, (height, width) of bool."""
    large = Image.new("L", (width * FINER, height * FINER))
    points = [((x + 0.5) * FINER, (y + 0.5) * FINER) for x, y in outline]
    ImageDraw.Draw(large).polygon(points, fill=255)
    return np.asarray(large.resize((width, height), Image.Resampling.BOX)) > 127


def photograph(name: str, data: Path | None) -> Picture | None:
    """A photograph of the outlines at the size they were drawn at; None where it is not here."""
    folder, _, file = name.partition("/")
    if folder == "samples":
        path = sample("content", Path(file).stem).path
    elif data is None:
        return None
    else:
        path = data / name
    return scaled(read_picture(path), SIDE)


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    entries: list[dict[str, Any]] = json.loads(OUTLINES.read_text(encoding="utf-8"))
    results, shares = list[Result](), []
    for entry in entries:
        found = photograph(entry["picture"], given.data)
        if found is None:
            continue
        inside = drawn(entry["outline"], found.width, found.height)
        levels, sure = found_subject(found)
        mask = levels > 0.5
        shares.append(float((mask & inside).sum() / (mask | inside).sum()))
        results.append((entry["picture"], MEASURED, f"{shares[-1]:.3f}"))
        print(f"{entry['picture']}: {shares[-1]:.3f}, sure {sure:.2f}", flush=True)
    results.append(("mean", MEASURED, f"{np.mean(shares):.3f}"))
    picture = photograph("samples/astronaut.jpg", None)
    assert picture is not None
    seconds = median_seconds(lambda: made_mask("subject", picture), 9)
    results.append(("seconds, 512 x 512, warm", MEASURED, f"{seconds:.2f}"))
    tell("masks", results, given.markdown)


if __name__ == "__main__":
    main()
