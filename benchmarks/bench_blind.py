"""Pairs of pictures for viewers who do not know whose they are, and the count of their choices.

Usage: python -m benchmarks.bench_blind sheets NAME ONE OTHER DATA OUT
       python -m benchmarks.bench_blind count OUT ANSWERS...

``sheets`` takes the pairs of NAME in pairs.json, which were drawn before anybody looked. ONE and
OTHER are folders with a picture CONTENT-STYLE.png for each, DATA has the photographs in contents
and the styles in styles. Each pair gives two sheets, one for each order, numbered in a random
order: above style and photograph, below the two pictures, A and B. key.json tells whose they are
and is not for the viewers.

``count`` reads answers, ``{"01": "A", "02": "B", "03": "none"}``, from viewers who have each seen a
part of the sheets. The two sheets of a pair count a half each, as does "none" for both sides.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

PAIRS = Path(__file__).parent / "pairs.json"
SEED = 7
SIDE = 512
"""Longer side of the two pictures; those above are half as long."""


def sheets(given: argparse.Namespace) -> None:
    pairs = [tuple(each) for each in json.loads(PAIRS.read_text())[given.name]]
    orders = [(pair, turned) for pair in pairs for turned in (False, True)]
    random.Random(SEED).shuffle(orders)
    given.out.mkdir(parents=True)
    key = {}
    for number, ((content, style), turned) in enumerate(orders, 1):
        names = [given.one, given.other]
        if turned:
            names.reverse()
        pictures = [Image.open(folder / f"{content}-{style}.png") for folder in names]
        above = [given.data / "styles" / f"{style}.jpg", given.data / "contents" / f"{content}.jpg"]
        page = _sheet([Image.open(each) for each in above], pictures)
        page.save(given.out / f"{number:02}.png")
        key[f"{number:02}"] = {"pair": [content, style], "A": names[0].name, "B": names[1].name}
    (given.out / "key.json").write_text(json.dumps(key, indent=1))


def _sheet(above: Sequence[Image.Image], below: Sequence[Image.Image]) -> Image.Image:
    page = Image.new("RGB", (2 * SIDE + 24, SIDE // 2 + SIDE + 60), "white")
    for number, (small, picture) in enumerate(zip(above, below, strict=True)):
        left = number * (SIDE + 24)
        for image, side, top in ((small, SIDE // 2, 0), (picture, SIDE, SIDE // 2 + 40)):
            shown = image.convert("RGB")
            shown.thumbnail((side, side), Image.Resampling.LANCZOS)
            page.paste(shown, (left, top))
        ImageDraw.Draw(page).text((left + 4, SIDE // 2 + 12), "AB"[number], "black", font_size=24)
    return page


def count(given: argparse.Namespace) -> None:
    key = json.loads((given.out / "key.json").read_text())
    points = Counter[str]()
    for answers in given.answers:
        for number, choice in json.loads(answers.read_text()).items():
            shown = key.pop(number)  # a sheet counts once
            sides = "AB" if choice == "none" else choice
            points.update({shown[side]: 0.5 / len(sides) for side in sides})
    print(f"{dict(points)}, {len(key)} sheets not answered")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(required=True)
    shows = commands.add_parser("sheets")
    shows.add_argument("name")
    for name in ("one", "other", "data", "out"):
        shows.add_argument(name, type=Path)
    shows.set_defaults(work=sheets)
    counts = commands.add_parser("count")
    counts.add_argument("out", type=Path)
    counts.add_argument("answers", type=Path, nargs="+")
    counts.set_defaults(work=count)
    given = parser.parse_args()
    given.work(given)


if __name__ == "__main__":
    main()
