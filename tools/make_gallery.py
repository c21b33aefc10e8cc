"""Make the pictures of docs/gallery.md by the commands of that page, and those of both front pages.

    python tools/make_gallery.py [NAME ...] [--networks] [--work runs/gallery]

The page is the list: the n-th picture of a section is what its n-th command writes. Commands run
in the folder ``--work``, which keeps the results; those that are there already are not made again.
``--networks`` makes again all that trained networks paint, for a new network. Names, such as
print-cat, make only some; README's wall and the site's slices are made with them.
"""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import chdir
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from impasto.commands.main import main as impasto
from impasto.files import written_whole
from impasto.film import Film, open_film
from impasto.film.joining import joined
from impasto.film.segments import SegmentWriter
from impasto.networks.model import load_model
from impasto.samples import samples

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "gallery.md"
PICTURES: Final = ROOT / "docs" / "pictures"
SIDE: Final = 480
"""Longer side of a picture on the page, in pixels; of a film it is less, as it has many."""
FILM_SIDE: Final = 320
FRAMES: Final = 24
RATE: Final = 12
PRINT: Final = "print-"
PLACES: Final = {
    "print-cat": (0.36, 0.42), "print-coffee": (0.38, 0.2), "print-astronaut": (0.44, 0.2),
    "print-wood": (0.36, 0.42),
}  # fmt: skip
"""The middle of what is shown of a print, as shares of its sides."""
WALL_PHOTOGRAPH: Final = "cat"
WALL_COLUMNS: Final = 6
WALL_TILE: Final = (300, 200)
GAP: Final = 6
SLICES: Final = (840, 560)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help="print-cat, ...; all by default")
    parser.add_argument("--networks", action="store_true", help="what trained networks paint")
    parser.add_argument("--work", type=Path, default=ROOT / "runs" / "gallery")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    shots = list(_shots(PAGE.read_text(encoding="utf-8")))
    with chdir(given.work):
        _run("impasto demo --copy all")
        for name in ("cat", "coffee"):
            if not Path(f"{name}.mp4").exists():
                write_clip(Path(f"{name}.jpg"), Path(f"{name}.mp4"))
        for picture, command in shots:
            name = picture.stem.removeprefix("gallery-")
            instant = not command.startswith("impasto paint") and "--method paint" not in command
            if (given.names and name not in given.names) or (given.networks and not instant):
                continue
            result = _result(command, name)
            if given.networks or not result.exists():
                _run(f"{command} --overwrite")
            shrink(result, picture)
        wall(given.networks).save(PICTURES / "wall.jpg", quality=86)
        slices().save(PICTURES / "slices.jpg", quality=88)


def _shots(page: str) -> Iterator[tuple[Path, str]]:
    """Each picture of the page and the command that makes it."""
    for section in page.split("\n## ")[1:]:
        pictures = re.findall(r"\((pictures/[^)]+)\)", section)
        block = section.partition("```\n")[2].partition("```")[0].replace("\\\n", " ")
        commands = [line.partition("  #")[0] for line in block.splitlines()]
        for picture, command in zip(pictures, commands, strict=True):
            yield PAGE.parent / picture, " ".join(command.split())


def _result(command: str, name: str) -> Path:
    words = shlex.split(command)
    if "-o" in words:
        return Path(words[words.index("-o") + 1])
    return Path(name + {"paint": ".png", "video": ".mp4"}.get(words[1], ".jpg"))


def _run(command: str) -> None:
    print(f"$ {command}", flush=True)
    if code := impasto(shlex.split(command)[1:]):
        sys.exit(code)


