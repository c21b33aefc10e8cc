"""Large pictures: memory, the price of tiles, how equal they are, and the largest that fits.

Usage: python -m benchmarks.bench_control equal    [CONTENT STYLE]
       python -m benchmarks.bench_control price    [CONTENT STYLE] [--side 2048] [--tile 1024]
       python -m benchmarks.bench_control memory   [CONTENT STYLE] [--size 4000x3000] [--steps 3]
       python -m benchmarks.bench_control largest  [CONTENT STYLE] [--size 8000x6000] [--steps 3]
       python -m benchmarks.bench_control crops    CONTENT STYLE --painted FILE EXACT [--tile 512]

``equal``: relative error of the gradient, tiled against untiled, in float32, for every style loss,
with two styles under masks. ``price``: seconds a step, tiled and untiled taking turns. ``memory``
and ``largest``: the command itself in a process of its own, its peak memory and time; the result
lies in the folder that is named, and what else is given goes to the command. ``crops``: of two
pictures painted alike, the second by the whole network alone (``--shallow 0 --deep-size 8192``),
the mean distances of twelve squares of 512 pixels, from squares of the style at their size; and the
energy of the gradient across the edges of tiles, relative to that beside them. Without pictures of
your own the bundled coffee and night-swirl are painted. Leave the machine alone meanwhile.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import torch

from benchmarks.tables import MEASURED, Result, parser_of, taking_turns, tell
from impasto.image import read_picture
from impasto.methods.canvas import Canvas
from impasto.methods.gatys.stylizer import GatysStylizer
from impasto.nn.tiles import spans_of
from impasto.options.gatys import GatysOptions
from impasto.options.presets import preset
from impasto.samples import sample
from impasto.scores import score_images
from impasto.source import open_source

LOSSES = ("gram", "mean-variance", "wasserstein", "sliced", "histogram")

NIGHT = sample("style", "night-swirl").path

SQUARE = 512

SIDE, TILE = 320, 128
"""Of the pictures whose gradients are compared."""


def canvas_of(content: Path, styles: list[Path], options: GatysOptions) -> Canvas:
    """The first canvas of a painting, half of it for each style where there are two."""
    pictures = [open_source(each).picture.tensor() for each in styles]
    stylizer = GatysStylizer(pictures, options)
    photograph = open_source(content).picture.tensor()
    masks = None
    if len(styles) > 1:
        left = torch.linspace(1, 0, photograph.shape[-1]).expand(photograph[:, :1].shape)
        masks = [left.contiguous(), 1 - left]
    return stylizer.painting(photograph, masks=masks).canvas


def gradient(canvas: Canvas) -> torch.Tensor:
    [image] = canvas.parts
    canvas.objective.backward(image)
    assert image.grad is not None
    return image.grad.double()


def equal(given: argparse.Namespace) -> list[Result]:
    results: list[Result] = []
    for loss in LOSSES:
        errors = []
        for styles in ([given.style], [given.style, given.other]):
            options = preset(
                "default", size=SIDE, coarsest=0, precision="fp32", style_loss=loss, tile=0
            )
            whole, tiled = (
                gradient(canvas_of(given.content, styles, replace(options, tile=tile)))
                for tile in (0, TILE)
            )
            errors.append(float((tiled - whole).norm() / whole.norm()))
        results.append((loss, "relative error", f"{max(errors):.1e}"))
        print(f"{loss}: {errors}", flush=True)
    return results


def price(given: argparse.Namespace) -> list[Result]:
    options = preset("default", size=given.side, coarsest=0, steps=1000)
    canvases = {
        tile: canvas_of(given.content, [given.style], replace(options, tile=tile))
        for tile in (0, given.tile)
    }
    runs = {f"tiles of {tile}": canvas.advance for tile, canvas in canvases.items()}
    whole, tiled = taking_turns(runs, given.runs).values()
    what = f"a step at {given.side} pixels: untiled, in tiles of {given.tile}"
    told = f"{whole:.1f} s, {tiled:.1f} s: {tiled / whole:.2f} times"
    return [(what, MEASURED, told)]


def command(given: argparse.Namespace) -> list[Result]:
    width, height = (int(side) for side in given.size.split("x"))
    out = given.output / f"painted-{given.size}.{'tif' if given.what == 'largest' else 'png'}"
    words = [sys.executable, "-m", "impasto", "paint", str(given.content)]
    words += ["--style", str(given.style), "--crop-fit", str(width), str(height)]
    words += ["--steps", str(given.steps), "-o", str(out), "--overwrite", "--json", *given.options]
    begin = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    watched, peak = psutil.Process(process.pid), 0
    while process.poll() is None:
        try:
            peak = max(peak, watched.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.05)
    assert process.stdout is not None
    told = json.loads(process.stdout.read())
    seconds = time.perf_counter() - begin
    print(f"{told['status']}: {out}")
    what = f"{given.what} at {given.size.replace('x', ' x ')}, {given.steps} steps"
    measured = f"{peak / 1e9:.2f} GB, {seconds:.0f} s"
    return [(what, MEASURED, measured)]


def crops(given: argparse.Namespace) -> list[Result]:
    results = list[Result]()
    for name, path in zip(("painted", "exact"), given.painted, strict=True):
        painted = read_picture(path)
        longer = max(painted.width, painted.height)
        content, style = (
            read_picture(each, longer=longer).tensor() for each in (given.content, given.style)
        )
        wanted, image = squares(style), painted.tensor()
        pairs = zip(squares(content), squares(image), strict=True)
        found = [score_images(photograph, wanted, part) for photograph, part in pairs]
        style_distance = sum(each.style_distance for each in found) / len(found)
        content_distance = sum(each.content_distance for each in found) / len(found)
        told = f"{style_distance:.3f}, {content_distance:.3f}, seams {seams(image, given.tile):.3f}"
        results.append((f"{len(found)} squares of {SQUARE}: style, content", name, told))
    return results


def squares(image: torch.Tensor) -> list[torch.Tensor]:
    """Four by three squares of a picture (1, 3, H, W)."""
    height, width = (length - SQUARE for length in image.shape[2:])
    return [
        image[..., height * row // 2 :, width * column // 3 :][..., :SQUARE, :SQUARE]
        for row in range(3)
        for column in range(4)
    ]


def seams(image: torch.Tensor, tile: int) -> float:
    """Energy of the gradient across the edges of tiles, relative to that 16 and 32 pixels beside.

    These lie alike in the grid of the network's pooling, which leaves a pattern of its own.
    """
    across, beside = 0.0, 0.0
    for axis in (2, 3):
        energy = image.diff(dim=axis).square().mean([each for each in range(4) if each != axis])
        spans = spans_of(image.shape[axis], tile, GatysOptions().style_layers, "vgg16")
        for edge in (span.core.start - 1 for span in spans[1:]):
            across += float(energy[edge])
            beside += float(energy[[edge - 32, edge - 16, edge + 16, edge + 32]].mean())
    return across / beside


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("what", choices=("equal", "price", "memory", "largest", "crops"))
    parser.add_argument("--painted", type=Path, nargs=2)
    parser.add_argument("content", type=Path, nargs="?", default=sample("content", "coffee").path)
    parser.add_argument("style", type=Path, nargs="?", default=NIGHT)
    parser.add_argument("--other", type=Path, default=sample("style", "woodblock").path)
    parser.add_argument("--side", type=int, default=2048)
    parser.add_argument("--tile", type=int, default=1024)
    parser.add_argument("--size")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--output", type=Path, default=Path())
    given, others = parser.parse_known_args()
    given.options = others
    given.size = given.size or ("8000x6000" if given.what == "largest" else "4000x3000")
    results = {"equal": equal, "price": price, "crops": crops}.get(given.what, command)(given)
    place = "tiles" if given.what == "equal" else "large"
    of = f"{given.content.stem} x {given.style.stem}"
    tell(place, results, given.markdown, of)


if __name__ == "__main__":
    main()
