"""Paints the pictures that docs/control.md shows: python tools/make_control_pictures.py [ROW ...].

Each row of ``ROWS`` becomes one strip, docs/pictures/control-ROW.jpg: inputs first, then what each
setting makes of the same photograph. Without names every row is painted; that takes a quarter of
an hour on two cores.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import impasto
from impasto.samples import sample

SIZE = 384
SHOWN = 300
"""Width of a picture in a strip."""

COLUMNS = 4
CAPTION = 30
GAP = 10
OUT = Path(__file__).parent.parent / "docs" / "pictures"


@dataclass(frozen=True)
class Shot:
    """One picture of a strip: what stands under it, and how it is painted."""

    caption: str
    styles: tuple[str, ...] = ("night-swirl",)
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A strip: a bundled photograph, pictures shown as they are, and what is painted."""

    content: str
    shots: tuple[Shot, ...]
    shown: tuple[str, ...] = ()


def ellipse(x: float, y: float, wide: float, high: float) -> Image.Image:
    """White within, black without; places and radii as shares of the sides."""
    side = 512
    mask = Image.new("L", (side, side))
    box = [side * (x - wide), side * (y - high), side * (x + wide), side * (y + high)]
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return mask


def inverted(mask: Image.Image) -> Image.Image:
    return Image.fromarray(255 - np.asarray(mask))


CUP = ellipse(0.47, 0.5, 0.34, 0.5)

TWO = ("night-swirl", "woodblock")

ROWS: dict[str, Row] = {
    "styles": Row("coffee", (
        Shot("1 : 0", TWO, {"style_weights": (1.0, 0.0)}),
        Shot("0.7 : 0.3", TWO, {"style_weights": (0.7, 0.3)}),
        Shot("0.3 : 0.7", TWO, {"style_weights": (0.3, 0.7)}),
        Shot("0 : 1", TWO, {"style_weights": (0.0, 1.0)}),
    ), TWO),
    "strokes": Row("coffee", (
        Shot("--style-scale 0.5", options={"style_scale": 0.5}),
        Shot("--style-scale 1", options={}),
        Shot("--style-scale 2", options={"style_scale": 2.0}),
    ), ("night-swirl",)),
    "color": Row("astronaut", (
        Shot("none", ("stained-glass",)),
        Shot("luminance", ("stained-glass",), {"keep_color": "luminance"}),
        Shot("histogram", ("stained-glass",), {"keep_color": "histogram"}),
        Shot("covariance", ("stained-glass",), {"keep_color": "covariance"}),
        Shot("covariance, half", ("stained-glass",),
             {"keep_color": "covariance", "color_strength": 0.5}),
    ), ("stained-glass",)),
    "masks": Row("coffee", (
        Shot("--masks CUP TABLE", TWO, {"masks": [CUP, inverted(CUP)]}),
        Shot("--feather 40", TWO, {"masks": [CUP, inverted(CUP)], "feather": 40.0}),
        Shot("--content-mask CUP", options={"content_mask": CUP, "feather": 8.0}),
        Shot("--invert-masks", options={"content_mask": CUP, "invert_masks": True, "feather": 8.0}),
    ), TWO),
    "losses": Row("cat", (
        Shot("gram"),
        Shot("mean-variance", options={"style_loss": "mean-variance"}),
        Shot("wasserstein", options={"style_loss": "wasserstein"}),
        Shot("sliced", options={"style_loss": "sliced"}),
        Shot("histogram", options={"style_loss": "histogram"}),
    ), ("night-swirl",)),
    "nearest": Row("cat", (
        Shot("--method gatys"),
        Shot("--method nearest", options={"method": "nearest"}),
        Shot("gatys", ("watercolor",)),
        Shot("nearest", ("watercolor",), {"method": "nearest"}),
    )),
}  # fmt: skip


def painted(row: Row) -> list[tuple[str, Image.Image]]:
    content = sample("content", row.content).path
    pictures = [(row.content, Image.open(content).convert("RGB"))]
    files = {name: sample("style", name).path for name in row.shown}
    pictures += [(name, Image.open(file).convert("RGB")) for name, file in files.items()]
    for shot in row.shots:
        styles: Any = [sample("style", name).path for name in shot.styles]
        result = impasto.paint(content, styles, size=SIZE, **shot.options)
        pictures.append((shot.caption, result.pil().convert("RGB")))
        print(f"  {shot.caption}", flush=True)
    return pictures


def strip(pictures: list[tuple[str, Image.Image]]) -> Image.Image:
    first = pictures[0][1]
    width, height = SHOWN + GAP, round(SHOWN * first.height / first.width) + CAPTION
    rows = -(-len(pictures) // COLUMNS)
    columns = min(len(pictures), COLUMNS)
    sheet = Image.new("RGB", (columns * width - GAP, rows * height), (250, 249, 246))
    font: Any = ImageFont.load_default(16)
    draw = ImageDraw.Draw(sheet)
    for number, (caption, picture) in enumerate(pictures):
        left, top = number % COLUMNS * width, number // COLUMNS * height
        sheet.paste(_cut(picture, (SHOWN, height - CAPTION)), (left, top))
        draw.text((left + 2, top + height - CAPTION + 6), caption, fill=(50, 50, 50), font=font)
    return sheet


def _cut(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """To the shape of the photograph, from the middle."""
    scale = max(size[0] / picture.width, size[1] / picture.height)
    large = picture.resize(
        (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS
    )
    left, top = (large.width - size[0]) // 2, (large.height - size[1]) // 2
    return large.crop((left, top, left + size[0], top + size[1]))


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    chosen = sys.argv[1:] or list(ROWS)
    for name, row in ROWS.items():
        if name in chosen:
            print(name, flush=True)
            strip(painted(row)).save(OUT / f"control-{name}.jpg", quality=88)


if __name__ == "__main__":
    main()