def shrink(result: Path, picture: Path) -> None:
    """Keep a small copy of a result: whole, a part of a print pixel by pixel, or a loop."""
    if result.suffix == ".mp4":
        frames = [Image.fromarray(each.pixels) for each in open_film(result).frames()]
        for frame in frames:
            frame.thumbnail((FILM_SIDE, FILM_SIDE), Image.Resampling.LANCZOS)
        # There and back, so that the loop has no cut.
        loop = [*frames, *frames[-2:0:-1]]
        with written_whole(picture) as temporary:
            loop[0].save(temporary, "WEBP", save_all=True, append_images=loop[1:],
                         duration=1000 // RATE, loop=0, quality=55, method=6)  # fmt: skip
        return
    image = Image.open(result).convert("RGB")
    if result.stem.startswith(PRINT):
        wide, high = SIDE, SIDE * 2 // 3
        across, down = PLACES[result.stem]
        left, top = round(image.width * across - wide / 2), round(image.height * down - high / 2)
        image = image.crop((left, top, left + wide, top + high))
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    with written_whole(picture) as temporary:
        image.save(temporary, "JPEG", quality=86)


def write_clip(photograph: Path, clip: Path) -> None:
    """Two seconds of a camera that moves over a photograph and comes nearer."""
    image = Image.open(photograph).convert("RGB")
    size = (FILM_SIDE, FILM_SIDE * 9 // 16)
    film = Film(clip, *size, Fraction(1, RATE), Fraction(RATE), FRAMES)
    writer = SegmentWriter(clip.with_suffix(".nut"), film, "h264", 95)
    for number in range(FRAMES):
        way = (1 - np.cos(np.pi * number / (FRAMES - 1))) / 2
        wide = image.width * (0.86 - 0.12 * way)
        high = wide * size[1] / size[0]
        left, top = (
            (image.width - wide) * (0.15 + 0.7 * way),
            (image.height - high) * (0.6 - 0.3 * way),
        )
        view = image.resize(size, Image.Resampling.LANCZOS, (left, top, left + wide, top + high))
        writer.add(np.asarray(view), (number,))
    joined([writer.close()], film, clip)


def wall(again: bool) -> Image.Image:
    """One photograph in all styles that impasto brings: instant ones and painted ones in turn."""
    photograph = f"{WALL_PHOTOGRAPH}.jpg"
    instant = [style.name for style in load_model("masters").styles]
    painted = [each.name for each in samples("style")][: 3 * WALL_COLUMNS - 1 - len(instant)]
    for name in instant:
        result = Path(f"{WALL_PHOTOGRAPH}-{name}.jpg")
        if again or not result.exists():
            _run(f"impasto apply {photograph} --model {name} --overwrite")
    for name in painted:
        if not Path(f"{WALL_PHOTOGRAPH}-{name}.png").exists():
            _run(f"impasto paint {photograph} --style {name}.jpg")
    files = [f"{WALL_PHOTOGRAPH}-{name}.jpg" for name in instant]
    for number, name in enumerate(painted):
        files.insert(2 * number + 1, f"{WALL_PHOTOGRAPH}-{name}.png")
    return tiled([photograph, *files])


def tiled(files: Sequence[str]) -> Image.Image:
    """Pictures edge to edge, row by row."""
    wide, high = WALL_TILE
    rows = -(-len(files) // WALL_COLUMNS)
    page = Image.new("RGB", (WALL_COLUMNS * (wide + GAP) - GAP, rows * (high + GAP) - GAP), "white")
    for number, file in enumerate(files):
        tile = Image.open(file).convert("RGB").resize(WALL_TILE, Image.Resampling.LANCZOS)
        page.paste(
            tile, (number % WALL_COLUMNS * (wide + GAP), number // WALL_COLUMNS * (high + GAP))
        )
    return page


def slices() -> Image.Image:
    """The photograph and four styles as one picture that is cut by slanting lines."""
    width, height = SLICES
    photograph = f"{WALL_PHOTOGRAPH}.jpg"
    files = [photograph, *(f"{WALL_PHOTOGRAPH}-{each.name}.png" for each in samples("style")[:4])]
    page = Image.new("RGB", SLICES, "white")
    for number, file in enumerate(files):
        left, right = (width * (number + end) / len(files) for end in (0, 1))
        left, right = (
            left + 1.5 if number else -width,
            right if number < len(files) - 1 else 2 * width,
        )
        lean = 0.07 * width
        corners = [
            (left + lean, 0),
            (right + lean, 0),
            (right - lean, height),
            (left - lean, height),
        ]
        # Drawn four times as large and reduced, for smooth edges.
        mask = Image.new("L", (4 * width, 4 * height))
        ImageDraw.Draw(mask).polygon([(4 * x, 4 * y) for x, y in corners], fill=255)
        picture = ImageOps.fit(Image.open(file).convert("RGB"), SLICES, Image.Resampling.LANCZOS)
        page.paste(picture, (0, 0), mask.resize(SLICES, Image.Resampling.LANCZOS))
    return page


if __name__ == "__main__":
    main()
