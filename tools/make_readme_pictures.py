"""Paints the pictures that README shows: python tools/make_readme_pictures.py."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

import impasto
from impasto.samples import sample

STYLES = ("night-swirl", "stained-glass", "woodblock", "watercolor")
WIDTH = 420
GAP = 8


def main() -> None:
    content = sample("content", "coffee").path
    painted = [impasto.paint(content, sample("style", name).path).pil() for name in STYLES]
    tiles = [Image.open(content).convert("RGB"), *painted]
    height = round(tiles[0].height * WIDTH / tiles[0].width)
    tiles = [each.resize((WIDTH, height), Image.Resampling.LANCZOS) for each in tiles]
    sheet = Image.new("RGB", (len(tiles) * (WIDTH + GAP) - GAP, height), "white")
    for number, tile in enumerate(tiles):
        sheet.paste(tile, (number * (WIDTH + GAP), 0))
    out = Path(__file__).parent.parent / "docs" / "pictures" / "coffee.jpg"
    out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(out, quality=88)


if __name__ == "__main__":
    main()
